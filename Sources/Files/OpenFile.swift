import CPosix
import Glibc
import Model

/// An open file that closes itself. Its calls block.
public struct OpenFile: ~Copyable {
    public let path: String
    public let descriptor: Int32

    /// Opens a file; it is not handed to child processes.
    ///
    /// - Parameters:
    ///   - flags: as `open(2)` has them.
    ///   - mode: the permissions of a file that is made; the umask takes some away.
    /// - Throws: `notFound` if there is no such file, else `file`.
    public init(_ path: String, _ flags: Int32 = O_RDONLY, mode: UInt32 = 0) throws(StrataError) {
        descriptor = cposix_open(path, flags | O_CLOEXEC, mode)
        self.path = path
        guard descriptor >= 0 else { throw failure("opened") }
    }

    /// What the last call said.
    private func failure(_ verb: String, _ number: Int32 = errno) -> StrataError {
        var error = StrataError.file(number, "the file cannot be \(verb)", path)
        error.cause = SystemFailure(number: number)
        return error
    }

    deinit { close(descriptor) }

    /// What identifies the file's content, as far as the file system tells.
    public struct Status: Equatable, Sendable {
        public let kind: mode_t
        public let mode: mode_t
        public let owner: uid_t
        public let size: Int
        public let links: Int
        public let changed: [Int]
    }

    /// What the file system says of the open file.
    public func status() throws(StrataError) -> Status {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure("examined") }
        return Status(
            kind: status.st_mode & S_IFMT, mode: status.st_mode & 0o7777, owner: status.st_uid,
            size: Int(status.st_size), links: Int(status.st_nlink),
            changed: [status.st_mtim.tv_sec, status.st_mtim.tv_nsec])
    }

    /// Reads up to `count` bytes from an offset; fewer only at the file's end.
    public func read(_ count: Int, at offset: Int) throws(StrataError) -> [UInt8] {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let got = pread(
                    descriptor, buffer.baseAddress.map { $0 + filled }, count - filled, off_t(offset + filled))
                if got < 0, errno == EINTR { continue }
                if got < 0 { failure = errno }
                if got <= 0 { break }
                filled += got
            }
        }
        guard failure == 0 else { throw self.failure("read", failure) }
        return bytes
    }

    /// Appends bytes, or writes them where the last call ended.
    public func write(_ bytes: some Collection<UInt8>) throws(StrataError) {
        let bytes = Array(bytes)
        var done = 0
        while done < bytes.count {
            let put = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done)
            }
            if put < 0, errno == EINTR { continue }
            guard put > 0 else { throw failure("written") }
            done += put
        }
    }

    /// Appends all of another file's bytes, inside the kernel where it can do that; as a reflink where the disk can.
    public func write(contentsOf source: borrowing OpenFile, size: Int) throws(StrataError) {
        var done = 0
        lseek(source.descriptor, 0, SEEK_SET)
        while done < size {
            let copied = cposix_copy_file_range(source.descriptor, descriptor, size - done)
            if copied > 0 {
                done += copied
                continue
            }
            if copied < 0, errno == EINTR { continue }
            if copied < 0, errno == ENOSPC || errno == EDQUOT || errno == EIO {
                throw failure("written")
            }
            // Not between these file systems: through memory, then.
            let bytes = try source.read(min(1 << 20, size - done), at: done)
            guard !bytes.isEmpty else { throw .file(EIO, "the file ended early", source.path) }
            try write(bytes)
            done += bytes.count
            lseek(source.descriptor, off_t(done), SEEK_SET)
        }
    }

    /// Hands the whole file out, one piece after the other: memory does not grow with it.
    ///
    /// - Throws: `file`, and what the body throws.
    public func forEachPiece(of size: Int = 256 << 10, _ body: ([UInt8]) throws -> Void) throws {
        var offset = 0
        while true {
            let piece = try read(size, at: offset)
            if piece.isEmpty { return }
            try body(piece)
            offset += piece.count
        }
    }

    /// Sets the permissions, whatever the umask is.
    func setMode(_ mode: mode_t) throws(StrataError) {
        guard fchmod(descriptor, mode) == 0 else { throw failure("changed") }
    }

    /// Waits until all that was written is on the disk.
    func synchronize() throws(StrataError) {
        guard fsync(descriptor) == 0 else { throw failure("written") }
    }
}

/// The number that a system call failed with.
struct SystemFailure: Error {
    let number: Int32
}

extension StrataError {
    /// The number that the system call behind it failed with.
    var number: Int32 { (cause as? SystemFailure)?.number ?? EIO }
}
