import Files
import Glibc
import Model

/// A name for a file that is not whole yet, beside the place where it will be. Removed at the end unless it was moved.
package final class TemporaryFile: Sendable {
    package let path: String
    private let destination: String

    /// Beside `destination`, so that the rename stays within one file system.
    package init(beside destination: String) {
        let slash = destination.lastIndex(of: "/").map { destination.index(after: $0) } ?? destination.startIndex
        let suffix = String(UInt64.random(in: 0 ... .max), radix: 36)
        path = "\(destination[..<slash]).\(destination[slash...].prefix(40)).\(suffix).partial"
        self.destination = destination
    }

    /// After `commit` nothing has the name any more: it is random, and this does nothing.
    deinit { unlink(path) }

    /// Gives the file its name, in place of one that may be there.
    package func commit() throws { try AtomicFile.put(path, destination) }

    /// Commits what `write` makes. If that throws, the file is gone when this returns, whoever else still holds this value:
    /// a task that has ended lets go of it a moment later.
    package func fill<Value>(_ write: () async throws -> Value) async throws -> Value {
        do {
            let value = try await write()
            try commit()
            return value
        } catch {
            unlink(path)
            throw error
        }
    }
}

/// A file that is hashed while it is written.
///
/// Owned by one thread.
package final class OutputFile {
    private var file: OpenFile
    private let digest = RunningDigest()
    private var buffer = OutputFile.emptyBuffer
    private var filled = 0
    /// Bytes that were accepted so far.
    package private(set) var count = 0

    /// Creates a file that must not exist.
    /// - Throws: `.file`
    package convenience init(creating path: String) throws {
        self.init(try OpenFile(ofBuild: path, O_WRONLY | O_CREAT | O_EXCL))
    }

    package init(_ file: consuming OpenFile) { self.file = file }

    /// Appends `size` bytes that `fill` puts into the buffer, in parts: nothing is copied twice.
    /// - Parameter fill: gets a part of the buffer and how many bytes came before it.
    package func append(_ size: Int, _ fill: (UnsafeMutableRawBufferPointer, Int) throws -> Void) throws {
        var done = 0
        while done < size {
            if filled == buffer.count { try flush() }
            let part = min(size - done, buffer.count - filled)
            try buffer.withUnsafeMutableBytes {
                try fill(UnsafeMutableRawBufferPointer(rebasing: $0[filled..<filled + part]), done)
            }
            filled += part
            done += part
        }
        count += size
    }

    package func append(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { bytes in
            try append(bytes.count) { part, done in
                part.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[done..<done + part.count]))
            }
        }
    }

    /// Ends and closes the file.
    /// - Returns: the digest of all that was written.
    package func finish() throws -> ContentDigest {
        try flush()
        try file.finish()
        return digest.finish()
    }

    private func flush() throws {
        let part = buffer[..<filled]
        digest.add(part)
        try part.withUnsafeBytes { try file.write($0) }
        // The digest may still read the old one.
        buffer = Self.emptyBuffer
        filled = 0
    }

    private static var emptyBuffer: [UInt8] { [UInt8](repeating: 0, count: 512 << 10) }
}
