import AWS
import Contracts
import Foundation
import HTTP
import Model

/// AWS's stand-in, and accounts in it. Each test has accounts of its own, so they can all share one server.
struct Stage: Sendable {
    let front: PythonServer
    let http: HTTPClient

    private static let shared = Result { try Stage(front: PythonServer("aws_front.py"), http: HTTPClient()) }

    /// The stage that the tests share; it is made when the first one asks.
    static func common() throws -> Stage { try shared.get() }

    /// An account with a key.
    struct Account: Decodable, Sendable {
        let account: String
        let key: String
        let secret: String
    }

    /// The front with a proxy before it that can break things.
    struct Faults: Sendable {
        let proxy: PythonServer
        let http: HTTPClient

        /// How often each `region operation` was made to fail since the rules were set.
        func counts() async throws -> [String: Int] {
            let answer = try await http.send(HTTPRequest(.get, proxy.url + "/faults"))
            return try JSONDecoder().decode([String: Int].self, from: Data(answer.body))
        }

        /// - Parameter rules: as `fault_proxy.py` describes them, in JSON.
        func set(_ rules: String) async throws {
            _ = try await http.send(HTTPRequest(.post, proxy.url + "/faults", body: .bytes(Array("[\(rules)]".utf8))))
        }
    }

    func account() async throws -> Account { try await ask("accounts", [:], Account.self) }

    func faults() throws -> Faults {
        Faults(proxy: try PythonServer("fault_proxy.py", [String(front.port)]), http: http)
    }

    /// Asks the front itself for something.
    func ask<Answer: Decodable>(
        _ what: String, _ parameters: [String: String], _: Answer.Type = [String: String].self
    ) async throws -> Answer {
        let body = Array(try JSONEncoder().encode(parameters))
        let response = try await http.send(HTTPRequest(.post, "\(front.url)/front/\(what)", body: .bytes(body)))
        return try JSONDecoder().decode(Answer.self, from: Data(response.body))
    }

    /// Sources of credentials that see nothing of this machine but what is given.
    func sources(_ environment: [String: String], profile: String? = nil) throws -> CredentialSources {
        let nowhere = ["AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent"]
        let variables = nowhere.merging(["AWS_ENDPOINT_URL": front.url, "AWS_EC2_METADATA_DISABLED": "true"]) { $1 }
            .merging(environment) { $1 }
        return try CredentialSources(
            environment: variables, profile: profile, region: Stage.here, http: http, now: Stage.now)
    }

    func client(_ account: Account, at url: String? = nil, brief: Bool = false) throws -> AWSClient {
        client(
            try sources(["AWS_ACCESS_KEY_ID": account.key, "AWS_SECRET_ACCESS_KEY": account.secret]), at: url,
            brief: brief)
    }

    /// - Parameter brief: with deadlines that a stalled server reaches soon.
    func client(_ sources: CredentialSources, at url: String? = nil, brief: Bool = false) -> AWSClient {
        var options = AWSClient.Options()
        options.retrying = Retrying(RetryPolicy(attempts: 4), sleep: { _ in })
        if brief { options.deadlines = Deadlines(connect: .seconds(60), stall: .seconds(20), total: .seconds(600)) }
        return AWSClient(
            http: http, endpoints: Endpoints(environment: ["AWS_ENDPOINT_URL": url ?? front.url]),
            credentials: sources.chain, clock: ClockCorrection(now: Stage.now), options: options)
    }

    func provider(
        _ account: Account, at url: String? = nil, staging: LambdaLayerProvider.Staging? = nil, brief: Bool = false
    ) throws -> LambdaLayerProvider {
        let home = LambdaLayerProvider.Home(
            partition: .aws, account: account.account, client: try client(account, at: url, brief: brief))
        return LambdaLayerProvider(homes: [home], staging: staging)
    }

    /// The account's bucket in `here`, made if it is missing; it keeps no versions.
    func blobs(_ account: Account, at url: String? = nil) async throws -> S3Blobs {
        let name = "strata-\(account.account)"
        _ = try await ask(
            "buckets", ["account": account.account, "bucket": name, "region": Stage.here.code, "versioned": ""])
        return S3Blobs(
            client: try client(account, at: url), bucket: name, owner: account.account, region: Stage.here)
    }

    /// A table for a ledger, made as the definition says.
    func table(_ account: Account, _ name: String = "strata", pageSize: Int? = nil) async throws -> DynamoDB {
        let table = DynamoDB(
            client: try client(account), table: name, region: Stage.here, pageSize: pageSize)
        try await table.create(LedgerTable.definition)
        return table
    }

    /// The ledger in a table; another instance is another process.
    /// - Parameter isPatient: whether it waits between tries as it would outside of tests.
    func ledger(
        _ account: Account, _ name: String = "strata", pageSize: Int? = nil, inline: Int? = nil, gates: Int = 3,
        isPatient: Bool = false
    ) throws -> DynamoDBLedger {
        let client = isPatient ? try patientClient(account) : try client(account)
        return DynamoDBLedger(
            DynamoDB(client: client, table: name, region: Stage.here, pageSize: pageSize), inline: inline,
            gates: gates, blobs: { try await blobs(account) })
    }

    private func patientClient(_ account: Account) throws -> AWSClient {
        let sources = try sources(["AWS_ACCESS_KEY_ID": account.key, "AWS_SECRET_ACCESS_KEY": account.secret])
        return AWSClient(
            http: http, endpoints: Endpoints(environment: ["AWS_ENDPOINT_URL": front.url]), credentials: sources.chain,
            clock: ClockCorrection(now: Stage.now))
    }

    /// - Parameter rules: as `tables.py` describes them, in JSON.
    func fail(_ account: Account, _ rules: String) async throws {
        _ = try await ask("tables", ["account": account.account, "rules": rules])
    }

    @Sendable static func now() -> Timestamp { Timestamp(seconds: Int(Date().timeIntervalSince1970)) }

    static let here = Region.known[21]
    static let there = Region.known[30]
}
