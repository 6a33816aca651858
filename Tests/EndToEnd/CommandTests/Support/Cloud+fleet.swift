import FoundationEssentials
import HTTP
import Testing

/// The front's engine: CloudFormation, Step Functions, and functions of its own.
extension Cloud {
    /// Runs the servers with everything that a fleet needs.
    static func runFleet<Value: Sendable>(_ body: @Sendable (Cloud) async throws -> Value) async throws -> Value {
        try await run(["--fleet"], body)
    }

    /// Asks the front for something that has no answer.
    func tell(_ what: String, _ request: some Encodable) async throws {
        let _: Nothing = try await Self.ask(http, "\(front)/front/\(what)", request)
    }

    /// Asks the front for something.
    func ask<Answer: Decodable>(_ what: String, _ request: some Encodable, _: Answer.Type) async throws -> Answer {
        try await Self.ask(http, "\(front)/front/\(what)", request)
    }

    /// The resources whose creation or change fails from now on.
    func fail(resources: String...) async throws { try await tell("stacks", ["failing": resources]) }

    /// What goes wrong with functions from now on, as `functions.py` describes it.
    struct FunctionFault: Encodable, Sendable {
        var role: String?
        var match: String?
        var fault: String
        var times: Int? = 1
        var error: String?
        var late: Bool?
        var seconds: Int?
    }

    func breakFunctions(_ rules: FunctionFault...) async throws { try await breakFunctions(rules) }

    func breakFunctions(_ rules: [FunctionFault]) async throws { try await tell("faults", ["rules": rules]) }

    /// Handlers of `canned_handlers.py` as functions.
    struct CannedFleet: Encodable, Sendable {
        var account: String
        var bucket = "fleet"
        var layers: Int
        var targets = ["python3.12"]
        var regions = ["eu-west-1", "us-east-1"]
        /// Items that cannot be built.
        var failing: [String] = []
        /// How many of the layers are not published yet; nil for all.
        var missing: Int?
    }

    /// What came of the canned handlers' work.
    struct World: Decodable, Sendable {
        struct Report: Decodable, Sendable, Equatable {
            var status: String
            var pending: Int
            var error: String?
        }
        var published: Int
        var doubled: Int
        var open: Int
        var listed: Int
        var commits: [Int]
        var reports: [Report]
        var leaseIsFree: Bool
        var calls: [String: Int]
        var largest: [String: Int]
    }

    func world() async throws -> World { try await Self.ask(http, "\(front)/front/world", [String: String]()) }

    /// An execution of the state machine.
    struct Execution: Decodable, Sendable {
        var status: String
        var output: String?
        var error: String?
        var cause: String?
        /// The states of the outermost level, in order.
        var states: [String]
        /// The largest event of its history, in bytes.
        var largest: Int
    }

    /// Starts a state machine as it was deployed.
    func run(_ machine: String, _ name: String, input: [String: Bool] = [:]) async throws -> String {
        struct Request: Encodable {
            let machine: String
            let name: String
            let input: [String: Bool]
        }
        return try await started("run", Request(machine: machine, name: name, input: input))
    }

    /// Serves a deployed stack's functions as processes.
    struct Functions: Encodable, Sendable {
        var account: String
        var stack = "strata"
        var region = "us-east-1"
        var command: [String]
        var environment: [String: String]
        var folder: String
    }

    /// What each role may do, has done, and was refused.
    struct Permissions: Decodable, Sendable {
        var granted: [String: [String]]
        var used: [String: [String]]
        var refused: [String: Int]
    }

    func permissions() async throws -> Permissions {
        try await Self.ask(http, "\(front)/front/permissions", [String: String]())
    }

    /// How often each role was invoked.
    func invocations() async throws -> [String: Int] {
        try await Self.ask(http, "\(front)/front/invocations", [String: String]())
    }

    /// What the functions wrote, each line with its function.
    func logs() async throws -> String {
        struct Logs: Decodable { let text: String }
        let logs: Logs = try await Self.ask(http, "\(front)/front/logs", [String: String]())
        return logs.text
    }

    /// Starts the definition of `deploy/state-machine.asl.json` with its placeholders filled in.
    /// - Returns: the execution's ARN.
    func start(_ name: String, bucket: String = "fleet", input: [String: Bool] = [:]) async throws -> String {
        struct Request: Encodable {
            let definition: String
            let values: [String: String]
            let name: String
            let input: [String: Bool]
            /// Seconds that a retry waits, at most.
            let pause = 1
        }
        let path = "\(Program.root)/deploy/state-machine.asl.json"
        let definition = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        var values = [
            "AWS::Partition": "aws", "Bucket": bucket, "BatchesAtOnce": "8", "PublicationsInFlight": "4",
            "ToleratedFailurePercentage": "10.0",
        ]
        for role in ["Prepare", "Recover", "Resolve", "Plan", "Build", "Publish", "Commit", "Prune", "Finish"] {
            values["\(role)Function.Arn"] =
                "arn:aws:lambda:us-east-1:\(account):function:strata-\(role.lowercased())"
        }
        return try await started(
            "start", Request(definition: definition, values: values, name: name, input: input))
    }

    private func started(_ what: String, _ request: some Encodable) async throws -> String {
        let started: Started = try await Self.ask(http, "\(front)/front/\(what)", request)
        return started.arn
    }

    func execution(_ arn: String) async throws -> Execution {
        try await Self.ask(http, "\(front)/front/execution", ["arn": arn])
    }

    /// Waits until an execution has ended.
    func end(of arn: String, within limit: Duration = .seconds(900)) async throws -> Execution {
        let end = ContinuousClock.now + limit
        while ContinuousClock.now < end {
            let execution = try await execution(arn)
            if execution.status != "RUNNING" { return execution }
            try await Task.sleep(for: .milliseconds(200))
        }
        Issue.record("the execution \(arn) has not ended within \(limit)")
        return try await execution(arn)
    }
}

private struct Nothing: Decodable {}
private struct Started: Decodable { let arn: String }

extension Cloud {
    /// All objects in all buckets of the account, by key.
    func objects() async throws -> [String: String] {
        try await Self.ask(http, "\(front)/front/objects", ["account": account])
    }

    /// How many requests came, by service and path.
    func requests() async throws -> [String: Int] {
        try await Self.ask(http, "\(front)/front/requests", [String: String]())
    }
}
