import FoundationEssentials
import HTTP
import Model

/// As whom the worker logs in over HTTPS. The secret that proves it travels apart.
struct HTTPSIdentity: Codable, Sendable {
    let user: String
    /// nil: the secret is the token itself; otherwise it is the App's private key.
    let app: GitHubApp?

    /// The value of the header `Authorization`, as git's servers want it.
    func authorization(
        _ secret: borrowing Secret, for address: RemoteAddress.HTTPS, _ right: GitHubApp.Right, _ client: HTTPClient
    ) throws(StrataError) -> String {
        let token = try token(secret, for: address, right, client)
        return "Basic " + Data("\(user):\(token)".utf8).base64EncodedString()
    }

    /// The token. An App asks for one, for this repository and this right alone.
    ///
    /// In the worker only: what it makes of the secret is wiped by nobody but the process's end.
    /// - Throws: `credentials` for a secret that cannot be meant, and what `GitHubApp.token` throws.
    func token(
        _ secret: borrowing Secret, for address: RemoteAddress.HTTPS, _ right: GitHubApp.Right, _ client: HTTPClient
    ) throws(StrataError) -> String {
        guard let app else { return try Self.token(secret) }
        let key = try AppKey(secret)
        return try Waiting.value { () async throws(StrataError) in
            try await app.token(key, for: address, right, client)
        }
    }

    /// The token without what a file or an editor puts around it.
    private static func token(_ secret: borrowing Secret) throws(StrataError) -> String {
        var text = secret.withBytes { Substring(decoding: $0, as: UTF8.self) }
        text = text.drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text.removeLast() }
        func problem(_ what: String, _ hint: String) -> StrataError {
            StrataError(.credentials, "git.token \(what)", hint: hint)
        }
        if text.isEmpty { throw problem("is empty", "store the token that the host shows when it makes one") }
        if text.hasPrefix("{") {
            throw problem("is a JSON object", "name the member that holds the token: secretsmanager:NAME#token")
        }
        if text.hasPrefix("-----BEGIN") {
            throw problem("is a private key", "name an App's key in git.github-app, and one for SSH in git.ssh-key")
        }
        guard text.utf8.count <= 4096, text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw problem("holds characters that no token has", "store the token alone, in one line")
        }
        return String(text)
    }
}

extension HTTPClient.Options {
    /// With the authorities that this process's environment names.
    static var ofThisProcess: Self { Self(environment: ProcessInfo.processInfo.environment) }
}
