import FoundationEssentials
import Model
import Planning
import Publishing
import Site
import Testing

@Suite("Reconciling")
struct ReconcileTests {
    private func scene(_ body: (Stage, Desired) async throws -> Void) async throws {
        try await onStage { stage in
            let desired = try wanted(["requests"], targets: ["python3.12"])
            _ = try await stage.run(desired).run()
            try await body(stage, desired)
        }
    }

    private func release(_ stage: Stage, _ desired: Desired, _ region: Region = regions[0]) async throws -> Release {
        let all = try await stage.ledger.states(of: desired.items).flatMap(\.releases)
        return try #require(all.first { $0.id.region == region && $0.status == .latest })
    }

    private func recording(_ stage: Stage, _ events: [Event]) async throws {
        let now = stage.clock.withLock { $0 }
        let lease = try await stage.ledger.acquire("publish", holder: "test", now: now, term: .seconds(60))
        try await stage.ledger.record(events, lease: lease)
        try await stage.ledger.release(lease)
    }

    @Test("finds nothing after a run")
    func agrees() async throws {
        try await scene { stage, desired in
            let result = try await stage.reconciler(desired).run(.init())
            #expect(result.differences.isEmpty && result.unknown.isEmpty)
        }
    }

    @Test("tells a missing version; fixed, the next run publishes it again")
    func missing() async throws {
        try await scene { stage, desired in
            try await stage.provider.delete(try await release(stage, desired).id)
            let found = try await stage.reconciler(desired).run(.init())
            #expect(found.differences.map(\.kind) == [.missingVersion])
            let fixed = try await stage.reconciler(desired).run(.init(fix: true))
            #expect(fixed.repaired.count == 1)
            let report = try await stage.run(desired).run()
            #expect(report.published.map(\.number) == [2])
            #expect(try await stage.reconciler(desired).run(.init()).differences.isEmpty)
        }
    }

    @Test("tells a wrong permission, and grants or revokes what is missing or too much")
    func permission() async throws {
        try await scene { stage, desired in
            let id = try await release(stage, desired).id
            try await stage.provider.revoke(statement: "strata-public", on: id)
            try await stage.provider.grant(.init(statement: "stranger", principal: "111122223333"), on: id)
            let found = try await stage.reconciler(desired).run(.init())
            #expect(found.differences.map(\.kind) == [.wrongPermission])
            #expect(found.differences.first?.detail.contains("lacks strata-public and has stranger too many") == true)
            _ = try await stage.reconciler(desired).run(.init(fix: true))
            #expect(try await stage.provider.policy(of: id) == Visibility.public.grants)
        }
    }

    @Test("quarantines wrong bytes: no longer listed, no longer readable")
    func wrongBytes() async throws {
        try await scene { stage, desired in
            let id = try await release(stage, desired).id
            stage.provider.set([regions[0]: .corrupts])
            let fixed = try await stage.reconciler(desired).run(.init(fix: true))
            #expect(fixed.repaired.map(\.kind) == [.wrongBytes])
            stage.provider.set([:])
            #expect(try await stage.provider.policy(of: id).isEmpty)
            let states = try await stage.ledger.states(of: desired.items)
            #expect(states.flatMap(\.releases).first { $0.id == id }?.status == .quarantined)
            #expect(try await stage.run(desired).run().published.count == 1)
        }
    }

    @Test("finds a file of the local provider that was damaged or removed; mended, the next run publishes again")
    func damagedFile() async throws {
        try await scene { stage, desired in
            let id = try await release(stage, desired).id
            let folder = "\(stage.folder)/lambda/regions"
            let zip = "\(folder)/\(id.region)/\(id.name)/\(id.number)/layer.zip"
            // One name of the file is for another region: the bytes are the same.
            let bytes = Array(try Data(contentsOf: URL(filePath: zip)).dropLast())
            try FileManager.default.removeItem(atPath: zip)
            try Data(bytes).write(to: URL(filePath: zip))
            let other = try await release(stage, desired, regions[1]).id
            try FileManager.default.removeItem(
                atPath: "\(folder)/\(other.region)/\(other.name)/\(other.number)/layer.zip")
            let fixed = try await stage.reconciler(desired).run(.init(fix: true))
            #expect(Set(fixed.repaired.map(\.kind)) == [.wrongBytes, .missingVersion])
            #expect(try await stage.run(desired).run().published.count == 2)
            #expect(try await stage.reconciler(desired).run(.init()).differences.isEmpty)
        }
    }

    @Test("adopts an orphan as ours when its bytes are a build's, as external only when told to")
    func orphans() async throws {
        try await scene { stage, desired in
            let known = try await release(stage, desired)
            // The same bytes once more, by hand; and other bytes.
            let twin = try await stage.publishByHand(as: known.id.name, in: regions[0], like: known)
            let stranger = try await stage.publishByHand(as: known.id.name, in: regions[0], text: "something else")
            let found = try await stage.reconciler(desired).run(.init())
            #expect(found.differences.map(\.kind) == [.orphanVersion, .orphanVersion])

            let fixed = try await stage.reconciler(desired).run(.init(fix: true))
            #expect(fixed.repaired.map(\.release) == [twin])
            #expect(fixed.left.map(\.difference.release) == [stranger])
            let adopted = try await stage.reconciler(desired).run(.init(adopt: true))
            #expect(adopted.repaired.map(\.release) == [stranger])

            let state = try #require(try await stage.ledger.states(of: desired.items).first)
            #expect(state.releases.first { $0.id == twin }?.status == .latest)
            #expect(state.releases.first { $0.id == twin }?.isExternal == false)
            #expect(state.releases.first { $0.id == stranger }?.isExternal == true)
            #expect(try await stage.reconciler(desired).run(.init()).differences.isEmpty)
        }
    }

    @Test("tells a hand edit from a stale file, and writes both again")
    func files() async throws {
        try await scene { stage, desired in
            let path = "requests/python3.12"
            let good = try #require(stage.remote.state.withLock { $0.files[path] })
            stage.remote.state.withLock { $0.files[path] = Array("edited".utf8) }
            #expect(try await stage.reconciler(desired).run(.init()).differences.map(\.kind) == [.staleFile])
            stage.remote.state.withLock { $0.tip = "foreign" }
            #expect(try await stage.reconciler(desired).run(.init()).differences.map(\.kind) == [.handEdit])
            _ = try await stage.reconciler(desired).run(.init(fix: true))
            #expect(stage.remote.state.withLock { $0.files[path] } == good)
        }
    }

    @Test("finds a build's file that says something else; no run writes over it")
    func lyingFile() async throws {
        try await onStage { stage in
            let desired = try wanted(["requests"])
            _ = try await stage.run(desired, main: true).run()
            let path = "layers/requests/python3.12/1.json"
            let good = try #require(stage.remote.state.withLock { $0.files[path] })
            let edited = Array(String(decoding: good, as: UTF8.self).replacingOccurrences(of: "1.0", with: "9.9").utf8)
            stage.remote.state.withLock { $0.files[path] = edited }
            let found = try await stage.reconciler(desired, main: true).run(.init()).differences
            #expect(found.contains { $0.file == "main:\(path)" && $0.kind == .handEdit }, "\(found)")
            let error = await #expect(throws: StrataError.self) {
                try await stage.run(desired, version: 2, main: true).run()
            }
            #expect(error?.code == .inconsistent)
            #expect(error?.place.file == path)
            #expect(stage.remote.state.withLock { $0.files[path] } == edited)
        }
    }

    @Test("concludes nothing about a region that does not answer")
    func silence() async throws {
        try await scene { stage, desired in
            stage.provider.set([regions[1]: .fails(.connection)])
            let result = try await stage.reconciler(desired).run(.init(fix: true))
            #expect(result.differences.isEmpty)
            #expect(result.unknown.keys.map(\.code) == [regions[1].code])
        }
    }

    @Test("a rebuilt ledger still holds what was rolled back")
    func rebuiltHold() async throws {
        try await onStage { stage in
            let desired = try wanted()
            _ = try await stage.run(desired, main: true).run()
            stage.pass(86_400)
            _ = try await stage.run(desired, version: 2, main: true).run()
            let layer = try #require(desired.layers.first?.name)
            _ = try await stage.lifecycle(desired).hold(layer, target: nil, buildNumber: nil)
            _ = try await stage.run(desired, version: 2, main: true).run()
            let before = try await stage.ledger.states(of: desired.items)
            #expect(before.contains { $0.hold != nil })

            let fresh = try await Stage(sharing: stage)
            defer { fresh.tearDown() }
            _ = try await fresh.reconciler(desired, main: true).rebuild()
            let after = try await fresh.ledger.states(of: desired.items)
            #expect(after.map(\.hold) == before.map(\.hold))
            #expect(after.map(\.releases) == before.map(\.releases))
            #expect(try await fresh.run(desired, version: 2, main: true).run().plan.isEmpty)
        }
    }

    @Test("rebuilds a lost ledger from the registry's files, equal in what was listed")
    func rebuild() async throws {
        try await onStage { stage in
            let desired = try wanted()
            _ = try await stage.run(desired, main: true).run()
            stage.pass(86_400)
            _ = try await stage.run(desired, version: 2, main: true).run()
            let before = try await stage.ledger.states(of: desired.items)

            let fresh = try await Stage(sharing: stage)
            defer { fresh.tearDown() }
            let found = try await fresh.reconciler(desired, main: true).rebuild()
            #expect(found.items == 4 && found.releases == 24)
            let after = try await fresh.ledger.states(of: desired.items)
            for (old, new) in zip(before, after) {
                #expect(new.builds == old.builds)
                #expect(new.releases == old.releases)
                #expect(new.releases.contains { $0.announced != nil })
            }
            let report = try await fresh.run(desired, version: 2, main: true).run()
            #expect(report.plan.isEmpty)
            #expect(report.commits.isEmpty)
        }
    }

    @Test("a ledger that does not know what the registry lists publishes nothing and writes nothing")
    func lostLedger() async throws {
        try await onStage { stage in
            let desired = try wanted()
            _ = try await stage.run(desired, main: true).run()
            let commits = stage.remote.state.withLock { $0.commits.count }
            let fresh = try await Stage(sharing: stage)
            defer { fresh.tearDown() }
            let error = await #expect(throws: StrataError.self) {
                _ = try await fresh.run(desired, main: true).run()
            }
            #expect(error?.code == .refused && error?.hint?.contains("reconcile --rebuild") == true)
            #expect(try await fresh.ledger.items(after: nil, limit: 10).isEmpty)
            #expect(stage.remote.state.withLock { $0.commits.count } == commits)
            _ = try await fresh.reconciler(desired, main: true).rebuild()
            #expect(try await fresh.run(desired, main: true).run().plan.isEmpty)
        }
    }

    @Test("an older copy of the ledger neither publishes nor yanks once the registry has moved on")
    func olderLedger() async throws {
        try await onStage { stage in
            let desired = try wanted(["requests"])
            _ = try await stage.run(desired, main: true).run()
            let older = try await Stage(sharing: stage)
            defer { older.tearDown() }
            _ = try await older.reconciler(desired, main: true).rebuild()
            _ = try await stage.run(desired, version: 2, main: true).run()
            let error = await #expect(throws: StrataError.self) {
                _ = try await older.run(desired, version: 3, main: true).run()
            }
            #expect(error?.code == .refused)
            let selection = Lifecycle.Selection(
                layer: try #require(LayerName("requests")), target: nil, buildNumber: 1)
            let yanked = await #expect(throws: StrataError.self) {
                _ = try await Lifecycle(older.context(desired, main: true)).yank(
                    selection, reason: "no", revoking: false)
            }
            #expect(yanked?.code == .refused)
        }
    }
}
