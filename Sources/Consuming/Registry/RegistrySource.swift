import Files
import HTTP
import Model

/// Where a registry is read: a checkout of its `main` branch, the address of its site or of the branch's files, or
/// anything else that knows a file by its path (a bare clone, for one).
public struct RegistrySource: Sendable {
    /// What messages call it; holds no credentials.
    public let name: String
    /// A file's bytes by its path; nil if there is no such file.
    public let read: @Sendable (_ path: String) async throws -> [UInt8]?

    public init(name: String, read: @escaping @Sendable (_ path: String) async throws -> [UInt8]?) {
        self.name = name
        self.read = read
    }

    /// No file of a registry comes near it: 34 regions of 10,000 layers are sharded by region.
    static let limit = 64_000_000

    /// A checkout in a folder. Reads are of small local files and block for as long as they take.
    public static func folder(_ folder: String) -> RegistrySource {
        RegistrySource(name: folder) { path in
            // Paths are made of names that were checked; this keeps it so whatever is added later.
            guard !path.split(separator: "/").contains("..") else {
                throw StrataError(.inconsistent, "'\(path)' leads out of the registry")
            }
            return try BoundedFile.readIfPresent("\(folder)/\(path)", limit: ByteCount(limit))
        }
    }

    /// The files below an address: a site, as `https://acme.github.io/layers`, or a branch, as
    /// `https://raw.githubusercontent.com/acme/layers/main`.
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
