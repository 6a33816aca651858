import Model
import Publishing
import Site
import Testing

@Suite("A ledger and the registry that it belongs to")
struct BelongingTests {
    private func stamp(_ stage: Stage) -> RegistryStamp? {
        RegistryStamp(in: stage.remote.state.withLock { $0.files["registry.json"] })
    }

    private func files(_ stage: Stage) -> [String: [UInt8]] { stage.remote.state.withLock { $0.files } }

    private func refused(_ run: () async throws -> Void) async throws -> String {
        let error = await #expect(throws: StrataError.self) { try await run() }
        #expect(error?.code == .refused)
        return "\(error?.message ?? "") \(error?.hint ?? "")"
    }

    @Test("the registry's identity stays, and its revision rises with each commit")
    func identity() async throws {
        try await onStage { stage in
            let desired = try wanted()
            _ = try await stage.run(desired, main: true).run()
            let first = try #require(stamp(stage))
            _ = try await stage.run(desired, main: true).run()
            #expect(stamp(stage) == first)
            stage.pass(60)
            _ = try await stage.run(desired, version: 2, main: true).run()
            let second = try #require(stamp(stage))
            #expect(second.id == first.id && second.revision > first.revision && second.run != first.run)
        }
    }

    @Test("a registry that an older version wrote gets an identity with its next commit")
    func takenOver() async throws {
        try await onStage { stage in
            let desired = try wanted()
            _ = try await stage.run(desired, main: true).run()
            let old = try #require(files(stage)["registry.json"].map { String(decoding: $0, as: UTF8.self) })
            let bare = old.split(separator: "\n").filter { line in
                !["\"id\"", "\"revision\"", "\"run\""].contains { line.contains($0) }
            }.joined(separator: "\n")
            stage.remote.state.withLock { $0.files["registry.json"] = Array((bare + "\n").utf8) }
            #expect(stamp(stage) == nil)
            let idle = try await stage.run(desired, main: true).run()
            #expect(idle.commits.isEmpty && idle.plan.isEmpty)
            _ = try await stage.run(desired, version: 2, main: true).run()
            #expect(stamp(stage) != nil)
        }
    }

    @Test("an empty ledger, an older one and another registry's are refused, each told by its name")
    func strangers() async throws {
        try await onStage { stage in
            let desired = try wanted(["requests"])
            _ = try await stage.run(desired, main: true).run()
            let empty = try await Stage(sharing: stage)
            defer { empty.tearDown() }
            #expect(
                try await refused { _ = try await empty.run(desired, main: true).run() }.contains("ledger is empty"))
            let older = try await Stage(beside: stage, desired)
            defer { older.tearDown() }
            #expect(try await older.run(desired, main: true).run().plan.isEmpty)
            stage.pass(60)
            // What it changes takes away no ARN: only the revision tells.
            let layer = try #require(LayerName("requests"))
            _ = try await Lifecycle(stage.context(desired, main: true)).pin(
                .init(layer: layer, target: nil, buildNumber: 1), pinned: true)
            let before = files(stage)
            let told = try await refused { _ = try await older.run(desired, version: 2, main: true).run() }
            #expect(told.contains("ahead of this ledger") && told.contains("--rebuild"), "\(told)")
            _ = try await refused { _ = try await older.reconciler(desired, main: true).run(.init(fix: true)) }

            let stranger = try await Stage()
            defer { stranger.tearDown() }
            _ = try await stranger.run(desired, main: true).run()
            let foreign = stranger.remote.state.withLock { $0 }
            let theirs = files(stranger)
            stranger.remote.state.withLock { $0 = stage.remote.state.withLock { $0 } }
            let other = try await refused { _ = try await stranger.run(desired, version: 2, main: true).run() }
            #expect(other.contains("is the registry") && other.contains("--take-over"), "\(other)")
            let conflict = await #expect(throws: StrataError.self) {
                _ = try await stranger.reconciler(desired, main: true).rebuild()
            }
            #expect(conflict?.code == .conflict)
            #expect(files(stage) == before && theirs != before && foreign.tip != nil)
        }
    }

    @Test("what another ledger wrote on a branch that was set back is not taken for the branch's own past")
    func setBackAndWritten() async throws {
        try await onStage { stage in
            let desired = try wanted(["requests"])
            _ = try await stage.run(desired, main: true).run()
            let other = try await Stage(beside: stage, desired)
            defer { other.tearDown() }
            let backup = stage.remote.state.withLock { $0 }
            for version in 2...4 { _ = try await stage.run(desired, version: version, main: true).run() }
            stage.remote.state.withLock { $0 = backup }
            let layer = try #require(LayerName("requests"))
            _ = try await Lifecycle(other.context(desired, main: true)).yank(
                .init(layer: layer, target: nil, buildNumber: 1), reason: "a leak", revoking: false)
            let before = files(stage)
            _ = try await refused { _ = try await stage.run(desired, version: 4, main: true).run() }
            #expect(files(stage) == before)
        }
    }

    @Test("two machines, each with a ledger: who comes second takes what it lacks, and goes on")
    func twoMachines() async throws {
        try await onStage { stage in
            let desired = try wanted(["requests"])
            _ = try await stage.run(desired, main: true).run()
            let other = try await Stage(beside: stage, desired)
            defer { other.tearDown() }
            other.pass(60)
            _ = try await other.run(desired, version: 2, main: true).run()
            stage.pass(120)
            _ = try await refused { _ = try await stage.run(desired, version: 3, main: true).run() }
            let found = try await stage.reconciler(desired, main: true).rebuild()
            #expect(found.releases == 12)
            #expect(try await stage.run(desired, version: 2, main: true).run().plan.isEmpty)
            let third = try await stage.run(desired, version: 3, main: true).run()
            #expect(third.published.allSatisfy { $0.number == 3 })
            try await expectConsistent(stage, desired)
            other.pass(300)
            _ = try await refused { _ = try await other.run(desired, version: 3, main: true).run() }
        }
    }

    @Test("a remote that was set back is told, and gets again what it lacks")
    func setBack() async throws {
        try await onStage { stage in
            let desired = try wanted(["requests"])
            _ = try await stage.run(desired, main: true).run()
            let backup = stage.remote.state.withLock { $0 }
            stage.pass(60)
            for version in 2...3 { _ = try await stage.run(desired, version: version, main: true).run() }
            let before = files(stage)
            stage.remote.state.withLock { state in (state.files, state.tip) = (backup.files, backup.tip) }
            let report = try await stage.run(desired, version: 3, main: true).run()
            #expect(report.published.isEmpty && report.commits.count == 1)
            #expect(
                stage.events.withLock { $0 }.contains {
                    if case .warning(let text) = $0 { text.contains("set back") } else { false }
                })
            let after = files(stage)
            #expect(after.filter { $0.key != "registry.json" } == before.filter { $0.key != "registry.json" })
            #expect(try await stage.run(desired, version: 3, main: true).run().commits.isEmpty)
        }
    }

    @Test("a push that arrived before its run died is known again")
    func diedAfterPush() async throws {
        try await onStage { stage in
            let desired = try wanted(["requests"])
            _ = try await stage.run(desired, main: true).run()
            let lease = try await stage.ledger.acquire(
                "publish", holder: "test", now: stage.clock.withLock { $0 }, term: .seconds(60))
            // As the ledger was before it heard of the push.
            let mark = try #require(try await stage.ledger.checkpoint("registry"))
            let parts = mark.split(separator: " ")
            try await stage.ledger.setCheckpoint("registry", "\(parts[0]) 0 \(parts[2])", lease: lease)
            try await stage.ledger.setCheckpoint("shown:main", nil, lease: lease)
            try await stage.ledger.release(lease)
            let report = try await stage.run(desired, main: true).run()
            #expect(report.commits.isEmpty && report.plan.isEmpty)
        }
    }

    @Test("where it is asked for, a run fills its ledger and publishes nothing twice")
    func rebuildsItself() async throws {
        try await onStage { stage in
            let desired = try wanted()
            let options = PublishingContext.Options(rebuildsLedger: true)
            _ = try await stage.run(desired, main: true, options: options).run()
            for version in 1...2 {
                let next = try await Stage(sharing: stage)
                defer { next.tearDown() }
                next.pass(60 * version)
                #expect(
                    try await next.run(desired, version: version, main: true, options: options).rehearse().plan.isEmpty
                        == (version == 1))
                let report = try await next.run(desired, version: version, main: true, options: options).run()
                #expect(report.published.count == (version == 1 ? 0 : 12))
                #expect(report.commits.count == (version == 1 ? 0 : 1))
                try await expectConsistent(next, desired)
            }
        }
    }

    @Test("what a run without a disk had published and not listed is taken over by the next")
    func unlisted() async throws {
        try await onStage { stage in
            let desired = try wanted(["requests"])
            let options = PublishingContext.Options(rebuildsLedger: true)
            _ = try await stage.run(desired, main: true, options: options).run()
            stage.pass(60)
            stage.remote.state.withLock { state in
                state.answers = Array(repeating: .failure(StrataError(.git, "the server refused")), count: 5)
            }
            await #expect(throws: StrataError.self) {
                _ = try await stage.run(desired, version: 2, main: true, options: options).run()
            }
            stage.remote.state.withLock { $0.answers = [] }
            let next = try await Stage(sharing: stage)
            defer { next.tearDown() }
            next.pass(60)
            let report = try await next.run(desired, version: 2, main: true, options: options).run()
            #expect(report.published.isEmpty && report.adopted.count == 6)
            try await expectConsistent(next, desired)
        }
    }
}
