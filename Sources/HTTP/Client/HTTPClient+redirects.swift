import Model

extension HTTPClient {
    /// Follows redirects for a request with a netrc file. curl would look that up again by the host's name alone, so that
    /// another port of the host would get its credentials, and an entry `default` any host. Here they stay with the
    /// scheme, host and port that the request is for; what comes after is curl's again.
    func follow(_ request: HTTPRequest, limit: Int) async throws(StrataError) -> HTTPResponse {
        var request = request
        for remaining in (0...max(0, limit)).reversed() {
            request.redirects = .refused
            let response = try await once(request)
            guard let next = response.redirect else { return response }
            guard remaining > 0 else { break }
            guard next.hasPrefix("https://") || next.hasPrefix("http://") && request.url.hasPrefix("http://") else {
                throw StrataError(
                    .refused,
                    "\(HTTPRequest.redacted(request.url)): a redirect leads away from \(request.url.prefix { $0 != ":" })",
                    place: .init(operation: request.operation))
            }
            let isSame = HTTPRequest.origin(of: next) == HTTPRequest.origin(of: request.url)
            request.url = next
            guard isSame else {
                request.netrc = nil
                request.headers = request.headers.withoutCredentials
                request.redirects = .followed(limit: remaining - 1)
                return try await send(request)
            }
        }
        throw StrataError(
            .unavailable, "\(HTTPRequest.redacted(request.url)): too many redirects",
            place: .init(operation: request.operation))
    }
}

extension HTTPRequest {
    /// Scheme, host and port of a URL, in lower case, with the port that the scheme implies.
    static func origin(of url: String) -> String {
        let scheme = url.prefix { $0 != ":" }.lowercased()
        let host = Self.host(of: url)
        let hasPort = host.split(separator: "]").last?.contains(":") ?? false
        return "\(scheme)://\(host)" + (hasPort ? "" : scheme == "https" ? ":443" : ":80")
    }
}

extension HTTPHeaders {
    fileprivate var withoutCredentials: HTTPHeaders {
        var headers = HTTPHeaders()
        for (name, value) in fields where !["authorization", "cookie"].contains(name.lowercased()) {
            headers.append(name, value)
        }
        return headers
    }
}
