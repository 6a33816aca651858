import FoundationEssentials
import Testing

/// The definition of `deploy/state-machine.asl.json` on moto's Step Functions engine, with handlers in Python that have
/// the real ones' payloads: what is shown here is the state machine's own part.
@Suite("The fleet's state machine", .serialized)
struct StateMachineTests {
    private func withFleet(
        layers: Int = 3, failing: [String] = [], missing: Int? = nil,
        _ body: @Sendable (Cloud) async throws -> Void
    ) async throws {
        try await Cloud.runFleet { cloud in
            try await cloud.tell(
                "canned",
                Cloud.CannedFleet(account: cloud.account, layers: layers, failing: failing, missing: missing))
            try await body(cloud)
        }
    }

    @Test("publishes every item in every region, commits once, and then finds nothing to do")
    func wholeRun() async throws {
        try await withFleet { cloud in
            let first = try await cloud.end(of: cloud.start("first"))
            #expect(first.status == "SUCCEEDED", "\(first)")
            #expect(first.output?.contains(#""status": "done""#) == true, "\(first)")
            var world = try await cloud.world()
            #expect(world.published == 6 && world.doubled == 0 && world.open == 0)
            #expect(world.commits == [6] && world.leaseIsFree)

            let second = try await cloud.end(of: cloud.start("second"))
            #expect(second.status == "SUCCEEDED", "\(second)")
            #expect(!second.states.contains("Build") && !second.states.contains("Prune"))
            world = try await cloud.world()
            #expect(world.commits == [6] && world.calls["build"] == 3 && world.calls["publish"] == 6)
        }
    }

    @Test("prunes only when it is asked to, and after the commit")
    func prune() async throws {
        try await withFleet { cloud in
            let execution = try await cloud.end(of: cloud.start("first", input: ["prune": true]))
            #expect(execution.states.suffix(4).first == "Prune", "\(execution.states)")
            #expect(execution.states.firstIndex(of: "Commit")! < execution.states.firstIndex(of: "Prune")!)
            #expect(try await cloud.world().calls["prune"] == 1)
        }
    }

    @Test("tries again what a crash, a timeout, a throttle or a failure of Lambda ended, at every step")
    func retried() async throws {
        let roles = [
            "prepare": 1, "recover": 1, "resolve": 1, "plan": 1, "build": 3, "publish": 6, "commit": 1, "finish": 1,
        ]
        try await withFleet { cloud in
            try await cloud.breakFunctions(
                roles.keys.flatMap { role -> [Cloud.FunctionFault] in
                    [
                        .init(role: role, fault: "crash"), .init(role: role, fault: "timeout"),
                        .init(role: role, fault: "throttle", times: 2), .init(role: role, fault: "unknown"),
                    ]
                })
            let execution = try await cloud.end(of: cloud.start("first"))
            #expect(execution.status == "SUCCEEDED", "\(execution)")
            let world = try await cloud.world()
            #expect(world.published == 6 && world.doubled == 0 && world.open == 0, "\(world)")
            for (role, usual) in roles { #expect(world.calls[role] == usual + 5, "\(role)") }
        }
    }

    @Test("an answer that is lost after the work, and an event that comes twice, publish nothing twice")
    func duplicates() async throws {
        try await withFleet { cloud in
            try await cloud.breakFunctions(
                .init(role: "publish", fault: "crash", times: 2, late: true),
                .init(role: "build", fault: "timeout", late: true),
                .init(role: "publish", fault: "duplicate", times: 2),
                .init(role: "commit", fault: "duplicate"), .init(role: "prepare", fault: "duplicate"))
            let execution = try await cloud.end(of: cloud.start("first"))
            #expect(execution.status == "SUCCEEDED", "\(execution)")
            let world = try await cloud.world()
            #expect(world.published == 6 && world.doubled == 0 && world.commits == [6], "\(world)")
        }
    }

    @Test("a region that keeps failing holds up no other; the next run recovers and finishes it")
    func partly() async throws {
        try await withFleet { cloud in
            try await cloud.breakFunctions(.init(role: "publish", match: "eu-west-1", fault: "crash", times: nil))
            let first = try await cloud.end(of: cloud.start("first"))
            #expect(first.status == "SUCCEEDED", "\(first)")
            var world = try await cloud.world()
            #expect(world.published == 3 && world.open == 3 && world.commits == [3], "\(world)")
            #expect(world.reports == [.init(status: "partly", pending: 3)])

            try await cloud.breakFunctions()
            let second = try await cloud.end(of: cloud.start("second"))
            #expect(second.status == "SUCCEEDED", "\(second)")
            world = try await cloud.world()
            #expect(world.published == 6 && world.doubled == 0 && world.commits == [3, 3], "\(world)")
        }
    }

    @Test("an item that cannot be built, or whose function always fails, holds up no other")
    func failedItems() async throws {
        try await withFleet(layers: 4, failing: ["layer1 python3.12"]) { cloud in
            try await cloud.breakFunctions(
                .init(role: "build", match: "layer2 ", fault: "error", times: nil, error: "Failed"))
            let execution = try await cloud.end(of: cloud.start("first"))
            #expect(execution.status == "SUCCEEDED", "\(execution)")
            let world = try await cloud.world()
            #expect(world.published == 4 && world.reports == [.init(status: "partly", pending: 2)], "\(world)")
            #expect(world.calls["build"] == 4, "a failure that will not go away is not tried again")
        }
    }

    @Test("a plan over the limits ends the run with that name, after the lease was given back")
    func overLimits() async throws {
        try await withFleet { cloud in
            try await cloud.breakFunctions(.init(role: "plan", fault: "error", times: nil, error: "OverLimits"))
            let execution = try await cloud.end(of: cloud.start("first"))
            #expect(execution.status == "FAILED" && execution.error == "OverLimits", "\(execution)")
            let world = try await cloud.world()
            #expect(world.leaseIsFree && world.published == 0)
            #expect(world.reports == [.init(status: "failed", pending: 3, error: "OverLimits")])
            #expect(world.calls["plan"] == 1, "no second opinion")
        }
    }

    @Test("what was published before a failure is listed")
    func failedCommit() async throws {
        try await withFleet { cloud in
            try await cloud.breakFunctions(.init(role: "commit", fault: "error", times: nil, error: "Failed"))
            let first = try await cloud.end(of: cloud.start("first"))
            #expect(first.status == "FAILED" && first.error == "Failed", "\(first)")
            try await cloud.breakFunctions()
            let second = try await cloud.end(of: cloud.start("second"))
            #expect(second.status == "SUCCEEDED", "\(second)")
            let world = try await cloud.world()
            #expect(world.listed == 6 && world.published == 6 && world.doubled == 0, "\(world)")
        }
    }

    @Test("an execution that finds another at work waits for a lease's term and then leaves it the work")
    func anotherAtWork() async throws {
        try await withFleet { cloud in
            try await cloud.breakFunctions(.init(role: "prepare", fault: "error", times: nil, error: "LeaseHeld"))
            let execution = try await cloud.end(of: cloud.start("first"))
            #expect(execution.status == "SUCCEEDED" && execution.states.last == "Another is at work", "\(execution)")
            let world = try await cloud.world()
            #expect(world.calls["prepare"] == 18 && world.calls["recover"] == nil, "\(world.calls)")
        }
    }

    @Test("a new execution finishes what a dead one left, once its lease has ended")
    func deadExecution() async throws {
        try await withFleet { cloud in
            // The commit never answers: by then everything is published and nothing is listed.
            try await cloud.breakFunctions(.init(role: "commit", fault: "hang", times: nil, seconds: 3))
            let dead = try await cloud.start("dead")
            while try await cloud.world().calls["commit"] == nil { try await Task.sleep(for: .milliseconds(50)) }
            try await cloud.tell("stop", ["arn": dead])
            let stopped = try await cloud.end(of: dead)
            // The engine here may still note the failure of the task that was stopped; what counts is that it never
            // finished, and so never gave its lease back.
            #expect(["ABORTED", "FAILED"].contains(stopped.status), "\(stopped)")
            #expect(!stopped.states.contains { $0.hasPrefix("Finish") }, "\(stopped)")

            try await cloud.breakFunctions()
            let next = try await cloud.start("next")
            // It is refused for as long as the dead one's lease is good.
            while try await cloud.world().calls["prepare", default: 0] < 3 {
                try await Task.sleep(for: .milliseconds(50))
            }
            try await cloud.tell("die", [String: String]())
            let execution = try await cloud.end(of: next)
            #expect(execution.status == "SUCCEEDED", "\(execution)")
            let world = try await cloud.world()
            #expect(world.published == 6 && world.doubled == 0 && world.listed == 6, "\(world)")
        }
    }

    @Test("no payload and no state grows with the number of layers: 10,000 of them")
    func manyLayers() async throws {
        try await withFleet(layers: 10_000, missing: 12) { cloud in
            let execution = try await cloud.end(of: cloud.start("first"))
            #expect(execution.status == "SUCCEEDED", "\(execution)")
            let world = try await cloud.world()
            #expect(world.calls["resolve"] == 400 && world.calls["build"] == 12 && world.calls["publish"] == 24)
            // Step Functions carries 256 KB from state to state; what grows is in the bucket.
            #expect(execution.largest < 8000, "the largest event of the history")
            for (name, size) in world.largest { #expect(size < 4000, "\(name)") }
        }
    }
}
