import Archives
import Files
import Glibc
import Model

/// The input is an archive; its first byte says of which kind. What is taken lies where it was to go.
func archive(_ bytes: UnsafeRawBufferPointer) throws {
    guard let first = bytes.first else { return }
    let names = ["a.tar.gz", "a.zip", "a.deb", "a.rpm"]
    let path = "\(folder)/archive"
    let pack = "\(folder)/pack"
    try AtomicFile.write(bytes.dropFirst(), to: path)
    unlink(pack)
    defer { unlink(pack) }
    var limits = ArchiveLimits()
    limits.unpacked = .mebibytes(8)
    let unpacking = Unpacking(
        path: path, name: names[Int(first) % names.count], take: [.init("**", to: "lib/"), .init("*", to: "share/")],
        limits: limits)
    let taken = try unpacking.runHere(into: pack)
    for file in taken.files {
        precondition(["lib/", "share/"].contains(where: file.path.text.hasPrefix))
        precondition(!file.path.text.split(separator: "/").contains(".."))
        precondition(file.size <= limits.unpacked.bytes)
    }
}

/// One folder for all inputs, which goes with the process.
private let folder: String = {
    var template = Array("/tmp/strata-fuzz-XXXXXX".utf8CString)
    return template.withUnsafeMutableBufferPointer { name in
        guard let start = name.baseAddress, mkdtemp(start) != nil else { fatalError("no folder for the input") }
        atexit {
            unlink("\(folder)/archive")
            rmdir(folder)
        }
        return String(cString: start)
    }
}()
