import FoundationEssentials
import HTTP
import Model
import Testing

/// An account in AWS's stand-in, behind a proxy that can break what goes through it.
struct Cloud: Sendable {
    let account: String
    private let key: String
    private let secret: String
    /// The front's own address, where it is told what to do.
    let front: String
    private let proxy: String
    let http: HTTPClient

    /// All regions of the partition `aws`.
    static let regions = Region.known.filter { $0.partition == .aws }.map(\.code)

    /// Runs the servers for as long as `body` does.
    /// - Parameter arguments: what the front is started with.
    static func run<Value: Sendable>(
        _ arguments: [String] = [], _ body: @Sendable (Cloud) async throws -> Value
    ) async throws -> Value {
        try await Server.run("aws_front.py", arguments) { front in
            try await Server.run("fault_proxy.py", ["\(front)"]) { proxy in
                let http = try HTTPClient()
                let url = "http://127.0.0.1:\(front)"
                let made: Account = try await ask(http, "\(url)/front/accounts", [String: String]())
                return try await body(
                    Cloud(
                        account: made.account, key: made.key, secret: made.secret, front: url,
                        proxy: "http://127.0.0.1:\(proxy)", http: http))
            }
        }
    }

    /// What Strata finds in its environment: the account's own key.
    var environment: [String: String] {
        withoutCredentials.merging(["AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret]) { $1 }
    }

    /// Where AWS is, and nothing about who asks.
    var withoutCredentials: [String: String] { ["AWS_ENDPOINT_URL": proxy, "AWS_EC2_METADATA_DISABLED": "true"] }

    /// What somebody else with an account finds in his environment.
    func stranger() async throws -> [String: String] {
        let other: Account = try await Self.ask(http, "\(front)/front/accounts", [String: String]())
        return withoutCredentials.merging(["AWS_ACCESS_KEY_ID": other.key, "AWS_SECRET_ACCESS_KEY": other.secret]) {
            $1
        }
    }

    /// A key for this account that was good until a minute ago.
    func expiredKey() async throws -> [String: String] {
        struct Expired: Encodable {
            let account: String
            let key = "ASIA0123456789ABCDEF"
            let secret = "expired"
            let token = "former"
            let seconds = -60
        }
        let _: [String: String] = try await Self.ask(http, "\(front)/front/keys", Expired(account: account))
        return withoutCredentials.merging([
            "AWS_ACCESS_KEY_ID": "ASIA0123456789ABCDEF", "AWS_SECRET_ACCESS_KEY": "expired",
            "AWS_SESSION_TOKEN": "former",
        ]) { $1 }
    }

    /// The configuration's section `publish`.
    /// - Parameters:
    ///   - account: the account that is configured; nil for the one that it is.
    ///   - deadline: how long a silent region is waited for.
    func publish(account: String? = nil, deadline: String = "600s") -> String {
        """
        { provider: aws, prefix: t, visibility: public, rate: 15/s, \
        deadlines: { connect: 60s, call: \(deadline), no-progress: \(deadline) }, \
        partitions: { aws: { account: "\(account ?? self.account)" } } }
        """
    }

    // MARK: - Faults

    /// What goes wrong from now on, as `fault_proxy.py` describes it.
    struct Fault: Encodable, Sendable {
        var region: String?
        var operation: String?
        var fault: String
        var status: Int?
        var code: String?
    }

    func set(_ faults: Fault...) async throws {
        let _: [String: String] = try await Self.ask(http, "\(proxy)/faults", faults)
    }

    /// How often each `region operation` was made to fail since the faults were set.
    func failures() async throws -> [String: Int] {
        try JSONDecoder().decode(
            [String: Int].self, from: Data(try await http.send(HTTPRequest(.get, "\(proxy)/faults")).body))
    }

    // MARK: - Looking

    /// A layer's version as another client sees it.
    struct Version: Decodable, Hashable, Sendable {
        let arn: String
        let sha256: String
        let isPublic: Bool
    }

    func versions(of names: [String], in regions: [String] = Cloud.regions) async throws -> [Version] {
        let text = try await look(["versions", names.joined(separator: ",")] + regions)
        return try JSONDecoder().decode([Version].self, from: Data(text.utf8))
    }

    func secret(_ name: String) async throws -> String { try await look(["secret", name]) }
    func parameter(_ name: String) async throws -> String { try await look(["parameter", name]) }

    /// Stores a secret, or a parameter, as somebody else would.
    func store(secret: String, as name: String) async throws { _ = try await look(["put-secret", name, secret]) }
    func store(parameter: String, as name: String) async throws {
        _ = try await look(["put-parameter", name, parameter])
    }

    /// Makes a table for a ledger.
    func makeTable(_ name: String, in region: String) async throws {
        _ = try await look(["ledger-table", name, region])
    }

    /// Makes a stack of somebody's, with CloudFormation and not with Strata.
    func makeStack(_ name: String, _ template: String) async throws {
        _ = try await look(["stack", name, template])
    }

    private func look(_ arguments: [String]) async throws -> String {
        let outcome = try await Command(
            arguments: [Program.python, "-B", "\(Program.root)/Tests/Servers/aws_look.py"] + arguments,
            environment: Program.environment.merging(environment) { $1 }.merging(["AWS_ENDPOINT_URL": front]) { $1 },
            folder: "/"
        ).run()
        try #require(outcome.code == 0, "\(outcome.error)")
        return outcome.output
    }

    private struct Account: Decodable {
        let account: String
        let key: String
        let secret: String
    }

    static func ask<Answer: Decodable>(
        _ http: HTTPClient, _ url: String, _ request: some Encodable
    ) async throws -> Answer {
        let response = try await http.send(
            HTTPRequest(.post, url, body: .bytes(Array(try JSONEncoder().encode(request)))))
        try #require(response.status == 200, "\(url): \(String(decoding: response.body, as: UTF8.self))")
        return try JSONDecoder().decode(Answer.self, from: Data(response.body))
    }
}
