import FoundationEssentials
import HTTP
import Model

/// As whom the worker logs in over HTTPS. The secret that proves it travels apart.
struct HTTPSIdentity: Codable, Sendable {
    let user: String
    /// nil: the secret is the token itself; otherwise it is the App's private key.
    let app: GitHubApp?

    /// The value of the header `Authorization`. For an App, a token is asked for: for this repository alone, and only to
    /// read unless it `writes`.
    ///
    /// In the worker only: what it makes of the secret is wiped by nobody but the process's end.
    /// - Throws: `credentials` for a secret that cannot be meant, and what `GitHubApp.token` throws.
    func authorization(
        _ secret: borrowing Secret, for address: RemoteAddress.HTTPS, writes: Bool, _ client: HTTPClient
    ) throws(StrataError) -> String {
        let token: String
        if let app {
            let key = try AppKey(secret)
            token = try Waiting.value { () async throws(StrataError) in
                try await app.token(key, for: address, writes: writes, client)
            }
        } else {
            token = try Self.token(secret)
        }
        return "Basic " + Data("\(user):\(token)".utf8).base64EncodedString()
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
