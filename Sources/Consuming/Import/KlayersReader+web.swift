import HTTP
import Model

extension KlayersReader {
    /// Reads on with a file at an http or https address, such as a raw file of a repository or an answer of the first
    /// system's API.
    ///
    /// - Throws: `notFound` if there is no such file, `tooLarge` above 256 MB, and what the transport throws. What the
    ///   file holds is never an error: see `result`.
    public mutating func read(url: String, client: HTTPClient) async throws(StrataError) {
        let bytes = try await ImportAddress.read(url, client)
        begin(HTTPRequest.redacted(url))
        read(bytes)
        end()
    }
}

/// Reading files to import at addresses.
enum ImportAddress {
    /// - Throws: `notFound` if there is no such file, `tooLarge` above 256 MB, and what the transport throws.
    static func read(_ url: String, _ client: HTTPClient) async throws(StrataError) -> [UInt8] {
        let name = HTTPRequest.redacted(url)
        var request = HTTPRequest(.get, url, sink: .memory(limit: .mebibytes(256)), operation: "import:read")
        request.redirects = .followed(limit: 5)
        request.acceptsGzip = true
        let asked = request
        let retry = Retrying(RetryPolicy())
        let response = try await retry { _ throws(StrataError) in
            let response = try await client.send(asked)
            guard response.status == 429 || response.status >= 500 else { return response }
            throw StrataError(
                .unavailable, "\(name) answered \(response.status)",
                cause: HTTPStatusFailure(status: response.status, retryAfter: nil))
        }
        switch response.status {
        case 200: return response.body
        case 404, 410:
            throw StrataError(
                .notFound, "there is nothing to import at \(name)",
                hint: "name a file; a folder is imported from a clone of its repository")
        default: throw StrataError(.unavailable, "\(name) answered \(response.status)")
        }
    }
}
