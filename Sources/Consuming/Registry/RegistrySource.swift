import Glibc
import HTTP
import Model

/// Where a registry's `main` branch is read: a checkout, an address that serves its files, or anything else that knows
/// a file by its path (a bare clone, for one).
public struct RegistrySource: Sendable {
    /// What messages call it; holds no credentials.
    public let name: String
    /// A file's bytes by its path on the branch; nil if there is no such file.
    public let read: @Sendable (_ path: String) async throws -> [UInt8]?

    public init(name: String, read: @escaping @Sendable (_ path: String) async throws -> [UInt8]?) {
        self.name = name
        self.read = read
    }

    /// No file of a registry comes near it: 34 regions of 10,000 layers are sharded by region.
    static let limit = 64_000_000

    /// A checkout of the branch in a folder. Reads are of small local files and block for as long as they take.
    public static func folder(_ folder: String) -> RegistrySource {
        RegistrySource(name: folder) { path in
            // Paths are made of names that were checked; this keeps it so whatever is added later.
            guard !path.split(separator: "/").contains("..") else {
                throw StrataError(.inconsistent, "'\(path)' leaves the registry")
            }
            return try LocalFile.read("\(folder)/\(path)", limit: limit)
        }
    }

    /// The branch's files below an address, as `https://raw.githubusercontent.com/acme/layers/main`.
    ///
    /// - Parameter cache: a folder in which answers are kept with their validators; nil for none.
    public static func web(_ address: String, client: HTTPClient, cache: String? = nil) -> RegistrySource {
        web(address, cache: cache, retry: Retrying(RetryPolicy())) { request throws(StrataError) in
            try await client.send(request)
        }
    }

    /// The same over anything that answers requests.
    package static func web(
        _ address: String, cache: String?, retry: Retrying,
        send: @escaping @Sendable (HTTPRequest) async throws(StrataError) -> HTTPResponse
    ) -> RegistrySource {
        var base = address[...]
        while base.hasSuffix("/") { base.removeLast() }
        let pages = WebPages(base: String(base), cache: cache, retry: retry, send: send)
        return RegistrySource(name: HTTPRequest.redacted(String(base))) { try await pages.read($0) }
    }
}

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
