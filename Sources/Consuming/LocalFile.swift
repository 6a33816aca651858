import Glibc
import Model

/// Reading and replacing files of this machine.
enum LocalFile {
    /// - Returns: nil if there is no such file.
    /// - Throws: `file`, also for what is not a regular file or larger than the limit.
    static func read(_ path: String, limit: Int) throws(StrataError) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw failure("read", path, errno)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure("read", path, errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw StrataError(.file, "cannot read '\(path)': it is not a regular file")
        }
        guard status.st_size <= limit else {
            throw StrataError(.file, "cannot read '\(path)': it is larger than \(ByteCount(limit))")
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(status.st_size))
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= limit {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("read", path, errno) }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
        throw StrataError(.file, "cannot read '\(path)': it is larger than \(ByteCount(limit))")
    }

    /// The file that a path leads to in the end, links followed; the path itself if there is no such file.
    ///
    /// - Throws: `file` for links that lead nowhere or in a circle.
    static func destination(of path: String) throws(StrataError) -> String {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK else { return path }
        guard let resolved = realpath(path, nil) else { throw failure("write", path, errno) }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// Replaces a file at once, or leaves it as it was. The new file has the old one's permissions.
    static func replace(_ path: String, with bytes: [UInt8]) throws(StrataError) {
        var status = stat()
        let exists = lstat(path, &status) == 0
        // The rename would replace the link, and leave what it points to as it was.
        guard !exists || status.st_mode & S_IFMT == S_IFREG else {
            throw StrataError(.file, "cannot write '\(path)': it is not a regular file")
        }
        let temporary = "\(path).\(getpid()).\(UInt32.random(in: .min ... .max)).tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("write", path, errno) }
        var written = 0
        var code: Int32 = fchmod(descriptor, exists ? status.st_mode & 0o777 : 0o644) == 0 ? 0 : errno
        while code == 0, written < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress?.advanced(by: written), $0.count - written)
            }
            if count < 0 { code = errno == EINTR ? 0 : errno } else { written += count }
        }
        if code == 0, fsync(descriptor) != 0 { code = errno }
        if close(descriptor) != 0, code == 0 { code = errno }
        if code == 0, rename(temporary, path) != 0 { code = errno }
        guard code == 0 else {
            unlink(temporary)
            throw failure("write", path, code)
        }
    }

    private static func failure(_ verb: String, _ path: String, _ code: Int32) -> StrataError {
        StrataError(.file, "cannot \(verb) '\(path)': \(String(cString: strerror(code)))")
    }
}
