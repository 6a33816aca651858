import Crypto
import Files
import Glibc
import Model

/// A wheel that is open for reading at any offset.
///
/// Read with `pread`, not mapped: a file that shrinks under a mapping kills the process. Nothing in it changes after
/// `init` and `pread` has no position, so several threads may read at once.
package final class WheelFile: Sendable {
    /// The name that errors give.
    package let name: String
    /// In bytes.
    package let size: Int
    private let file: OpenFile

    /// Opens `path`.
    /// - Throws: `.file` if it cannot be opened or is no regular file.
    package convenience init(path: String, name: String) throws {
        try self.init(OpenFile(ofBuild: path), name: name)
    }

    package init(_ file: consuming OpenFile, name: String) throws {
        let status = try file.status()
        guard status.kind == S_IFREG else {
            throw StrataError(.file, "is not a regular file", place: .init(file: name))
        }
        size = status.size
        self.file = file
        self.name = name
    }

    /// Fills `buffer` from `offset`.
    /// - Throws: `.badWheel` if the file ends before.
    package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws {
        guard try file.read(into: buffer, at: offset) == buffer.count else {
            throw StrataError.badWheel(name, nil, "ends before its contents do")
        }
    }

    /// The `count` bytes from `offset`; the caller has checked that they are few.
    package func read(at offset: Int, count: Int) throws -> [UInt8] {
        guard offset >= 0, count >= 0, offset <= size, count <= size - offset else {
            throw StrataError.badWheel(name, nil, "ends before its contents do")
        }
        return try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            try read(
                into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count]),
                at: offset)
            filled = count
        }
    }

    /// Hashes the whole file.
    /// - Throws: `.digestMismatch` if it is not the file that was promised; `.cancelled`.
    package func check(sha256 expected: ContentDigest, cancellation: Cancellation = Cancellation()) throws {
        var hasher = SHA256()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 64)
        defer { buffer.deallocate() }
        for offset in stride(from: 0, to: size, by: buffer.count) {
            try cancellation.check()
            let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(buffer.count, size - offset)])
            try read(into: part, at: offset)
            hasher.update(bufferPointer: UnsafeRawBufferPointer(part))
        }
        let actual = ContentDigest(hasher.finalize())
        guard actual == expected else {
            throw StrataError(
                .digestMismatch, "has the sha256 \(actual), not \(expected) as the lock says",
                hint: "remove it from the cache and run again", place: .init(file: name))
        }
    }
}
