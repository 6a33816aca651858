import Contracts
import Foundation
import Git
import Model

/// Git's smart HTTP behind TLS, and GitHub's API for Apps, as `Tests/Servers/git_https.py` describes them. What it writes
/// stands beside the workplace, not in it.
final class LoopbackHTTPS: Sendable {
    /// A request as it came.
    struct Request: Decodable {
        struct Wish: Decodable {
            let repositories: [String]
            let permissions: [String: String]
        }
        let elsewhere: Bool
        let method: String
        let path: String
        let status: Int
        let scheme: String
        let user: String?
        /// A digest of the credential; empty when there was none.
        let credential: String
        let wish: Wish?
    }

    /// What the server does, from now on.
    struct Rules: Encodable {
        struct App: Encodable {
            var id = "12345"
            var installation = 77
            var key: String
            var permission = "write"
            var repositories = ["remote"]
            var suspended = false
            var uses: [Int?] = []
        }
        var tokens: [String: String] = [:]
        var user: String?
        var app: App?
        var clock: Int?
        var redirect: String?
        var answer: Answer?
        var drop: String?

        struct Answer: Encodable {
            let status: Int
            var type = "text/plain"
            var text = ""

            func encode(to encoder: any Encoder) throws {
                var list = encoder.unkeyedContainer()
                try list.encode(status)
                try list.encode(type)
                try list.encode(text)
            }
        }
    }

    let place: Workplace
    private let server: PythonServer
    private let state: String

    init(_ place: Workplace, _ rules: Rules) throws {
        self.place = place
        state = place.path + "-https"
        try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: false)
        server = try PythonServer("git_https.py", [place.path, state])
        try set(rules)
    }

    /// The server ends before its folder goes.
    func stop() {
        server.stop()
        try? FileManager.default.removeItem(atPath: state)
    }

    func set(_ rules: Rules) throws {
        // In one step: a request reads it meanwhile.
        try JSONEncoder().encode(rules).write(to: URL(filePath: state + "/rules.json"), options: .atomic)
    }

    var authority: String { state + "/ca.pem" }

    /// All requests until now.
    func requests() throws -> [Request] {
        guard let text = FileManager.default.contents(atPath: state + "/log.jsonl") else { return [] }
        return try text.split(separator: 0x0a).map { try JSONDecoder().decode(Request.self, from: $0) }
    }

    /// The tokens that were given to the App.
    func issued() throws -> [String] {
        guard let text = FileManager.default.contents(atPath: state + "/issued") else { return [] }
        return String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    var address: String { "https://localhost:\(server.port)/remote.git" }

    /// What a worker needs of the environment to trust this server.
    var environment: [String: String] { ["SSL_CERT_FILE": authority, "no_proxy": "localhost"] }

    /// The registry behind this server.
    func registry(
        _ secret: String, app: GitHubApp? = nil, user: String? = nil, cache: String = "cache",
        environment: [String: String]? = nil, worker: SSHAccess.Worker = gitWorker, patience: Duration = .seconds(300),
        note: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> RegistryRepository {
        try RegistryRepository.createIfMissing(place.path("remote.git"))
        let access = HTTPSAccess(
            user: user, app: app, environment: environment ?? self.environment, worker: worker
        ) { Secret(text: secret) }
        return try await RegistryRepository.open(
            .init(
                cache: place.path(cache), remote: try RemoteAddress(address), author: try .tests(), webAccess: access,
                deadline: .seconds(600), patience: patience, note: note))
    }
}

/// A key as GitHub makes one for an App.
struct AppKeyPair: Sendable {
    /// PKCS#1.
    let text: String
    /// PKCS#8.
    let converted: String
    let publicText: String

    init(_ place: Workplace) throws {
        text = try place.run("openssl", "genrsa", "-traditional", "2048") + "\n"
        converted = try place.run("openssl", "pkcs8", "-topk8", "-nocrypt", input: text) + "\n"
        publicText =
            try place.run("openssl", "rsa", "-pubout", input: text)
            .split(separator: "\n").drop { !$0.hasPrefix("-----BEGIN") }.joined(separator: "\n") + "\n"
    }
}

/// What a failed call says.
func refusal<Value>(of body: () async throws -> Value) async -> StrataError? {
    do {
        _ = try await body()
        return nil
    } catch { return error as? StrataError }
}
