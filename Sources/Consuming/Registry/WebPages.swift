import Files
import FoundationEssentials
import HTTP
import Model

/// Reads files below an address, and asks again only whether they have changed.
struct WebPages: Sendable {
    let base: String
    /// The folder of kept answers.
    let cache: String?
    let retry: Retrying
    let send: @Sendable (HTTPRequest) async throws(StrataError) -> HTTPResponse

    /// - Returns: nil if the server says that there is no such file.
    /// - Throws: what the transport throws, or `unavailable` for any other status.
    func read(_ path: String) async throws -> [UInt8]? {
        let url = "\(base)/\(path)"
        let kept = cache.flatMap { KeptAnswer(in: $0, url: url) }
        var request = HTTPRequest(
            .get, url, sink: .memory(limit: ByteCount(RegistrySource.limit)), operation: "registry:read")
        request.redirects = .followed(limit: 5)
        request.acceptsGzip = true
        request.allowsHTTP2 = true
        if let kept {
            request.headers["If-None-Match"] = kept.entityTag
            request.headers["If-Modified-Since"] = kept.modified
        }
        let asked = request
        let response = try await retry { _ throws(StrataError) in
            let response = try await send(asked)
            // What can pass is worth another try; everything else is an answer.
            guard response.status == 429 || response.status >= 500 else { return response }
            let wait = response.head.retryAfter(now: Timestamp(seconds: Int(Date().timeIntervalSince1970)))
            throw StrataError(
                .unavailable, "\(HTTPRequest.redacted(url)) answered \(response.status)",
                cause: HTTPStatusFailure(status: response.status, retryAfter: wait))
        }
        switch response.status {
        case 200:
            if let cache { KeptAnswer(response, url: url)?.keep(in: cache) }
            return response.body
        case 304:
            if let kept { return kept.body }
            throw StrataError(.unavailable, "\(HTTPRequest.redacted(url)) answered 304 to an unconditional request")
        case 404, 410: return nil
        default:
            throw StrataError(.unavailable, "\(HTTPRequest.redacted(url)) answered \(response.status)")
        }
    }
}

/// An answer with the validators by which the server can say that it still holds. One file: a line of JSON, then the
/// body.
private struct KeptAnswer {
    private struct Head: Codable {
        let url: String
        let entityTag: String?
        let modified: String?
        let digest: ContentDigest
    }
    private let head: Head
    let body: [UInt8]
    var entityTag: String? { head.entityTag }
    var modified: String? { head.modified }

    /// - Returns: nil if the answer has no validators, or asks not to be kept.
    init?(_ response: HTTPResponse, url: String) {
        let (tag, modified) = (response.headers["ETag"], response.headers["Last-Modified"])
        guard tag != nil || modified != nil,
            response.headers["Cache-Control"]?.lowercased().contains("no-store") != true
        else { return nil }
        head = Head(url: url, entityTag: tag, modified: modified, digest: .of(response.body))
        body = response.body
    }

    /// - Returns: nil if there is none, or it is damaged.
    init?(in folder: String, url: String) {
        guard
            let file = try? BoundedFile.read(
                Self.path(in: folder, url), limit: ByteCount(RegistrySource.limit + 65_536)),
            let end = file.firstIndex(of: 0x0a),
            let head = try? JSONDecoder().decode(Head.self, from: Data(file[..<end])), head.url == url
        else { return nil }
        let body = Array(file[(end + 1)...])
        guard ContentDigest.of(body) == head.digest else { return nil }
        self.head = head
        self.body = body
    }

    /// Keeps the answer; not being able to is no reason to fail.
    func keep(in folder: String) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let line = try? encoder.encode(head),
            (try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)) != nil
        else { return }
        try? AtomicFile.write(Array(line) + [0x0a] + body, to: Self.path(in: folder, head.url))
    }

    private static func path(in folder: String, _ url: String) -> String {
        "\(folder)/\(ContentDigest.of(url).hex.prefix(32))"
    }
}
