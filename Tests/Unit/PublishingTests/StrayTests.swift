import Model
import Publishing
import Testing

@Suite("A name that is taken")
struct StrayTests {
    @Test("by somebody else's layer: nothing is published beside it, before a maintainer has said so")
    func somebodyElses() async throws {
        try await onStage { stage in
            let desired = try wanted(["requests"], targets: ["python3.12"])
            let name = desired.naming.name(for: desired.items[0], version: "", buildNumber: 0)
            _ = try await stage.publishByHand(as: name, in: regions[0], text: "theirs")
            let report = try await stage.run(desired).run()
            #expect(report.published.isEmpty && report.status == .partly)
            #expect(report.failed.first?.reason.contains(name) == true)
            #expect(report.failed.first?.hint?.contains("--adopt") == true)
            _ = try await stage.reconciler(desired).run(.init(adopt: true))
            #expect(try await stage.run(desired).run().published.count == 3)
        }
    }

    @Test("by somebody else's layer above our own: nothing is published above it")
    func above() async throws {
        try await onStage { stage in
            let desired = try wanted(["requests"], targets: ["python3.12"])
            _ = try await stage.run(desired).run()
            let name = desired.naming.name(for: desired.items[0], version: "", buildNumber: 0)
            _ = try await stage.publishByHand(as: name, in: regions[0], text: "theirs")
            let report = try await stage.run(desired, version: 2).run()
            #expect(report.published.isEmpty && report.status == .partly)
            #expect(report.failed.first?.reason.contains("eu-west-1") == false)
            _ = try await stage.reconciler(desired).run(.init(adopt: true))
            #expect(try await stage.run(desired, version: 2).run().published.count == 3)
        }
    }

    @Test("when ledger and registry were set back together: what was published since is taken over, or stays alone")
    func setBackTogether() async throws {
        try await onStage { stage in
            let desired = try wanted(["requests"])
            _ = try await stage.run(desired, main: true).run()
            let backup = stage.remote.state.withLock { ($0.tip, $0.files) }
            let old = try await Stage(beside: stage, desired)
            defer { old.tearDown() }
            stage.pass(60)
            #expect(try await stage.run(desired, version: 2, main: true).run().published.count == 6)
            stage.remote.state.withLock { ($0.tip, $0.files) = backup }
            // As a ledger that was never filled: nothing tells it to look everywhere.
            try await old.forgetFilling()

            old.pass(120)
            let third = try await old.run(desired, version: 3, main: true).run()
            #expect(third.published.isEmpty && third.adopted.isEmpty && third.status == .partly)
            #expect(third.failed.count == 2 && third.failed.allSatisfy { $0.hint?.contains("--adopt") == true })

            let second = try await old.run(desired, version: 2, main: true).run()
            #expect(second.published.isEmpty && second.adopted.count == 6)
            try await expectConsistent(old, desired)
            #expect(try await old.run(desired, version: 3, main: true).run().published.count == 6)
            try await expectConsistent(old, desired)
        }
    }

    @Test("by a layer that was given up, after the names' template has changed: nothing is published on top of it")
    func retiredName() async throws {
        try await onStage { stage in
            var former = try wanted(["requests"], targets: ["python3.12"])
            former.naming = try NameTemplate("acme-{py}-{layer}-one", prefix: "acme")
            _ = try await stage.run(former).run()
            var desired = try wanted(["requests-one"], targets: ["python3.12"])
            desired.naming = try NameTemplate("acme-{py}-{layer}", prefix: "acme")
            let options = PublishingContext.Options(allowances: .init(vanished: true))
            let report = try await stage.run(desired, options: options).run()
            #expect(report.published.isEmpty && report.failed.count == 1)
            #expect(report.failed.first?.reason.contains("acme-p312-requests-one") == true)
            #expect(report.failed.first?.reason.contains("a version of requests python3.12") == true)
            // It is no orphan: nobody can take it over for the other layer.
            let reconciled = try await stage.reconciler(desired).run(.init(adopt: true))
            #expect(reconciled.differences.allSatisfy { $0.kind != .orphanVersion })
        }
    }

    @Test("costs one look into one region for each name that gets a new build, and nothing without one")
    func cost() async throws {
        try await onStage { stage in
            let desired = try wanted()
            _ = try await stage.run(desired).run()
            stage.provider.listCalls.withLock { $0 = [:] }
            _ = try await stage.run(desired).run()
            #expect(stage.provider.listCalls.withLock { $0.isEmpty })
            _ = try await stage.run(desired, version: 2).run()
            #expect(stage.provider.listCalls.withLock { $0 } == [regions[0]: 4])
        }
    }

    @Test(
        "by what a publisher of ours left when it died, and that nobody may read: it is told, and stands in nobody's way"
    )
    func unpromised() async throws {
        try await onStage { stage in
            let desired = try wanted(["requests"], targets: ["python3.12"])
            _ = try await stage.run(desired).run()
            let name = desired.naming.name(for: desired.items[0], version: "", buildNumber: 0)
            let description = LayerDescription(
                item: desired.items[0], version: "9", buildNumber: 9, sha256: .of("other"),
                publication: String(repeating: "0", count: 26))
            _ = try await stage.publishByHand(as: name, in: regions[0], text: "ours", description: description.text)
            #expect(try await stage.run(desired, version: 2).run().published.count == 3)
            let told = stage.events.withLock { events in
                events.filter { if case .warning(let text) = $0 { text.contains("\(name):2") } else { false } }
            }
            #expect(told.count == 1)
        }
    }

    @Test("by our own bytes, when ledger and registry are both lost: they are taken over")
    func ours() async throws {
        try await onStage { stage in
            let desired = try wanted()
            _ = try await stage.run(desired, main: true).run()
            let next = try await Stage(sharing: stage)
            defer { next.tearDown() }
            stage.remote.state.withLock { state in
                state.tip = nil
                state.files = [:]
            }
            next.pass(60)
            let report = try await next.run(desired, main: true).run()
            #expect(report.published.isEmpty && report.adopted.count == 12)
            try await expectConsistent(next, desired)
        }
    }
}
