import Crypto
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
    private let descriptor: Int32

    /// Opens `path`.
    /// - Throws: `.file` if it cannot be opened or is no regular file.
    package convenience init(path: String, name: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StrataError.file(path, "open the wheel", errno: errno) }
        try self.init(owning: descriptor, name: name)
    }

    /// Takes the descriptor and closes it at the end, also when this throws.
    package init(owning descriptor: Int32, name: String) throws {
        self.descriptor = descriptor
        self.name = name
        var status = stat()
        let result = fstat(descriptor, &status)
        size = Int(status.st_size)
        // From here `deinit` runs, also after a throw.
        guard result == 0 else { throw StrataError.file(name, "look at the wheel", errno: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw StrataError(.file, "is not a regular file", place: .init(file: name))
        }
    }

    deinit { close(descriptor) }

    /// Fills `buffer` from `offset`.
    /// - Throws: `.badWheel` if the file ends before.
    package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws {
        var done = 0
        while done < buffer.count {
            let got = pread(
                descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done, off_t(offset + done))
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw StrataError.file(name, "read the wheel", errno: errno) }
            guard got > 0 else { throw StrataError.badWheel(name, nil, "ends before its contents do") }
            done += got
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
