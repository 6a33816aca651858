import AWS
import Contracts
import FoundationEssentials
import HTTP
import Model
import Testing

@Suite("A function that imports a layer")
struct FunctionProbeTests {
    /// What AWS's stand-in knows of an account's functions.
    private struct Seen: Decodable {
        let functions: [String]
        let layers: [String]
        let done: [String]
        let granted: [String]
    }

    private struct Place: Sendable {
        let stage: Stage
        let account: Stage.Account
        let faults: Stage.Faults
        let probes: ProbeFunctions
        let folder: String

        init(role: String = "strata/probe", in folder: String) async throws {
            stage = try Stage.common()
            account = try await stage.account()
            faults = try stage.faults()
            self.folder = folder
            let place = ProbeFunctions.Place(
                region: Stage.here, account: account.account, registry: "somebody's",
                targets: [try #require(Target("python3.12")), try #require(Target("python3.13-arm64"))])
            probes = FunctionProbe(
                try stage.provider(account, at: faults.proxy.url),
                role: "arn:aws:iam::\(account.account):role/\(role)", sleep: { _ in }
            ).functions(at: place)
        }

        func call(_ program: String, event: String = "{}") async throws -> ProbeFunctions.Answer {
            try await probes.call(
                .init(
                    layer: try SampleZip.package("python/alpha.txt", in: folder, target: "python3.12"),
                    program: Array(program.utf8), event: Array(event.utf8)))
        }

        func seen(_ asked: [String: String] = [:]) async throws -> Seen {
            try await stage.ask("probes", asked.merging(["account": account.account]) { $1 }, Seen.self)
        }
    }

    private func failure(_ work: () async throws -> ProbeFunctions.Answer) async throws -> StrataError {
        try #require(await #expect(throws: StrataError.self) { _ = try await work() })
    }

    private static let echo = """
        import os, sys
        def handler(event, context):
            opt = [path for path in sys.path if path.endswith('/opt/python')][0]
            return [event, sorted(os.listdir(os.path.dirname(opt))), context.get_remaining_time_in_millis() > 200000]

        """

    @Test("has the layer and the event, answers once, and is gone with its layer, which nobody else could read")
    func answers() async throws {
        try await withTemporaryFolder { folder in
            let place = try await Place(in: folder)
            for number in 1...2 {
                let answer = try await place.call(Self.echo, event: "{\"a\": 1}")
                #expect(answer == .given(Array(#"[{"a": 1}, ["python"], true]"#.utf8)), "\(answer)")
                let seen = try await place.seen()
                #expect(seen.functions.isEmpty && seen.layers.isEmpty && seen.granted.isEmpty, "\(seen)")
                let name = "\(try #require(place.probes.place).stem)-p312-\(number)"
                #expect(seen.done.suffix(3) == ["CreateFunction \(name)", "Invoke \(name)", "DeleteFunction \(name)"])
                #expect(name.utf8.count < 64)
            }
        }
    }

    @Test(
        "is made, called and removed all the same when answers are lost or asked for too often",
        arguments: [
            "PublishLayerVersion", "CreateFunction", "GetFunctionConfiguration", "DeleteFunction", "DeleteLayerVersion",
        ], [#""drop_answer", "times": 1"#, #""status", "status": 429, "code": "TooManyRequestsException", "times": 2"#])
    func lostAnswers(operation: String, fault: String) async throws {
        try await withTemporaryFolder { folder in
            let place = try await Place(in: folder)
            try await place.faults.set("{\"operation\": \"\(operation)\", \"fault\": \(fault)}")
            let answer = try await place.call(Self.echo)
            guard case .given = answer else { throw Unexpected(what: "\(answer)") }
            let seen = try await place.seen()
            #expect(seen.functions.isEmpty && seen.layers.isEmpty, "\(seen)")
            #expect(seen.done.count { $0.hasPrefix("Invoke") } == 1)
            #expect(try await !place.faults.counts().isEmpty)
        }
    }

    private struct Unexpected: Error { let what: String }

    @Test("waits for what is not known everywhere yet")
    func notReady() async throws {
        try await withTemporaryFolder { folder in
            let place = try await Place(in: folder)
            try await place.faults.set(
                #"{"operation": "Invoke", "fault": "status", "status": 409, "code": "ResourceConflictException", "times": 2}, "#
                    + #"{"operation": "GetFunctionConfiguration", "fault": "status", "status": 404, "#
                    + #""code": "ResourceNotFoundException", "times": 2}"#)
            let answer = try await place.call(Self.echo)
            guard case .given = answer else { throw Unexpected(what: "\(answer)") }
        }
    }

    @Test(
        "says nothing of the layer when it ends without an answer",
        arguments: [
            ("import os\ndef handler(e, c): os.kill(os.getpid(), 9)\n", "Runtime.ExitError: "),
            ("raise OSError('\\x1b[31mno')\n", "no"),
            ("def handler(e, c): return 'x' * 7000000\n", "ResponseSizeTooLarge"),
        ])
    func ends(program: String, says: String) async throws {
        try await withTemporaryFolder { folder in
            let place = try await Place(in: folder)
            let answer = try await place.call(program)
            guard case .missing(let why) = answer else { throw Unexpected(what: "\(answer)") }
            #expect(why.contains(says) && !why.contains("\u{1B}"), "\(why)")
            let seen = try await place.seen()
            #expect(seen.functions.isEmpty && seen.layers.isEmpty, "\(seen)")
        }
    }

    @Test("that cannot be made leaves nothing, and says why and what helps")
    func refused() async throws {
        try await withTemporaryFolder { folder in
            let place = try await Place(role: "untrusting", in: folder)
            let untrusting = try await failure { try await place.call(Self.echo) }
            #expect(untrusting.code == .invalidRequest && untrusting.hint?.contains("checks.probe.role") == true)

            let other = try await Place(in: folder)
            _ = try await other.seen(["state": "Failed"])
            #expect(
                try await failure { try await other.call(Self.echo) }.message.contains("failed to be made: made so"))
            _ = try await other.seen(["state": "Active", "refuse": "python3.12"])
            #expect(try await failure { try await other.call(Self.echo) }.code == .unsupported)
            _ = try await other.seen(["state": "Pending", "refuse": ""])
            #expect(try await failure { try await other.call(Self.echo) }.code == .timedOut)
            try await other.faults.set(
                #"{"operation": "CreateFunction", "fault": "status", "status": 403, "code": "AccessDeniedException"}"#)
            let denied = try await failure { try await other.call(Self.echo) }
            #expect(denied.code == .accessDenied && denied.hint?.contains("iam:PassRole") == true, "\(denied)")
            for seen in [try await place.seen(), try await other.seen()] {
                #expect(seen.functions.isEmpty && seen.layers.isEmpty, "\(seen)")
            }
        }
    }

    @Test("needs no more rights than the documentation says, and all of them")
    func policy() async throws {
        try await withTemporaryFolder { folder in
            let place = try await Place(role: "strata-probe", in: folder)
            let (account, there) = (place.account, try #require(place.probes.place))
            let manual = PythonServer.root.appending(path: "docs/security.md")
            let text = String(decoding: try Data(contentsOf: manual), as: UTF8.self)
            let after = try #require(text.firstRange(of: "### Importing layers in Lambda"))
            let json = text[after.upperBound...].split(separator: "```", omittingEmptySubsequences: false)
            let statements = try JSONDecoder().decode(
                [Statement].self,
                from: Data(
                    json[1].drop { $0 != "[" }.replacing("eu-west-1", with: Stage.here.code)
                        .replacing("111122223333", with: account.account).utf8))
            func permit(_ statements: [Statement]) async throws {
                let body = try JSONEncoder().encode(Permission(key: account.key, statements: statements))
                _ = try await place.stage.http.send(
                    HTTPRequest(.post, "\(place.stage.front.url)/front/permit", body: .bytes(Array(body))))
            }
            try await permit(statements)
            guard case .given = try await place.call(Self.echo) else { throw Unexpected(what: "no answer") }
            #expect(try await place.seen().layers.isEmpty)
            #expect(try await place.probes.clear(there).isEmpty)
            let actions = statements.flatMap(\.actions)
            #expect(actions.count == 10)
            for missing in actions {
                try await permit(statements.compactMap { $0.without(missing) })
                let isToTidyUp = missing.hasSuffix(":ListLayerVersions") || missing.contains(":Delete")
                do {
                    _ = try await place.call(Self.echo)
                    #expect(isToTidyUp, "\(missing)")
                    _ = try await place.probes.clear(there)
                    Issue.record("\(missing) is not needed")
                } catch let error as StrataError {
                    #expect(error.code == .accessDenied && error.hint?.contains("\"\(missing)\"") == true, "\(error)")
                }
                try await permit(statements)
                _ = try await place.probes.clear(there)
            }
        }
    }

    private struct Permission: Encodable {
        let key: String
        let statements: [Statement]
    }

    private struct Statement: Codable {
        let effect: String
        let actions: [String]
        let resource: String

        private enum CodingKeys: String, CodingKey {
            case effect = "Effect", actions = "Action", resource = "Resource"
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            effect = try container.decode(String.self, forKey: .effect)
            resource = try container.decode(String.self, forKey: .resource)
            if let list = try? container.decode([String].self, forKey: .actions) {
                actions = list
            } else {
                actions = [try container.decode(String.self, forKey: .actions)]
            }
        }

        private init(_ other: Statement, _ actions: [String]) {
            (effect, resource, self.actions) = (other.effect, other.resource, actions)
        }

        func without(_ action: String) -> Statement? {
            let left = actions.filter { $0 != action }
            return left.isEmpty ? nil : Statement(self, left)
        }
    }

    @Test("that is left behind is found by its place and removed, by nobody else's account")
    func clear() async throws {
        try await withTemporaryFolder { folder in
            let place = try await Place(in: folder)
            try await place.faults.set(
                #"{"operation": "DeleteFunction", "fault": "status", "status": 400}, "#
                    + #"{"operation": "DeleteLayerVersion", "fault": "status", "status": 400}"#)
            _ = try await place.call(Self.echo)
            let left = try await place.seen()
            #expect(left.functions.count == 1 && left.layers.count == 1)
            try await place.faults.set("")
            let there = try #require(place.probes.place)
            let stranger = try await Place(in: folder)
            let refusal = await #expect(throws: StrataError.self) { _ = try await stranger.probes.clear(there) }
            #expect(refusal?.code == .refused)
            #expect(try await place.probes.clear(there) == left.functions)
            #expect(try await place.probes.clear(there).isEmpty)
            let seen = try await place.seen()
            #expect(seen.functions.isEmpty && seen.layers.isEmpty, "\(seen)")
        }
    }
}
