import CPosix
import Glibc
import Model

/// An open file that closes itself. Its calls block.
struct OpenFile: ~Copyable {
    let path: String
    let descriptor: Int32

    /// - Throws: `notFound` if there is no such file, else `file`.
    init(_ path: String, _ flags: Int32 = O_RDONLY, mode: UInt32 = 0) throws(StrataError) {
        descriptor = cposix_open(path, flags | O_CLOEXEC, mode)
        self.path = path
        guard descriptor >= 0 else { throw .file(errno, "the file cannot be opened", path) }
    }

    deinit { close(descriptor) }

    /// What identifies the file's content, as far as the file system tells.
    struct Status: Equatable {
        let kind: mode_t
        let mode: mode_t
        let owner: uid_t
        let size: Int
        let links: Int
        let changed: [Int]
    }

    func status() throws(StrataError) -> Status {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .file(errno, "the file cannot be examined", path) }
        return Status(
            kind: status.st_mode & S_IFMT, mode: status.st_mode & 0o7777, owner: status.st_uid,
            size: Int(status.st_size), links: Int(status.st_nlink),
            changed: [status.st_mtim.tv_sec, status.st_mtim.tv_nsec])
    }

    /// Reads up to `count` bytes from an offset; fewer only at the file's end.
    func read(_ count: Int, at offset: Int) throws(StrataError) -> [UInt8] {
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
        guard failure == 0 else { throw .file(failure, "the file cannot be read", path) }
        return bytes
    }

    func write(_ bytes: some Collection<UInt8>) throws(StrataError) {
        let bytes = Array(bytes)
        var done = 0
        while done < bytes.count {
            let put = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done)
            }
            if put < 0, errno == EINTR { continue }
            guard put > 0 else { throw .file(errno, "the file cannot be written", path) }
            done += put
        }
    }

    /// Appends all of another file's bytes, inside the kernel where it can do that; as a reflink where the disk can.
    func write(contentsOf source: borrowing OpenFile, size: Int) throws(StrataError) {
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
                throw .file(errno, "the file cannot be written", path)
            }
            // Not between these file systems: through memory, then.
            let bytes = try source.read(min(1 << 20, size - done), at: done)
            guard !bytes.isEmpty else { throw .file(EIO, "the file ended early", source.path) }
            try write(bytes)
            done += bytes.count
            lseek(source.descriptor, off_t(done), SEEK_SET)
        }
    }
}
