import HTTP
import Model
import Publishing

/// A URL that is known only when it is used: whoever knows it may post, so it is never shown.
public struct SecretURL: Sendable {
    private let fetch: @Sendable () async throws -> Secret

    public init(_ fetch: @escaping @Sendable () async throws -> Secret) { self.fetch = fetch }

    /// - Throws: `configuration` for what is no https URL, without saying what it is. http is for this machine only.
    func url() async throws -> String {
        let secret = try await fetch()
        // A file ends with a line.
        let text = secret.withBytes { bytes in
            String(decoding: bytes.prefix(bytes.count - bytes.reversed().prefix { $0 <= 0x20 }.count), as: UTF8.self)
        }
        let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f } && text.utf8.count <= 4096
        let start = text.firstRange(of: "://")?.upperBound ?? text.endIndex
        let authority = text[start...].prefix { !"/?#".contains($0) }
        let isLocal = ["localhost", "127.0.0.1", "[::1]"].contains { authority == $0 || authority.hasPrefix("\($0):") }
        guard isPlain, !authority.isEmpty, text.hasPrefix("https://") || text.hasPrefix("http://") && isLocal else {
            throw StrataError(
                .configuration, "the secret is not an https URL",
                hint: "store the URL as it was given, without quotes")
        }
        return text
    }
}

extension HTTPClient {
    /// Posts to a URL that must not be shown, and tries again as long as it may help.
    ///
    /// - Throws: what went wrong, in words that hold nothing of the URL.
    func post(
        _ body: [UInt8], type: String, to url: String, _ retrying: Retrying, deadline: Duration
    ) async throws(StrataError) {
        var request = HTTPRequest(
            .post, url, headers: ["Content-Type": type], body: .bytes(body),
            sink: .memory(limit: ByteCount(65_536)),
            deadlines: Deadlines(connect: .seconds(5), stall: deadline, total: deadline))
        request.redirects = .refused
        let ready = request
        try await retrying { _ throws(StrataError) in
            let answer: HTTPResponse
            do throws(StrataError) {
                answer = try await send(ready)
            } catch {
                throw StrataError(error.code, Self.words(error.code))
            }
            guard !answer.isSuccess else { return }
            let code: StrataError.Code =
                switch answer.status {
                case 429: .throttled
                case 500...: .unavailable
                case 401, 403: .accessDenied
                case 404, 410: .notFound
                default: .invalidRequest
                }
            throw StrataError(
                code, "it answered HTTP \(answer.status)",
                cause: HTTPStatusFailure(
                    status: answer.status, retryAfter: answer.headers["Retry-After"].flatMap(Self.seconds)))
        }
    }

    /// A client's own words may name the host.
    private static func words(_ code: StrataError.Code) -> String {
        switch code {
        case .timedOut: "it did not answer in time"
        case .connection: "it could not be reached: name, route, TLS or a closed connection"
        case .cancelled: "cancelled"
        default: "its answer made no sense"
        }
    }

    private static func seconds(_ text: String) -> Duration? {
        Int(text).flatMap { (0...3600).contains($0) ? .seconds($0) : nil }
    }
}

/// A webhook as a sink.
public struct Webhook: Sendable {
    private let url: SecretURL
    private let shape: WebhookShape
    private let http: HTTPClient
    private let deadline: Duration

    /// - Parameter deadline: for one try.
    public init(_ url: SecretURL, _ shape: WebhookShape, http: HTTPClient, deadline: Duration) {
        self.url = url
        self.shape = shape
        self.http = http
        self.deadline = deadline
    }

    public func send(_ bulletin: Bulletin) async throws {
        let body = try shape.body(of: bulletin)
        try await http.post(
            body, type: "application/json", to: try await url.url(),
            Retrying(RetryPolicy(attempts: 3, base: .seconds(1), cap: .seconds(10))), deadline: deadline)
    }
}
