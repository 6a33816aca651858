import FoundationEssentials
import HTTP
import Model

/// How an index's servers are talked to: credentials by origin, redirects, retries, limits.
struct IndexAccess: Sendable {
    private let client: HTTPClient
    private let retrying: Retrying
    private let netrc: String?
    /// `user:password` by origin.
    private let userInfo: [String: String]

    /// Large projects have pages of some megabytes.
    private static let pageLimit = ByteCount.mebibytes(64)

    init(_ client: HTTPClient, settings: IndexSettings, environment: [String: String], retry: RetryPolicy) {
        self.client = client
        retrying = Retrying(retry)
        netrc =
            environment["NETRC"]
            ?? environment["HOME"].map { "\($0)/.netrc" }.flatMap {
                Program.isReadable($0) ? $0 : nil
            }
        let urls = settings.indexes + settings.findLinks.map(IndexURL.init)
        userInfo = Dictionary(
            urls.compactMap { url in url.userInfo.map { (url.origin, $0) } }, uniquingKeysWith: { first, _ in first })
    }

    /// Asks for a page, retrying what may pass.
    /// - Throws: `connection`, `timedOut`, `unavailable`; `accessDenied` for 401 and 403; what the client throws.
    func page(_ url: String, accept: String, validators: PageRecord?) async throws(StrataError) -> HTTPResponse {
        var request = request(url)
        request.headers["Accept"] = accept
        if let tag = validators?.entityTag { request.headers["If-None-Match"] = tag }
        if let date = validators?.lastModified { request.headers["If-Modified-Since"] = date }
        request.sink = .memory(limit: Self.pageLimit)
        request.acceptsGzip = true
        return try await retrying { [request] _ throws(StrataError) in
            let response = try await client.send(request)
            try Self.check(response.head, of: url, also: [304, 404, 410])
            return response
        }
    }

    /// What a page answers, whatever that is. Nothing is fetched: an index's root may list all that it has.
    /// - Throws: as `page`, but for a status.
    func status(of url: String) async throws(StrataError) -> Int {
        var request = request(url)
        request.method = .head
        return try await retrying { [request] _ throws(StrataError) in
            let response = try await client.send(request)
            guard response.status == 429 || response.status >= 500 else { return response.status }
            try Self.check(response.head, of: url)
            return response.status
        }
    }

    /// How a request is answered that is not tried again.
    /// - Throws: as `page`.
    func head(_ request: HTTPRequest) async throws(StrataError) -> HTTPHead {
        let head = try await client.send(request).head
        try Self.check(head, of: request.url, also: [404, 410])
        return head
    }

    /// A request for a file of the index, or for a page.
    func request(_ url: String) -> HTTPRequest {
        var request = HTTPRequest(.get, url, operation: "index")
        request.redirects = .followed(limit: 5)
        request.allowsHTTP2 = true
        if let userInfo = userInfo[IndexURL(url).origin] {
            request.headers["Authorization"] = "Basic \(Array(userInfo.utf8).base64)"
        } else {
            request.netrc = netrc
        }
        return request
    }

    /// - Throws: an error for a status other than success and those expected.
    static func check(_ head: HTTPHead, of url: String, also expected: Set<Int> = []) throws(StrataError) {
        guard !head.isSuccess, !expected.contains(head.status) else { return }
        let shown = HTTPRequest.redacted(url)
        let failure = HTTPStatusFailure(status: head.status, retryAfter: head.retryAfter)
        switch head.status {
        case 401, 403:
            throw StrataError(
                .accessDenied, "the index refused '\(shown)' (\(head.status))",
                hint: "check the index's credentials: in its URL, in UV_INDEX_…_PASSWORD or in netrc")
        case 404, 410: throw StrataError(.notFound, "the index has no '\(shown)'", cause: failure)
        case 429: throw StrataError(.throttled, "the index asks for fewer requests", cause: failure)
        default: throw StrataError(.unavailable, "the index answered \(head.status) for '\(shown)'", cause: failure)
        }
    }
}

extension HTTPHead {
    /// `Retry-After` in seconds; the date form is rare and means "later".
    fileprivate var retryAfter: Duration? {
        headers["Retry-After"].flatMap { Int($0) }.flatMap { $0 >= 0 ? .seconds($0) : nil }
    }
}
