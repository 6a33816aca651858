import AWS
import Contracts
import Foundation
import HTTP
import Model
import Testing
import Vault

/// A stand-in for Vault, which sends AWS's logins on to AWS's stand-in.
private struct VaultPlace: Sendable {
    static let root = "hvs.root-token"
    let server: PythonServer
    let http: HTTPClient

    init() throws {
        let stage = try Stage.common()
        server = try PythonServer("vault.py", ["--sts", stage.front.url])
        http = stage.http
    }

    func store(_ login: VaultLogin? = nil, namespace: String? = nil, token: String = root) throws -> VaultSecrets {
        VaultSecrets(
            http: http, address: try VaultAddress(server.url + "/", namespace: namespace),
            login: login ?? .token { secret(token + "\n") },
            retrying: Retrying(RetryPolicy(attempts: 3), sleep: { _ in }))
    }

    @discardableResult
    func ask<Answer: Decodable>(
        _ what: String, _ body: String = "{}", _: Answer.Type = [String: String].self
    ) async throws -> Answer {
        let answer = try await http.send(
            HTTPRequest(.post, "\(server.url)/front/\(what)", body: .bytes(Array(body.utf8))))
        return try JSONDecoder().decode(Answer.self, from: Data(answer.body))
    }

    func put(_ path: String, _ data: String, namespace: String = "") async throws {
        try await ask("put", #"{"path": "\#(path)", "namespace": "\#(namespace)", "data": \#(data)}"#)
    }
}

private func secret(_ text: String) -> Secret {
    var bytes = Array(text.utf8)
    return Secret(taking: &bytes)
}

private func text(_ store: VaultSecrets, _ reference: String) async throws -> String {
    try await store.fetch(try #require(SecretReference(reference))).withBytes { String(decoding: $0, as: UTF8.self) }
}

private func failure(_ store: VaultSecrets, _ reference: String) async throws -> StrataError {
    try #require(await #expect(throws: StrataError.self) { _ = try await text(store, reference) })
}

@Suite("Vault")
struct VaultTests {
    @Test("keeps the secret store's contract", arguments: SecretStoreContract.cases)
    func contract(_ promise: ContractCase<SecretStoreSubject>) async throws {
        let place = try VaultPlace()
        let store = try place.store()
        try await promise.check(
            SecretStoreSubject(
                store: store,
                seed: { bytes in
                    let reference = try #require(SecretReference("vault:secret/strata/\(UUID())#key"))
                    var bytes = bytes
                    try await store.store(Secret(taking: &bytes), as: reference)
                    return reference
                },
                missing: try #require(SecretReference("vault:secret/missing#key")), isWritable: true, holdsBytes: false)
        )
    }

    @Test("is asked for a field, a version and a namespace, of engines of both kinds, wherever they are mounted")
    func places() async throws {
        let place = try VaultPlace()
        try await place.put("secret/a b/ключ", #"{"key": "one", "n": 1}"#)
        try await place.put("secret/a b/ключ", #"{"key": "two", "n": 1}"#)
        try await place.put("team/kv/deep/key", #"{"data": "three"}"#)
        try await place.put("old/key", #"{"key": "four"}"#)
        try await place.put("secret/key", #"{"key": "five"}"#, namespace: "team/a")
        let store = try place.store()
        #expect(try await text(store, "vault:secret/a b/ключ#key") == "two")
        #expect(try await text(store, "vault:/secret//a b/ключ/#key@1") == "one")
        #expect(try await text(store, "vault:team/kv/deep/key#data") == "three")
        #expect(try await text(store, "vault:old/key#key") == "four")
        #expect(try await text(place.store(namespace: "team/a/"), "vault:secret/key#key") == "five")
        #expect(try await failure(store, "vault:secret/key#key").code == .notFound, "it is in another namespace")
        for missing in ["vault:secret/a b/ключ#n", "vault:secret/a b/ключ#other", "vault:secret/a b/ключ#key@3"] {
            let error = try await failure(store, missing)
            #expect(error.code == .notFound)
            #expect(error.causes.joined().contains("two") == false)
        }
        let pasted = try await failure(store, "vault:secret/data/key#key")
        #expect(pasted.message.contains("no such secret") && pasted.hint?.contains("leave out 'data/'") == true)
        #expect(try await failure(store, "vault:old/key#key@1").message.contains("keeps no versions"))
        #expect(try await failure(store, "vault:pki/key#key").message.contains("holds no keys and values"))
        #expect(try await failure(store, "vault:secret#key").code == .configuration)
        #expect(try await failure(store, "vault:secret/../sys/x#key").code == .configuration)
        #expect(try await failure(store, "vault:none/key#key").code == .accessDenied)
    }

    @Test("sets one field of a secret and leaves the others, and refuses where that cannot be")
    func writing() async throws {
        let place = try VaultPlace()
        try await place.put("secret/key", #"{"other": "stays"}"#)
        let store = try place.store()
        try await store.store(secret("new\n"), as: try #require(SecretReference("vault:secret/key#private")))
        let held = try await place.ask("held", #"{"path": "secret/key"}"#, [[String: String]].self)
        #expect(held == [["other": "stays"], ["other": "stays", "private": "new\n"]])
        for (reference, code) in [
            ("vault:old/key#key", StrataError.Code.unsupported), ("vault:secret/key#a@1", .configuration),
        ] {
            await expect(code) { try await store.store(secret("x"), as: try #require(SecretReference(reference))) }
        }
    }

    @Test("takes the login of a role, and says why it does not")
    func appRole() async throws {
        let place = try VaultPlace()
        try await place.put("secret/key", #"{"key": "value"}"#)
        let one = try place.store(.appRole(mount: "approle", role: "role-1") { secret("secret-1\n") })
        #expect(try await text(one, "vault:secret/key#key") == "value")
        let two = try place.store(.appRole(mount: "teams/approle", role: "role-2") { secret("secret-2") })
        #expect(try await text(two, "vault:secret/key#key") == "value")
        let denied = try await failure(one, "vault:secret/forbidden#key")
        #expect(denied.code == .accessDenied)
        #expect(denied.hint == #"the token's policy needs: path "secret/data/forbidden" { capabilities = ["read"] }"#)
        let wrong = try await failure(
            place.store(.appRole(mount: "approle", role: "role-1") { secret("hunter2") }), "vault:secret/key#key")
        #expect(wrong.code == .credentials)
        #expect(wrong.message.contains("invalid role or secret ID"))
        #expect(wrong.causes.joined().contains("hunter2") == false)
        let lost = try place.store(
            .appRole(mount: "approle", role: "r") { throw StrataError(.notFound, "no secret-id") })
        #expect(try await failure(lost, "vault:secret/key#key").code == .notFound)
        let closed = try place.store(
            .token { throw StrataError(.accessDenied, "others can read it", hint: "chmod 600") })
        #expect(try await failure(closed, "vault:secret/key#key").hint == "chmod 600")
    }

    @Test("logs in once for many, and once more when its token is not known any more")
    func tokens() async throws {
        let place = try VaultPlace()
        try await place.put("secret/key", #"{"key": "value"}"#)
        let store = try place.store(.appRole(mount: "approle", role: "role-1") { secret("secret-1") })
        func logins() async throws -> Int {
            let requests = try await place.ask("requests", "{}", [[String: String?]].self)
            return requests.count { $0["path"] == "/v1/auth/approle/login" }
        }
        try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<8 { group.addTask { try await text(store, "vault:secret/key#key") } }
            for try await value in group { #expect(value == "value") }
        }
        #expect(try await logins() == 1)
        try await place.ask("revoke")
        #expect(try await text(store, "vault:secret/key#key") == "value")
        #expect(try await logins() == 1)
        let error = try await failure(place.store(token: "gone"), "vault:secret/key#key")
        #expect(error.code == .accessDenied)
        #expect(error.causes.joined().contains("gone") == false)
    }

    @Test("takes AWS's word for who asks, bound to the server that it is for")
    func aws() async throws {
        let place = try VaultPlace()
        let stage = try Stage.common()
        let account = try await stage.account()
        try await place.put("secret/key", #"{"key": "value"}"#)
        func store(role: String?, server: String?) throws -> VaultSecrets {
            let client = try stage.client(account)
            return try place.store(
                .aws(mount: "aws", role: role) {
                    let signed = try await client.callerIdentity(
                        in: Stage.here, headers: server.map { [(name: "X-Vault-AWS-IAM-Server-ID", value: $0)] } ?? [])
                    return .init(url: signed.url, body: signed.body, headers: signed.headers)
                })
        }
        #expect(
            try await text(store(role: "strata-\(account.account)", server: nil), "vault:secret/key#key") == "value")
        #expect(try await failure(store(role: "other", server: nil), "vault:secret/key#key").code == .credentials)
        try await place.ask("server-id", #"{"value": "vault.example.org"}"#)
        let bound = try store(role: "strata", server: "vault.example.org")
        #expect(try await text(bound, "vault:secret/key#key") == "value")
        for server in ["other.example.org", nil] {
            let error = try await failure(store(role: "strata", server: server), "vault:secret/key#key")
            #expect(error.code == .credentials)
            #expect(error.message.contains("X-Vault-AWS-IAM-Server-ID"))
        }
    }

    @Test("of AWS's own endpoint is told by the name that Vault asks by default")
    func globalIdentity() async throws {
        let credentials = Credentials(accessKeyID: "AKIAEXAMPLE", secretAccessKey: "s", sessionToken: "t")
        let chain = CredentialChain([CredentialLink("l") { () throws(StrataError) in credentials }], now: Stage.now)
        let client = AWSClient(
            http: try Stage.common().http, endpoints: Endpoints(environment: [:]), credentials: chain,
            clock: ClockCorrection(now: Stage.now))
        func host(_ region: Region?) async throws -> (String, String?) {
            let signed = try await client.callerIdentity(in: region, headers: [])
            return (signed.url, signed.headers.first { $0.name == "Host" }?.value)
        }
        #expect(try await host(nil) == ("https://sts.amazonaws.com/", "sts.amazonaws.com"))
        let here = try await host(Stage.here)
        #expect(here == ("https://sts.\(Stage.here).amazonaws.com/", "sts.\(Stage.here).amazonaws.com"))
    }

    @Test("is asked again when it is not ready, and not when it refuses")
    func retries() async throws {
        let place = try VaultPlace()
        try await place.put("secret/key", #"{"key": "value"}"#)
        let store = try place.store()
        try await place.ask("answer", #"{"answers": [{"status": 503}, {"status": 429}]}"#)
        #expect(try await text(store, "vault:secret/key#key") == "value")
        let always = Array(repeating: #"{"status": 503}"#, count: 3).joined(separator: ",")
        try await place.ask("answer", #"{"answers": [\#(always)]}"#)
        let sealed = try await failure(store, "vault:secret/key#key")
        #expect(sealed.code == .unavailable)
        #expect(sealed.message.contains("sealed"))
        try await place.ask("answer", #"{"answers": [{"status": 400, "errors": ["\u001b[31mred\u202e"]}]}"#)
        let odd = try await failure(store, "vault:secret/key#key")
        #expect(odd.code == .invalidRequest)
        #expect(odd.message.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x202e })
    }

    @Test("of a standby sends on to the active server once, and to none that would get the token in the clear")
    func standby() async throws {
        let (active, standby) = (try VaultPlace(), try VaultPlace())
        try await active.put("secret/key", #"{"key": "value"}"#)
        func redirect(_ place: VaultPlace, to url: String) async throws {
            try await place.ask("answer", #"{"answers": [{"status": 307, "headers": {"Location": "\#(url)"}}]}"#)
        }
        let path = "/v1/sys/internal/ui/mounts/secret/key"
        try await redirect(standby, to: active.server.url + path)
        try await standby.put("secret/key", #"{"key": "standby"}"#)
        #expect(try await text(standby.store(), "vault:secret/key#key") == "standby")
        let asked = try await active.ask("requests", "{}", [[String: String?]].self)
        #expect(asked.map { $0["path"] } == [path] && asked.first?["token"] == VaultPlace.root)
        try await redirect(standby, to: "http://example.com" + path)
        #expect(try await failure(standby.store(), "vault:secret/key#key").message.contains("not https"))
        try await redirect(standby, to: active.server.url + path)
        try await redirect(active, to: standby.server.url + path)
        #expect(try await failure(standby.store(), "vault:secret/key#key").message.contains("HTTP 307"))
    }

    @Test("is reached over https, and in the clear on this machine only")
    func addresses() {
        for url in [
            "https://vault.example.org:8200", "https://vault.example.org/prefix/", "http://127.0.0.1:8200",
            "http://localhost", "http://[::1]:8200",
        ] {
            #expect(throws: Never.self) { _ = try VaultAddress(url) }
        }
        for url in [
            "http://vault.example.org", "http://127.0.0.1.example.org", "http://127.0.0.1@example.org",
            "https://user:hunter2@vault.example.org", "vault.example.org", "unix:///run/vault", "https://",
            "http://[::1",
            "https://vault.example.org/?x", "https://vault.example.org/#x", "",
        ] {
            let error = #expect(throws: StrataError.self, "\(url)") { _ = try VaultAddress(url) }
            #expect(error?.code == .configuration)
            #expect(error?.causes.joined().contains("hunter2") == false)
        }
    }

    @Test("shares its secrets with a client that is not ours, which takes the stand-in for Vault")
    func otherClient() async throws {
        let place = try VaultPlace()
        let account = try await Stage.common().account()
        let store = try place.store()
        let reference = try #require(SecretReference("vault:secret/strata/shared#text"))
        try await store.store(secret("ours\n"), as: reference)
        let said = try PythonServer.run("vault_client.py", [place.server.url, account.key, account.secret])
        #expect(try JSONDecoder().decode([String: String].self, from: Data(said.utf8)) == ["text": "ours\n"])
        #expect(try await text(store, "vault:secret/strata/shared#beside") == "theirs")
        #expect(try await text(store, "vault:secret/strata/shared#text") == "ours\n")
    }
}
