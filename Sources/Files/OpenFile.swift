import CPosix
import Glibc
import Model

/// An open file that closes itself. Its calls block.
public struct OpenFile: ~Copyable, Sendable {
    public let path: String
    public private(set) var descriptor: Int32

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

    /// Takes over a descriptor that is open, and closes it in the end.
    public init(owning descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    /// What the last call said.
    private func failure(_ verb: String, _ number: Int32 = errno) -> StrataError {
        var error = StrataError.file(number, "the file cannot be \(verb)", path)
        error.cause = SystemFailure(number: number)
        return error
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

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

    /// Fills a buffer from an offset. Several threads may read at once.
    ///
    /// - Returns: how many bytes were read; fewer than the buffer has only at the file's end.
    public func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(StrataError) -> Int {
        var filled = 0
        while filled < buffer.count {
            let got = pread(
                descriptor, buffer.baseAddress.map { $0 + filled }, buffer.count - filled, off_t(offset + filled))
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw failure("read") }
            if got == 0 { break }
            filled += got
        }
        return filled
    }

    /// Reads up to `count` bytes from an offset; fewer only at the file's end.
    public func read(_ count: Int, at offset: Int) throws(StrataError) -> [UInt8] {
        var failure: StrataError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            do throws(StrataError) {
                filled = try read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Hands the file out from an offset on, piece by piece, through one buffer.
    ///
    /// - Throws: `file`, and what the body throws.
    public func forEachBuffer(
        of size: Int = 256 << 10, from start: Int = 0, _ body: (UnsafeRawBufferPointer) throws(StrataError) -> Void
    ) throws(StrataError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 64)
        defer { buffer.deallocate() }
        var offset = start
        while true {
            let got = try read(into: buffer, at: offset)
            if got == 0 { return }
            try body(UnsafeRawBufferPointer(rebasing: buffer[..<got]))
            offset += got
        }
    }

    /// Writes all bytes, at an offset or, without one, where the last call ended.
    public func write(_ bytes: UnsafeRawBufferPointer, at offset: Int? = nil) throws(StrataError) {
        var done = 0
        while done < bytes.count {
            let start = bytes.baseAddress.map { $0 + done }
            let put =
                offset.map { pwrite(descriptor, start, bytes.count - done, off_t($0 + done)) }
                ?? Glibc.write(descriptor, start, bytes.count - done)
            if put < 0, errno == EINTR { continue }
            guard put > 0 else { throw failure("written", put == 0 ? EIO : errno) }
            done += put
        }
    }

    /// Appends bytes, or writes them where the last call ended.
    public func write(_ bytes: some Collection<UInt8>) throws(StrataError) {
        try Array(bytes).withUnsafeBufferPointer { bytes throws(StrataError) in
            try write(UnsafeRawBufferPointer(bytes))
        }
    }

    /// Forgets all bytes.
    public func empty() throws(StrataError) {
        guard ftruncate(descriptor, 0) == 0 else { throw failure("emptied") }
    }

    /// Takes an exclusive lock that ends with the file: the kernel gives it back when its holder dies, however it dies.
    ///
    /// - Returns: false if somebody else has it.
    public func lock() throws(StrataError) -> Bool {
        var status = cposix_lock_file(descriptor, 0)
        while status == EINTR { status = cposix_lock_file(descriptor, 0) }
        guard status == 0 || status == EWOULDBLOCK else { throw failure("locked", status) }
        return status == 0
    }

    /// Whether a path leads to this very file.
    public func isAt(_ path: String) -> Bool {
        var opened = stat()
        var named = stat()
        return fstat(descriptor, &opened) == 0 && stat(path, &named) == 0 && opened.st_ino == named.st_ino
            && opened.st_dev == named.st_dev
    }

    /// Closes the file. Some file systems report a full disk only here.
    public mutating func finish() throws(StrataError) {
        let closed = close(descriptor)
        descriptor = -1
        guard closed == 0 else { throw failure("written") }
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
