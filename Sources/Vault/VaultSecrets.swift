import FoundationEssentials
import HTTP
import Model

/// Secrets in HashiCorp Vault, or OpenBao: `vault:PATH#field[@version]`, with the path as `vault kv get` takes it.
///
/// Both versions of the KV engine are read; which one it is, and where it is mounted, is asked of Vault, as its own
/// command does. What is read goes from libcurl's buffer into locked memory. The token is kept for as long as this lives.
/// https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2
public actor VaultSecrets: SecretStore {
    public nonisolated let scheme = "vault"
    private let client: VaultClient
    private let login: VaultLogin
    private var token: String?
    private var asking: Task<String, any Error>?

    public init(
        http: HTTPClient, address: VaultAddress, login: VaultLogin, retrying: Retrying = Retrying(RetryPolicy())
    ) {
        client = VaultClient(http: http, address: address, retrying: retrying)
        self.login = login
    }

    /// - Throws: `notFound` if there is no such secret, version or field, or the field is no text; `credentials` if Vault
    ///   does not take the login, `accessDenied` if the policy does not permit the path.
    public func fetch(_ reference: SecretReference) async throws -> Secret {
        try await naming(reference) {
            let mount = try await mount(of: reference)
            let answer = SecretAnswer()
            let query = reference.version.map { "?version=\($0)" } ?? ""
            guard mount.isVersioned || query.isEmpty else {
                throw StrataError(.configuration, "this engine keeps no versions", hint: "leave out '@' and the number")
            }
            do throws(StrataError) {
                try await send(.init(method: .get, path: mount.data, query: query), into: answer)
            } catch {
                var error = error
                if error.code == .notFound, mount.data.contains("/data/data/") {
                    error.hint = "leave out 'data/': the path is the one that 'vault kv get' takes"
                }
                throw error
            }
            let field = reference.field ?? ""
            guard let value = answer.text(mount.isVersioned ? ["data", "data", field] : ["data", field]) else {
                throw StrataError(.notFound, "the secret has no text in a field '\(field)'")
            }
            return value.secret()
        }
    }

    /// Sets the field and leaves the secret's others alone; makes the secret if it is missing.
    public func store(_ secret: borrowing Secret, as reference: SecretReference) async throws {
        guard reference.version == nil else {
            throw StrataError(.configuration, "'\(reference)' names a version; only the newest can be written")
        }
        guard let text = secret.withBytes({ String(validating: $0, as: UTF8.self) }) else {
            throw StrataError(.configuration, "'\(reference)': Vault holds text only")
        }
        try await naming(reference) {
            let mount = try await mount(of: reference)
            guard mount.isVersioned else {
                throw StrataError(
                    .unsupported, "this engine is of version 1, which cannot set one field of a secret",
                    hint: "enable versions ('vault kv enable-versioning'), or write the secret by hand")
            }
            do throws(StrataError) {
                try await send(
                    .init(
                        method: .init(rawValue: "PATCH"), path: mount.data,
                        body: try body(reference, text, options: nil),
                        type: "application/merge-patch+json", capability: "patch"), into: SecretAnswer())
            } catch {
                guard error.code == .notFound else { throw error }
                // 0: only if nobody has made it meanwhile.
                try await send(
                    .init(
                        method: .post, path: mount.data, body: try body(reference, text, options: ["cas": 0]),
                        capability: "create"), into: SecretAnswer())
            }
        }
    }

    private func body(
        _ reference: SecretReference, _ text: String, options: [String: Int]?
    ) throws(StrataError) -> [UInt8] {
        struct Body: Encodable {
            let data: [String: String]
            let options: [String: Int]?
        }
        return try Self.json(Body(data: [reference.field ?? "": text], options: options))
    }

    // MARK: Where it is

    private struct Mount {
        /// The path of the secret's data in the API.
        let data: String
        let isVersioned: Bool
    }

    private func mount(of reference: SecretReference) async throws(StrataError) -> Mount {
        let names = reference.name.split(separator: "/")
        guard names.count > 1, !names.contains("."), !names.contains("..") else {
            throw StrataError(
                .configuration, "a secret's path has a mount and a name",
                hint: "write it as 'vault:secret/strata/key#private'")
        }
        let path = names.joined(separator: "/")
        func encoded(_ path: String) -> String { PercentEncoding.encode(path, keepingSlashes: true) }
        let answer = SecretAnswer()
        do throws(StrataError) {
            try await send(.init(method: .get, path: "sys/internal/ui/mounts/\(encoded(path))"), into: answer)
        } catch {
            // A refusal may also be that of the store that the login's secret lies in.
            guard error.code == .accessDenied, error.cause is HTTPStatusFailure else { throw error }
            var error = error
            error.hint = "nothing is mounted there, or the token is over, or its policy permits nothing there"
            throw error
        }
        guard let found = answer.words("data", "path"), found.hasSuffix("/"), "\(path)/".hasPrefix(found) else {
            throw StrataError(.unavailable, "Vault does not say where this is mounted")
        }
        let isVersioned = answer.words("data", "options", "version") == "2"
        let name = path.dropFirst(found.count)
        guard ["kv", "generic"].contains(answer.words("data", "type")), !name.isEmpty else {
            throw StrataError(
                .configuration, "what is mounted at '\(found.printable(100))' holds no keys and values")
        }
        return Mount(data: encoded(isVersioned ? "\(found)data/\(name)" : path), isVersioned: isVersioned)
    }

    // MARK: Who asks

    /// Sends a call with the token; once more if Vault does not know a token that it gave us before.
    private func send(_ call: VaultClient.Call, into answer: SecretAnswer) async throws(StrataError) {
        let used = try await currentToken()
        do throws(StrataError) {
            try await client.send(call, token: used, into: answer)
        } catch {
            guard case .token = login else {
                guard error.code == .accessDenied, token != nil else { throw error }
                if token == used { token = nil }
                return try await client.send(call, token: try await currentToken(), into: answer)
            }
            throw error
        }
    }

    /// The token; whoever comes while it is asked for waits for the same.
    private func currentToken() async throws(StrataError) -> String {
        if let token { return token }
        let task = asking ?? Task { try await logIn() }
        asking = task
        let result = await task.result
        if asking == task { asking = nil }
        do {
            let fresh = try result.get()
            token = fresh
            return fresh
        } catch {
            throw .wrapping(error, .credentials, "Vault's token could not be had")
        }
    }

    private func logIn() async throws -> String {
        switch login {
        case .token(let secret):
            return try await secret().withBytes { String(decoding: $0, as: UTF8.self) }.filter { !$0.isWhitespace }
        case .appRole(let mount, let role, let secret):
            let id = try await secret().withBytes { String(decoding: $0, as: UTF8.self) }.filter { !$0.isWhitespace }
            return try await obtain(at: mount, try Self.json(["role_id": role, "secret_id": id]))
        case .aws(let mount, let role, let identity):
            let signed = try await identity()
            let headers = Dictionary(signed.headers.map { ($0.name, [$0.value]) }, uniquingKeysWith: +)
            var body = [
                "iam_http_request_method": "POST", "iam_request_url": Array(signed.url.utf8).base64,
                "iam_request_body": signed.body.base64, "iam_request_headers": try Self.json(headers).base64,
            ]
            body["role"] = role
            return try await obtain(at: mount, try Self.json(body))
        }
    }

    private func obtain(at mount: String, _ body: [UInt8]) async throws(StrataError) -> String {
        let path = mount.split(separator: "/").map { PercentEncoding.encode(String($0)) }.joined(separator: "/")
        let answer = SecretAnswer()
        do throws(StrataError) {
            try await client.send(
                .init(method: .post, path: "auth/\(path)/login", body: body), token: nil, into: answer)
        } catch {
            guard [.invalidRequest, .accessDenied, .notFound].contains(error.code) else { throw error }
            throw StrataError(
                .credentials, "Vault refuses the login: \(error.message)",
                hint: "check the role and its secret, and that 'auth/\(path)' is where the method is enabled",
                place: error.place)
        }
        guard let token = answer.words("auth", "client_token"), !token.isEmpty else {
            throw StrataError(.unavailable, "Vault answered the login without a token")
        }
        return token
    }

    private static func json(_ value: some Encodable) throws(StrataError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do { return Array(try encoder.encode(value)) } catch {
            throw StrataError(.inconsistent, "a request could not be written as JSON", cause: error)
        }
    }

    private func naming<Value>(_ reference: SecretReference, _ body: () async throws -> Value) async throws -> Value
    where Value: ~Copyable {
        do { return try await body() } catch {
            var error = StrataError.wrapping(error, .unavailable, "Vault could not be asked")
            error.message = "'\(reference)': \(error.message)"
            throw error
        }
    }
}

extension SecretAnswer {
    /// A text that is no secret, or has to become a header.
    fileprivate func words(_ path: String...) -> String? {
        guard let found = text(path) else { return nil }
        return found.withBytes { String(decoding: $0, as: UTF8.self) }
    }
}
