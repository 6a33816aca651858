import Crypto
import CryptoExtras
import FoundationEssentials
import Model

/// The private key of a GitHub App: RSA in PEM, as GitHub hands it out (PKCS#1) or converted (PKCS#8).
///
/// In the worker only. Line ends of any kind, lost line ends, and `\n` written as two characters are understood. No error
/// holds a byte of it.
struct AppKey: Sendable {
    private let key: _RSA.Signing.PrivateKey

    /// - Throws: `credentials`, saying what the secret is and what helps.
    init(_ secret: borrowing Secret) throws(StrataError) {
        let text = secret.withBytes { String(decoding: $0, as: UTF8.self) }.replacing("\\n", with: "\n")
        guard let begin = text.firstRange(of: "-----BEGIN ") else {
            let isJSON = text.drop(while: \.isWhitespace).hasPrefix("{")
            throw Self.problem(
                isJSON ? "is a JSON object" : "does not begin with -----BEGIN",
                isJSON ? "name the member that holds the key: secretsmanager:NAME#key" : nil)
        }
        let rest = text[begin.upperBound...]
        guard let dashes = rest.firstRange(of: "-----") else { throw Self.problem("is cut off") }
        let kind = rest[..<dashes.lowerBound]
        guard ["RSA PRIVATE KEY", "PRIVATE KEY"].contains(kind) else {
            let what =
                kind.hasPrefix("OPENSSH") ? "is a key for SSH" : "is of the kind '\(ServerText.line(kind.prefix(40)))'"
            throw Self.problem(what)
        }
        guard let end = rest.firstRange(of: "-----END \(kind)-----") else { throw Self.problem("is cut off") }
        let body = rest[dashes.upperBound..<end.lowerBound]
        guard !body.contains("ENCRYPTED") else {
            throw Self.problem("is protected by a passphrase", "store it without one: openssl rsa -in app.pem")
        }
        guard let bytes = Base64.decode(body.utf8), let key = try? _RSA.Signing.PrivateKey(derRepresentation: bytes)
        else {
            throw Self.problem("is damaged, or no RSA key of 2048 bits or more")
        }
        self.key = key
    }

    private static func problem(_ what: String, _ hint: String? = nil) -> StrataError {
        StrataError(
            .credentials, "the key of git.github-app \(what)",
            hint: hint ?? "make one in the App's settings under 'Private keys', and store the file as it is")
    }

    /// A JSON Web Token that says who asks (RFC 7515 and 7519), signed by RS256.
    /// https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
    /// - Parameter now: GitHub accepts no token from the future and none that holds for more than ten minutes, so that a
    ///   minute is left to clocks that differ.
    func token(issuer: String, now: Int) throws(StrataError) -> String {
        struct Header: Encodable {
            let alg = "RS256"
            let typ = "JWT"
        }
        struct Claims: Encodable {
            let iat: Int
            let exp: Int
            let iss: String
        }
        do {
            let parts = [
                try JSONEncoder().encode(Header()),
                try JSONEncoder().encode(Claims(iat: now - 60, exp: now + 540, iss: issuer)),
            ]
            let signed = parts.map(\.base64URL).joined(separator: ".")
            let signature = try key.signature(for: Data(signed.utf8), padding: .insecurePKCS1v1_5)
            return "\(signed).\(signature.rawRepresentation.base64URL)"
        } catch { throw StrataError(.credentials, "the key of git.github-app cannot sign", cause: error) }
    }
}

extension Data {
    /// Base64 for URLs, without padding (RFC 4648, section 5).
    fileprivate var base64URL: String {
        String(
            base64EncodedString().filter { $0 != "=" }.map { character in
                character == "+" ? "-" : character == "/" ? "_" : character
            })
    }
}
