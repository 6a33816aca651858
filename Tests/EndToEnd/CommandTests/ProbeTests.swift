import FoundationEssentials
import Glibc
import Testing

@Suite("A layer that is imported in Lambda before it is published")
struct ProbeTests {
    private static func release(_ version: String, _ source: String) -> PackageIndex.Release {
        .init(version: version, files: ["alpha/__init__.py": source])
    }

    private static let good = release("1.0", "import json\nprint('\\033[31mnoise')\n")
    private static let bad = release("1.1", "from json import gone\n")
    private static let better = release("1.2", "from json import loads\n")

    /// What AWS's stand-in knows of functions.
    private struct Seen: Decodable {
        let functions: [String]
        let layers: [String]
        let done: [String]
        let granted: [String]
        var isEmpty: Bool { functions.isEmpty && layers.isEmpty }
    }

    private struct World: Sendable {
        let index: PackageIndex
        let cloud: Cloud
        let place: Workplace
        let target: String
        let name: String

        func seen() async throws -> Seen {
            try await Cloud.ask(cloud.http, "\(cloud.front)/front/probes", ["account": cloud.account])
        }

        func publish() async throws -> Outcome { try await place.strata("publish", environment: cloud.environment) }

        /// The numbers and regions of the versions that there are, each of which everybody may read.
        func versions() async throws -> [String] {
            let found = try await cloud.versions(of: [name], in: Configuration(layers: []).regions)
            #expect(found.allSatisfy { $0.isPublic }, "\(found)")
            return found.map { $0.arn.split(separator: ":").map(String.init) }.map { "\($0[3]) \($0[7])" }.sorted()
        }

        func latest() async throws -> Set<String> {
            let rows = try place.rows(of: try await place.clone()).filter { $0.status == "latest" }
            return Set(rows.map { "\($0.region) \($0.version)" })
        }
    }

    private static let region = "eu-west-1"
    private static let first = ["eu-west-1 1", "us-east-1 1"]
    private static let second = ["eu-west-1 1", "eu-west-1 2", "us-east-1 1", "us-east-1 2"]

    private func withWorld(
        _ releases: [PackageIndex.Release], checks: String = "", _ body: @Sendable (World) async throws -> Void
    ) async throws {
        let target = try await HeldImportTests.python().target
        try await PackageIndex.run(["alpha": releases]) { index in
            try await Cloud.run { cloud in
                let configuration = Configuration(
                    layers: ["alpha"], targets: [target], index: index.simple, publish: cloud.publish(deadline: "30s"),
                    more: "checks: { imports: lambda\(checks), probe: { region: \(Self.region), "
                        + "role: \"arn:aws:iam::\(cloud.account):role/strata-probe\" } }")
                try await body(
                    World(
                        index: index, cloud: cloud, place: try Workplace(configuration, hasOwnCache: true),
                        target: target, name: "t-p\(target.filter(\.isNumber))-alpha"))
            }
        }
    }

    @Test("is listed if that works; if not, nobody may ever read it, the former stays, and a better one follows it")
    func held() async throws {
        try await withWorld([Self.good]) { world in
            let first = try await world.publish()
            #expect(first.code == 0, "\(first.error)")
            #expect(try await world.versions() == Self.first)
            let seen = try await world.seen()
            #expect(seen.isEmpty && seen.done.count == 3, "\(seen)")
            struct BuildFile: Decodable {
                struct Imports: Decodable {
                    let place: String
                    let python: String
                    let modules: Int
                    let memory: Int
                }
                let imports: Imports
            }
            let path = "\(try await world.place.clone())/layers/alpha/\(world.target)/1.json"
            let proof = try JSONDecoder().decode(BuildFile.self, from: Data(world.place.bytes(path))).imports
            #expect(proof.place == "lambda" && proof.modules == 1 && proof.memory > 1 << 20, "\(proof)")
            #expect("python\(proof.python)".hasPrefix("\(world.target)."))
            let explained = try await world.place.strata("explain", "alpha", environment: world.cloud.environment)
            #expect(explained.output.contains(" in Lambda"), "\(explained.output)")
            // Where nothing is built, nobody is asked.
            #expect(try await world.publish().output.contains("Nothing to do"))
            #expect(try await world.seen().done == seen.done)

            try await world.index.set(["alpha": [Self.good, Self.bad]])
            let second = try await world.publish()
            #expect(second.output.contains("'alpha' of alpha 1.1 cannot be imported by Python 3."), "\(second.output)")
            #expect(second.output.contains(" in Lambda: ImportError: cannot import name 'gone'"), "\(second.output)")
            #expect(try await world.versions() == Self.first)
            #expect(try await world.latest() == ["eu-west-1 1.0", "us-east-1 1.0"])
            let held = try await world.seen()
            #expect(held.isEmpty && held.done.count == 6 && held.granted.count == 2, "\(held)")
            // It is tried again when somebody says so.
            #expect(try await world.publish().code == 0)
            #expect(try await world.seen().done.count == 6)
            #expect(try await world.place.strata("retry", "alpha", environment: world.cloud.environment).code == 0)
            #expect(try await world.publish().output.contains("cannot be imported"))
            #expect(try await world.seen().done.count == 9)

            try await world.index.set(["alpha": [Self.good, Self.bad, Self.better]])
            let third = try await world.publish()
            #expect(third.code == 0, "\(third.error)")
            #expect(try await world.versions() == Self.second, "what was held has taken no number")
            #expect(try await world.latest() == ["eu-west-1 1.2", "us-east-1 1.2"])
            let after = try await world.seen()
            #expect(after.isEmpty && after.granted.count == 4, "\(after)")
            #expect(after.granted.allSatisfy { $0.contains(":layer:\(world.name):") }, "\(after.granted)")
        }
    }

    @Test("is listed with what was found where nothing is held, or where it says nothing")
    func listed() async throws {
        try await withWorld([Self.bad], checks: ", hold: false") { world in
            #expect(try await world.publish().code == 0)
            #expect(try await world.versions() == Self.first)
            let explained = try await world.place.strata("explain", "alpha", environment: world.cloud.environment)
            #expect(explained.output.contains("error (imports): 'alpha' of alpha 1.1"), "\(explained.output)")
        }
        // It takes the whole function with it.
        try await withWorld([Self.release("1.0", "import os\nos.kill(os.getppid(), 9)\n")]) { world in
            let outcome = try await world.publish()
            #expect(outcome.code == 0, "\(outcome.error)")
            let path = "\(try await world.place.clone())/layers/alpha/\(world.target)/1.json"
            #expect(try world.place.text(path).contains("the function did not answer: Runtime.ExitError"))
            #expect(try await world.seen().isEmpty)
        }
    }

    @Test(
        "waits for the next run if it cannot be tried now",
        arguments: [("CreateFunction", 500, ""), ("CreateFunction", 403, "AccessDeniedException"), ("Invoke", 500, "")])
    func postponed(operation: String, status: Int, code: String) async throws {
        try await withWorld([Self.good]) { world in
            try await world.cloud.set(
                .init(region: Self.region, operation: operation, fault: "status", status: status, code: code))
            let failed = try await world.publish()
            #expect(failed.code != 0 && failed.output.contains("could not be tried in Lambda"), "\(failed.output)")
            if status == 403 { #expect((failed.output + failed.error).contains("iam:PassRole"), "\(failed.output)") }
            #expect(try await world.versions().isEmpty)
            #expect(try await world.seen().isEmpty)
            try await world.cloud.set()
            let next = try await world.publish()
            #expect(next.code == 0, "\(next.error)")
            #expect(try await world.versions() == Self.first)
        }
    }

    /// Where a run is killed: in the middle of this call, which is never sent.
    private static let calls = [
        "PublishLayerVersion", "CreateFunction", "GetFunctionConfiguration", "Invoke", "DeleteFunction",
        "DeleteLayerVersion", "AddLayerVersionPermission",
    ]

    @Test(
        "is finished by the next run if this one is killed, with nothing left behind and no second version",
        arguments: calls)
    func killed(call: String) async throws {
        try await withWorld([Self.good]) { world in
            try await world.cloud.set(.init(region: Self.region, operation: call, fault: "stall"))
            let run = Task {
                try await world.place.command(
                    ["publish"], environment: world.cloud.environment, shell: "echo $$ > '\(world.place.folder)/number'"
                ).run()
            }
            let end = ContinuousClock.now + .seconds(120)
            while try await world.cloud.failures().isEmpty {
                try #require(ContinuousClock.now < end, "\(call) is never reached")
                try await Task.sleep(for: .milliseconds(50))
            }
            let number = try #require(Int32(try world.place.text("number").filter(\.isNumber)))
            #expect(Glibc.kill(number, SIGKILL) == 0)
            _ = try await run.value
            try await world.cloud.set()
            let left = try await world.seen()

            let next = try await world.publish()
            #expect(next.code == 0, "\(next.error)")
            if !left.isEmpty {
                #expect(next.error.contains("of a proof that did not end, was deleted"), "\(next.error)")
            }
            #expect(left.functions.isEmpty == !["GetFunctionConfiguration", "Invoke", "DeleteFunction"].contains(call))
            let seen = try await world.seen()
            #expect(seen.isEmpty && seen.granted.allSatisfy { $0.contains(":layer:\(world.name):") }, "\(seen)")
            #expect(try await world.versions() == Self.first)
            #expect(try await world.latest() == ["eu-west-1 1.0", "us-east-1 1.0"])
            #expect(try await world.publish().output.contains("Nothing to do"))
        }
    }

    @Test("is tried by nobody where it is only built, and in the sandbox where there is no Lambda")
    func elsewhere() async throws {
        try await withWorld([Self.bad]) { world in
            let built = try await world.place.strata("build", environment: world.cloud.environment)
            #expect(built.code == 0, "\(built.error)")
            #expect(try await world.seen().done.isEmpty)
        }
        let python = try await HeldImportTests.python()
        try await PackageIndex.run(["alpha": [Self.bad]]) { index in
            let place = try Workplace(
                Configuration(
                    layers: ["alpha"], targets: [python.target], index: index.simple,
                    more: "checks: { imports: lambda, interpreters: { \(python.target): \"\(python.path)\" } }"),
                hasOwnCache: true)
            #expect(try await place.strata("publish").output.contains("in the sandbox: ImportError"))
        }
    }
}
