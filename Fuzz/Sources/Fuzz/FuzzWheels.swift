import Files
import Glibc
import Model
import Wheels

/// The input is a wheel.
///
/// The digest is not checked, and so are no CRCs and no RECORD before the structure: the fuzzer could not get past them.
func wheel(_ bytes: UnsafeRawBufferPointer) throws {
    let file = try WheelFile(OpenFile(owning: try file(of: bytes), path: "fuzz.whl"), name: "fuzz.whl")
    try read(file)
}

/// Every step on its own, so that a refusal by one does not hide the next from the fuzzer.
private func read(_ file: WheelFile) throws {
    var caps = WheelCaps()
    caps.unzipped = 1 << 20
    let entries = try ZipDirectory(of: file, caps: caps).entries
    let reader = try EntryReader(file)
    for entry in entries where !entry.isFolder {
        let contents = try? reader.contents(of: entry, cap: 1 << 20)
        _ = try? NativeLibrary.inspect(
            entry, head: contents.map { Array($0.prefix(64)) } ?? [], reader: reader, wheel: "")
        if let slim = try? SlimmedFile(entry, reader) { precondition(slim.compressedSize < entry.compressedSize) }
        if let contents {
            precondition(contents.count == entry.size)
            _ = try? Record(contents, of: "fuzz.whl")
            _ = try? ConsoleScript.read(contents, of: "fuzz.whl")
            _ = try? CoreMetadata(contents, of: "fuzz.whl")
        }
    }
    guard let name = WheelFileName("demo-1.0-py3-none-any.whl") else { return }
    let source = WheelSource(path: "", fileName: name, sha256: ContentDigest.of(""))
    _ = try source.contents(of: file, caps: caps)
}

/// One file without a name for all inputs; `tmpfile` has no descriptor of its own to give away, hence the copy.
private let scratch = dup(fileno(tmpfile()))

/// The bytes as a file.
private func file(of bytes: UnsafeRawBufferPointer) throws -> Int32 {
    guard ftruncate(scratch, 0) == 0, pwrite(scratch, bytes.baseAddress, bytes.count, 0) == bytes.count else {
        fatalError("no space for the input")
    }
    return dup(scratch)
}
