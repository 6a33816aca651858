import Model
import Planning
import Publishing
import Testing

private let day = 86_400

@Suite("What happens to releases after they were published")
struct LifecycleTests {
    private let layer = LayerName("requests")

    private func wantedLayer(regions: [Region] = regions) throws -> Desired {
        try wanted(["requests"], targets: ["python3.12"], regions: regions)
    }

    private func releases(_ stage: Stage, _ desired: Desired) async throws -> [Release] {
        try await stage.ledger.states(of: desired.items).flatMap(\.releases)
    }

    @Test("yanking is metadata: the reason is recorded, bytes and permission stay")
    func yank() async throws {
        try await onStage { stage in
            let desired = try wantedLayer()
            _ = try await stage.run(desired).run()
            let selection = Lifecycle.Selection(layer: try #require(layer), target: nil, buildNumber: 1)
            let (report, count) = try await stage.lifecycle(desired).yank(selection, reason: "leaks", revoking: false)
            #expect(count == 3)
            #expect(report.commits.count == 1)
            for release in try await releases(stage, desired) {
                #expect(release.status == .yanked && release.reason == "leaks" && !release.isRevoked)
                #expect(release.announced != nil)
                #expect(try await stage.provider.policy(of: release.id) == Visibility.public.grants)
            }
        }
    }

    @Test("a yanked build is not published again, however often the index gives it")
    func yankedStaysYanked() async throws {
        try await onStage { stage in
            let desired = try wantedLayer()
            _ = try await stage.run(desired).run()
            let selection = Lifecycle.Selection(layer: try #require(layer), target: nil, buildNumber: 1)
            _ = try await stage.lifecycle(desired).yank(selection, reason: "leaks", revoking: false)
            let again = try await stage.run(desired).run()
            #expect(again.published.isEmpty)
            #expect(again.refused.first?.reason.contains("yanked (leaks)") == true)
            let next = try await stage.run(desired, version: 2).run()
            #expect(next.published.count == 3)
        }
    }

    @Test("revoking takes the permission back and says so")
    func revoke() async throws {
        try await onStage { stage in
            let desired = try wantedLayer()
            _ = try await stage.run(desired).run()
            let selection = Lifecycle.Selection(layer: try #require(layer), target: nil, buildNumber: 1)
            _ = try await stage.lifecycle(desired).yank(selection, reason: "leaks", revoking: true)
            for release in try await releases(stage, desired) {
                #expect(release.isRevoked)
                #expect(try await stage.provider.policy(of: release.id).isEmpty)
            }
            #expect(try await stage.ledger.openIntents(after: nil, limit: 10).isEmpty)
        }
    }

    @Test("a rollback publishes the former build's bytes under a new number, until the index moves on")
    func rollback() async throws {
        try await onStage { stage in
            let desired = try wantedLayer()
            _ = try await stage.run(desired).run()
            stage.pass(day)
            _ = try await stage.run(desired, version: 2).run()
            stage.pass(day)
            let held = try await stage.lifecycle(desired).hold(try #require(layer), target: nil, buildNumber: nil)
            #expect(held.map(\.to.buildNumber) == [1])
            let report = try await stage.run(desired, version: 2).run()
            #expect(report.published.map(\.number) == [3, 3, 3])
            #expect(report.published.allSatisfy { $0.buildNumber == 1 })
            try await expectConsistent(stage, desired)

            let still = try await stage.run(desired, version: 2).run()
            #expect(still.plan.isEmpty)
            let newer = try await stage.run(desired, version: 3).run()
            #expect(newer.published.allSatisfy { $0.buildNumber == 3 && $0.number == 4 })
            try await expectConsistent(stage, desired)
        }
    }

    @Test("nothing is deleted before its end was published for the promised time")
    func promise() async throws {
        try await onStage { stage in
            let desired = try wantedLayer()
            _ = try await stage.run(desired).run()
            stage.pass(day)
            _ = try await stage.run(desired, version: 2).run()
            let lifecycle = stage.lifecycle(desired)
            #expect(try await stage.context(desired).pruning(limit: 10).delete.isEmpty)
            stage.pass(364 * day)
            #expect(try await stage.context(desired).pruning(limit: 10).delete.isEmpty)
            stage.pass(day)
            let due = try await stage.context(desired).pruning(limit: 10)
            #expect(due.delete.map(\.buildNumber) == [1, 1, 1])

            let report = try await lifecycle.prune(due.delete)
            #expect(report.deleted.count == 3)
            #expect(report.commits.count == 1)
            for release in report.deleted { #expect(try await stage.provider.version(release.id) == nil) }
            let kept = try await releases(stage, desired).filter { $0.buildNumber == 1 }
            #expect(kept.count == 3)
            #expect(kept.allSatisfy { $0.status == .deleted })
        }
    }

    @Test("what is pinned after it was chosen is not deleted")
    func pinnedMeanwhile() async throws {
        try await onStage { stage in
            let desired = try wantedLayer()
            _ = try await stage.run(desired).run()
            _ = try await stage.run(desired, version: 2).run()
            stage.pass(366 * day)
            let lifecycle = stage.lifecycle(desired)
            let due = try await stage.context(desired).pruning(limit: 10)
            #expect(due.delete.count == 3)
            let selection = Lifecycle.Selection(layer: try #require(layer), target: nil, buildNumber: 1)
            #expect(try await lifecycle.pin(selection, pinned: true).1 == 3)
            #expect(try await lifecycle.prune(due.delete).deleted.isEmpty)
            for release in due.delete { #expect(try await stage.provider.version(release.id) != nil) }
        }
    }

    @Test("what was never announced is kept, and says why")
    func unannounced() async throws {
        try await onStage { stage in
            let desired = try wantedLayer(regions: [regions[0]])
            _ = try await stage.run(desired).run()
            _ = try await stage.run(desired, version: 2).run()
            let lease = try await stage.ledger.acquire(
                "publish", holder: "test", now: stage.clock.withLock { $0 }, term: .seconds(60))
            var old = try #require(try await releases(stage, desired).first { $0.status == .deprecated })
            old.announced = nil
            try await stage.ledger.record([.released(old)], lease: lease)
            try await stage.ledger.release(lease)
            stage.pass(800 * day)
            let pruning = try await stage.context(desired).pruning(limit: 10)
            #expect(pruning.delete.isEmpty)
            #expect(pruning.keep.map(\.reason) == ["its end has not been published yet: 'strata publish' does that"])
        }
    }

    @Test("the newest releases are kept whatever their age, and a run deletes no more than its limit")
    func keepAndLimit() async throws {
        try await onStage { stage in
            var desired = try wantedLayer(regions: [regions[0]])
            for version in 1...5 {
                _ = try await stage.run(desired, version: version).run()
                stage.pass(day)
            }
            stage.pass(400 * day)
            desired.retention.keep = 3
            let kept = try await stage.context(desired).pruning(limit: 10)
            #expect(kept.delete.map(\.buildNumber) == [1, 2])
            desired.retention.keep = 1
            let limited = try await stage.context(desired).pruning(limit: 1)
            #expect(limited.delete.map(\.buildNumber) == [1])
            #expect(limited.keep.count == 3)
        }
    }

    @Test("releases that are kept do not hide those that are due, however many they are")
    func manyKept() async throws {
        try await onStage { stage in
            let desired = try wantedLayer(regions: [regions[0]])
            _ = try await stage.run(desired).run()
            _ = try await stage.run(desired, version: 2).run()
            let now = stage.clock.withLock { $0 }
            let target = try #require(Target("python3.12"))
            let events = try (0...1000).flatMap { number -> [Event] in
                let item = Item(try #require(LayerName("old\(number)")), target)
                let kept = Release(
                    id: Release.ID(account: "000000000000", region: regions[0], name: "old\(number)", number: 1),
                    item: item, buildNumber: 1,
                    arn: "arn:\(number)", status: .deprecated, published: now, expires: now)
                return [.built(try stage.build(1, of: item, .of("\(number)"), ByteCount(1))), .released(kept)]
            }
            let lease = try await stage.ledger.acquire("publish", holder: "test", now: now, term: .seconds(600))
            for unit in LedgerUnit.units(of: events) { try await stage.ledger.record(unit, lease: lease) }
            try await stage.ledger.release(lease)
            stage.pass(800 * day)
            let due = try await stage.context(desired).pruning(limit: 10)
            #expect(Set(due.delete.map(\.item)) == Set(desired.items))
            #expect(due.keep.count >= 1001)
        }
    }

    @Test("a pinned release never expires; unpinned, the promise begins anew")
    func pin() async throws {
        try await onStage { stage in
            let desired = try wantedLayer(regions: [regions[0]])
            _ = try await stage.run(desired).run()
            _ = try await stage.run(desired, version: 2).run()
            let selection = Lifecycle.Selection(layer: try #require(layer), target: nil, buildNumber: 1)
            _ = try await stage.lifecycle(desired).pin(selection, pinned: true)
            stage.pass(1000 * day)
            #expect(try await stage.context(desired).pruning(limit: 10).delete.isEmpty)
            _ = try await stage.lifecycle(desired).pin(selection, pinned: false)
            stage.pass(364 * day)
            #expect(try await stage.context(desired).pruning(limit: 10).delete.isEmpty)
            stage.pass(2 * day)
            #expect(try await stage.context(desired).pruning(limit: 10).delete.count == 1)
        }
    }

    @Test("a pinned latest is deprecated without an expiry when it is replaced")
    func pinnedLatest() async throws {
        try await onStage { stage in
            let desired = try wantedLayer(regions: [regions[0]])
            _ = try await stage.run(desired).run()
            let selection = Lifecycle.Selection(layer: try #require(layer), target: nil, buildNumber: 1)
            _ = try await stage.lifecycle(desired).pin(selection, pinned: true)
            _ = try await stage.run(desired, version: 2).run()
            let old = try #require(try await releases(stage, desired).first { $0.buildNumber == 1 })
            #expect(old.status == .deprecated && old.expires == nil && old.isPinned)
        }
    }

    @Test("retiring refuses what is still wanted, and never shortens a promise")
    func retire() async throws {
        try await onStage { stage in
            let desired = try wantedLayer()
            _ = try await stage.run(desired).run()
            let now = stage.clock.withLock { $0 }
            let date = now + .seconds(500 * day)
            let error = await #expect(throws: StrataError.self) {
                try await stage.lifecycle(desired).retire(target: nil, region: regions[0], expires: date)
            }
            #expect(error?.code == .configuration)
            let smaller = try wantedLayer(regions: Array(regions.dropFirst()))
            let (_, count) = try await stage.lifecycle(smaller).retire(target: nil, region: regions[0], expires: date)
            #expect(count == 1)
            _ = try await stage.lifecycle(smaller).retire(target: nil, region: regions[0], expires: now)
            let gone = try #require(try await releases(stage, desired).first { $0.id.region == regions[0] })
            #expect(gone.status == .deprecated && gone.expires == date)
        }
    }

    @Test("a deletion whose answer was lost is settled by looking at the world")
    func lostDeletion() async throws {
        try await onStage { stage in
            let desired = try wantedLayer(regions: [regions[0]])
            _ = try await stage.run(desired).run()
            let release = try #require(try await releases(stage, desired).first)
            let now = stage.clock.withLock { $0 }
            let lease = try await stage.ledger.acquire("publish", holder: "dead", now: now, term: .seconds(1))
            let intent = Intent(
                id: Intent.ID("00000000000000000000000XYZ", "x"),
                work: .delete(item: release.item, release: release.id), begun: now)
            try await stage.ledger.begin([intent], lease: lease)
            try await stage.provider.delete(release.id)
            stage.pass(60)
            _ = try await stage.run(desired, version: 2).run()
            let settled = try #require(try await releases(stage, desired).first { $0.id == release.id })
            #expect(settled.status == .deleted)
        }
    }
}

@Suite("Explaining")
struct ExplanationTests {
    @Test("tells the chain from requirement to each region, and what comes next")
    func chain() async throws {
        try await onStage { stage in
            let desired = try wanted(["requests"], targets: ["python3.12"])
            stage.provider.set([regions[1]: .fails(.unavailable)])
            _ = try await stage.run(desired).run()
            let state = try #require(try await stage.ledger.states(of: desired.items).first)
            let plan = try await stage.run(desired).rehearse().plan
            let lines = Explanation(state, wanted: desired.layers.first, regions: desired.regions, plan: plan.actions)
                .lines
            #expect(lines.first == "asked for: requests")
            #expect(lines.contains { $0.hasPrefix("resolved to the contents of build 1") })
            #expect(lines.contains { $0.hasPrefix("build 1: 1.0") && $0.contains("latest in 2") })
            #expect(lines.contains { $0.hasPrefix("eu-west-1: no latest; pending since") && $0.contains("planted") })
        }
    }
}
