import Crypto
import FoundationEssentials
import HTTP
import Model

extension CredentialSources {
    /// What `aws login` has left: credentials that last minutes, and a token that renews them for as long as the session
    /// lasts.
    /// https://docs.aws.amazon.com/sdkref/latest/guide/feature-login-credentials.html
    func login(
        _ session: String, _ profile: [String: String], _ name: String
    ) async throws(StrataError) -> Credentials {
        let again = "run 'aws login --profile \(name)'"
        guard let folder = loginFolder else {
            throw StrataError(.credentials, "profile '\(name)' signs in by 'aws login', and HOME is not set")
        }
        let file = TokenFile(SHA256.hash(data: Array(session.utf8)), in: folder)
        guard let token = try await file.read(), let held = Self.credentials(token) else {
            throw StrataError(.credentials, "profile '\(name)' is not signed in", hint: again)
        }
        // The chain renews this long before the end as well.
        if isGood(held, for: .seconds(300)) { return held }
        let refusal: StrataError
        do throws(StrataError) {
            let fresh = try await renewed(token, profile, name, again: again)
            try? await file.write(fresh)
            guard let credentials = Self.credentials(fresh) else {
                throw StrataError(.unavailable, "AWS Sign-In did not answer with credentials")
            }
            return credentials
        } catch {
            refusal = error
        }
        // Another tool may have renewed them meanwhile, with the token that we tried; and what is still good will do.
        let other = try await file.read().flatMap(Self.credentials) ?? held
        guard isGood(other, for: .zero) else { throw refusal }
        return other
    }

    private var loginFolder: String? {
        guard let named = environment["AWS_LOGIN_CACHE_DIRECTORY"] else {
            return environment["HOME"].map { "\($0)/.aws/login/cache" }
        }
        guard named == "~" || named.hasPrefix("~/") else { return named }
        return environment["HOME"].map { $0 + named.dropFirst() }
    }

    private func isGood(_ credentials: Credentials, for span: Duration) -> Bool {
        credentials.expires.map { now() + span < $0 } ?? false
    }

    private static func credentials(_ token: [String: JSONValue]) -> Credentials? {
        guard let held = token["accessToken"]?.object, let id = held["accessKeyId"]?.text,
            let secret = held["secretAccessKey"]?.text, let session = held["sessionToken"]?.text,
            let expires = held["expiresAt"]?.moment
        else { return nil }
        return Credentials(accessKeyID: id, secretAccessKey: secret, sessionToken: session, expires: expires)
    }

    private func renewed(
        _ token: [String: JSONValue], _ profile: [String: String], _ name: String, again: String
    ) async throws(StrataError) -> [String: JSONValue] {
        guard let client = token["clientId"]?.text, let refresh = token["refreshToken"]?.text,
            let pem = token["dpopKey"]?.text, let key = try? P256.Signing.PrivateKey(pemRepresentation: pem)
        else {
            throw StrataError(.credentials, "the sign-in of profile '\(name)' cannot be renewed", hint: again)
        }
        let code = token["signInRegion"]?.text ?? profile["region"] ?? environment["AWS_REGION"] ?? region.code
        guard let place = Region(code) else {
            throw StrataError(.credentials, "the sign-in of profile '\(name)' names no region", hint: again)
        }
        var call = AWSCall(
            service: .signIn, operation: "CreateOAuth2Token", region: place, method: .post, path: "/v1/token")
        let address = endpoints.url(.signIn, in: place) + call.path
        call.headers = [
            ("Content-Type", "application/json"), ("DPoP", try Self.proof(of: key, for: address, at: now())),
        ]
        call.payload = Payload(
            try JSONBytes.of(["clientId": client, "refreshToken": refresh, "grantType": "refresh_token"]))
        call.isSigned = false
        call.isRepeatable = false
        call.returnsRefusals = true
        let response = try await unsigned.send(call)
        let answer = JSONBytes.object(response.body)
        guard response.isSuccess else {
            throw StrataError(
                .credentials, Self.words(answer?["error"]?.text, name), hint: again,
                place: .init(region: place.code, operation: "signin:CreateOAuth2Token"))
        }
        guard let answer, var held = answer["accessToken"]?.object, let seconds = answer["expiresIn"]?.number,
            (1...1e9).contains(seconds), let next = answer["refreshToken"]
        else { throw StrataError(.unavailable, "AWS Sign-In did not answer with credentials") }
        held["accountId"] = token["accessToken"]?.object?["accountId"]
        held["expiresAt"] = .text("\(now() + .seconds(Int(seconds)))")
        var fresh = token
        fresh["accessToken"] = .object(held)
        fresh["refreshToken"] = next
        return fresh
    }

    private static func words(_ refusal: String?, _ name: String) -> String {
        switch refusal {
        case "USER_CREDENTIALS_CHANGED": "the password of who signed in to profile '\(name)' has changed"
        case "INSUFFICIENT_PERMISSIONS": "whoever signed in to profile '\(name)' may not use 'aws login'"
        default: "the sign-in of profile '\(name)' has expired"
        }
    }

    /// A proof that who asks has the key that the token was made for. https://www.rfc-editor.org/rfc/rfc9449
    private static func proof(
        of key: P256.Signing.PrivateKey, for url: String, at time: Timestamp
    ) throws(StrataError) -> String {
        struct Head: Encodable {
            struct Key: Encodable {
                let kty = "EC"
                let crv = "P-256"
                let x: String
                let y: String
            }
            let typ = "dpop+jwt"
            let alg = "ES256"
            let jwk: Key
        }
        struct Claims: Encodable {
            let htm = "POST"
            let htu: String
            let iat: Int
            let jti = UUID().uuidString
        }
        let point = Array(key.publicKey.rawRepresentation)
        let head = Head(jwk: .init(x: Array(point.prefix(32)).base64URL, y: Array(point.suffix(32)).base64URL))
        let signed =
            try JSONBytes.of(head).base64URL + "." + JSONBytes.of(Claims(htu: url, iat: time.seconds)).base64URL
        do {
            return try "\(signed).\(Array(key.signature(for: Array(signed.utf8)).rawRepresentation).base64URL)"
        } catch {
            throw StrataError(.credentials, "the sign-in's key cannot sign", cause: error)
        }
    }
}

extension [UInt8] {
    fileprivate var base64URL: String {
        base64.replacing("+", with: "-").replacing("/", with: "_").filter { $0 != "=" }
    }
}
