import CZlib
import Crypto
import Model

/// Files for a layer that come from no wheel, one after the other in one file.
public struct LayerAddition: Sendable {
    public struct File: Sendable {
        /// Relative to the layer's top: `bin/jq`, `python/x.py`.
        package var path: EntryPath
        package var isExecutable: Bool
        /// Where its bytes are in the addition's file.
        package var offset: Int
        package var size: Int
        package var crc32: UInt32
        package var sha256: ContentDigest
        /// What it is if it is machine code; its path is as above.
        public var library: NativeLibrary?
    }

    /// What errors call the source.
    public let name: String
    /// The file that holds the bytes.
    public let path: String
    /// Sorted bytewise by path, so that nothing depends on the order in the archive.
    public let files: [File]
}

/// Writes an addition's file.
///
/// Owned by one thread.
package final class AdditionWriter {
    private let path: String
    private let name: String
    private let output: OutputFile
    private var files: [LayerAddition.File] = []

    /// - Parameter name: what errors call the source.
    /// - Throws: `.file`
    package init(creating path: String, name: String) throws {
        self.path = path
        self.name = name
        output = try OutputFile(creating: path)
    }

    /// Adds a file, at each of the places once.
    /// - Parameter fill: gets what takes the file's bytes in parts.
    package func add(
        at places: [(path: EntryPath, isExecutable: Bool)],
        _ fill: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
    ) throws {
        let offset = output.count
        var crc: UInt = 0
        var hasher = SHA256()
        try fill { part in
            crc = crc32_z(crc, part.bindMemory(to: UInt8.self).baseAddress, part.count)
            hasher.update(bufferPointer: part)
            try output.append(part.count) { buffer, done in
                buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: part[done..<done + buffer.count]))
            }
        }
        let digest = ContentDigest(hasher.finalize())
        files += places.map { place in
            LayerAddition.File(
                path: place.path, isExecutable: place.isExecutable, offset: offset, size: output.count - offset,
                crc32: UInt32(truncatingIfNeeded: crc), sha256: digest)
        }
    }

    /// Ends the file, and looks for machine code in it.
    /// - Throws: `.badWheel` for code that is damaged.
    package func finish(_ cancellation: Cancellation) throws -> LayerAddition {
        _ = try output.finish()
        let pack = try WheelFile(path: path, name: name)
        let reader = try EntryReader(pack, cancellation: cancellation)
        for index in files.indices {
            let file = files[index]
            let head = try pack.read(at: file.offset, count: min(file.size, ELFHeader.length))
            let entry = ZipEntry(
                path: file.path, isFolder: false, method: .stored, crc32: file.crc32, compressedSize: file.size,
                size: file.size, isExecutable: file.isExecutable, dataOffset: file.offset)
            files[index].library = try NativeLibrary.inspect(entry, head: head, reader: reader, wheel: name)
        }
        files.sort { $0.path < $1.path }
        return LayerAddition(name: name, path: path, files: files)
    }
}
