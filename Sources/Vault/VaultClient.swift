import FoundationEssentials
import HTTP
import Model

/// Calls of Vault's HTTP API. https://developer.hashicorp.com/vault/api-docs
struct VaultClient: Sendable {
    let http: HTTPClient
    let address: VaultAddress
    let retrying: Retrying

    /// A call, before it has a token.
    struct Call {
        var method: HTTPRequest.Method
        /// Behind `/v1/`, each segment encoded.
        var path: String
        var query = ""
        var body: [UInt8] = []
        var type = "application/json"
        /// What a policy has to permit.
        var capability = "read"
    }

    /// Sends a call until it succeeds or will not.
    ///
    /// - Parameter answer: takes the body of a good answer.
    /// - Throws: `credentials`, `accessDenied`, `notFound`, `invalidRequest`, `throttled`, `unavailable`, or the
    ///   transport's failure.
    func send(_ call: Call, token: String?, into answer: SecretAnswer) async throws(StrataError) {
        try await retrying(advice: { error in
            // What changes something is sent again only if Vault said that it did not do it.
            call.method == .get || error.cause is HTTPStatusFailure ? RetryAdvice(error) : .giveUp
        }) { _ throws(StrataError) in
            let response = try await exchange(call, token, answer, at: "\(address.url)/v1/\(call.path)\(call.query)")
            guard !response.isSuccess else { return }
            throw Self.error(response, call)
        }
    }

    /// A server that is not the active one may send on to that; Vault's own client follows once, too.
    private func exchange(
        _ call: Call, _ token: String?, _ answer: SecretAnswer, at url: String, mayFollow: Bool = true
    ) async throws(StrataError) -> HTTPResponse {
        var request = HTTPRequest(
            call.method, url, body: call.body.isEmpty ? .empty : .bytes(call.body), sink: .stream(answer.stream),
            deadlines: address.deadlines, operation: "vault:\(call.method.rawValue) \(call.path)")
        request.headers["X-Vault-Request"] = "true"
        request.headers["X-Vault-Token"] = token
        request.headers["X-Vault-Namespace"] = address.namespace
        if !call.body.isEmpty { request.headers["Content-Type"] = call.type }
        request.authorities = address.authorities
        request.isRepeatable = call.method == .get
        let response = try await http.send(request)
        guard mayFollow, [307, 308].contains(response.status), let next = response.redirect else { return response }
        // The token goes along.
        guard VaultAddress.mayHaveToken(next), next.hasPrefix("https://") || url.hasPrefix("http://") else {
            throw StrataError(.configuration, "Vault redirects to an address that is not https")
        }
        return try await exchange(call, token, answer, at: next, mayFollow: false)
    }

    private static func error(_ response: HTTPResponse, _ call: Call) -> StrataError {
        struct Body: Decodable { let errors: [String]? }
        let body = try? JSONDecoder().decode(Body.self, from: Data(response.body))
        let said = (body?.errors ?? []).joined(separator: "; ").printable(300)
        let code: StrataError.Code =
            switch response.status {
            case 400, 405: .invalidRequest
            case 401, 403: .accessDenied
            case 404: .notFound
            case 429: .throttled
            case 412, 472, 473, 500...: .unavailable
            default: .invalidRequest
            }
        // A text of these is nothing that a person could act on.
        let words = response.status == 503 && said.isEmpty ? "Vault is sealed, or not ready" : said
        return StrataError(
            code,
            !words.isEmpty
                ? words : code == .notFound ? "there is no such secret" : "Vault answered with HTTP \(response.status)",
            hint: code == .accessDenied
                ? #"the token's policy needs: path "\#(call.path)" { capabilities = ["\#(call.capability)"] }"# : nil,
            place: .init(operation: "vault:\(call.method.rawValue) \(call.path)"),
            cause: HTTPStatusFailure(status: response.status))
    }
}
