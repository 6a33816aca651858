import Model
import Planning
import Testing

@Suite("Planning an item")
struct PlanTests {
    @Test("builds once and publishes everywhere when nothing exists")
    func firstPlan() throws {
        let desired = try Sample.desired()
        let plan = World().plan(desired, try Sample.locks(desired), now: Sample.now)
        #expect(plan.builds.count == 3)
        #expect(plan.publications.count == 12)
        #expect(plan.publications.allSatisfy { $0.reason == .first && $0.buildNumber == 1 && $0.replaces == nil })
        #expect(plan.publications.first?.name == "acme-p312-requests")
        #expect(plan.deprecations.isEmpty)
    }

    @Test("deprecates what a new version replaces, with the promised expiry")
    func update() throws {
        let desired = try Sample.desired()
        var world = World()
        let first = try Sample.locks(desired)
        try world.carryOut(world.plan(desired, first, now: Sample.now), locks: first, desired: desired, now: Sample.now)
        let later = Sample.now + .seconds(1000)
        let second = try Sample.locks(desired, version: 2)
        let plan = world.plan(desired, second, now: later)
        #expect(plan.publications.count == 12)
        #expect(plan.publications.allSatisfy { $0.reason == .update && $0.replaces == "1.0" && $0.buildNumber == 2 })
        #expect(plan.deprecations.count == 12)
        #expect(plan.deprecations.allSatisfy { $0.expires == later + desired.retention.expire })
    }

    @Test("gives no expiry to the releases of a pinned layer, whatever the registry's own policy")
    func pinnedLayer() throws {
        var desired = try Sample.desired()
        desired.layers[0].retention = RetentionPolicy(pin: true)
        var world = World()
        let first = try Sample.locks(desired)
        try world.carryOut(world.plan(desired, first, now: Sample.now), locks: first, desired: desired, now: Sample.now)
        let plan = world.plan(desired, try Sample.locks(desired, version: 2), now: Sample.now)
        #expect(!plan.deprecations.isEmpty && plan.deprecations.allSatisfy { $0.expires == nil })
    }

    @Test("waits with a change of dependencies only, then publishes it")
    func dependenciesOnly() throws {
        let week = Duration.seconds(7 * 86_400)
        let desired = try Sample.desired(
            targets: [Sample.targets[0]], updates: UpdatePolicy(dependenciesOnly: week))
        var world = World()
        let first = try Sample.locks(desired)
        try world.carryOut(world.plan(desired, first, now: Sample.now), locks: first, desired: desired, now: Sample.now)
        let changed = try Sample.locks(desired, dependency: 2)

        let early = world.plan(desired, changed, now: Sample.now + .seconds(86_400))
        #expect(early.isEmpty)
        #expect(early.waits.map(\.until) == [Sample.now + week])
        #expect(early.waits.map(\.subject) == ["dependency 1.0 → 2.0"])

        let due = world.plan(desired, changed, now: Sample.now + week)
        #expect(due.publications.count == 4)
        #expect(due.publications.allSatisfy { $0.reason == .dependencies })
    }

    @Test("does not make a region wait for its first release because only dependencies changed")
    func backfillWhileWaiting() throws {
        let updates = UpdatePolicy(dependenciesOnly: .seconds(7 * 86_400))
        let small = try Sample.desired(targets: [Sample.targets[0]], regions: [Sample.regions[0]], updates: updates)
        var world = World()
        let first = try Sample.locks(small)
        try world.carryOut(world.plan(small, first, now: Sample.now), locks: first, desired: small, now: Sample.now)
        let wide = try Sample.desired(targets: [Sample.targets[0]], updates: updates)
        let plan = world.plan(wide, try Sample.locks(wide, dependency: 2), now: Sample.now + .seconds(60))
        #expect(plan.publications.count == 3)
        #expect(plan.publications.allSatisfy { $0.reason == .backfill && $0.buildNumber == 1 })
        #expect(plan.builds.map(\.isNew) == [false])
    }

    @Test("publishes nothing for a new recipe alone")
    func newRecipe() throws {
        let desired = try Sample.desired(targets: [Sample.targets[0]], regions: [Sample.regions[0]])
        let item = try #require(desired.items.first)
        let lock = try Sample.lock(item)
        var world = World()
        let old = Build.Artifact(
            recipe: 0, sha256: .of("old"), zipped: ByteCount(1), unzipped: ByteCount(1), lock: lock, options: .init())
        try world.apply(
            .built(
                Build(
                    buildNumber: 1, item: item, version: "1.0", artifact: old, requirements: ["requests"], packages: [],
                    created: Sample.now)))
        let id = Release.ID(account: "111122223333", region: Sample.regions[0], name: "acme-p312-requests", number: 1)
        try world.apply(
            .released(Release(id: id, item: item, buildNumber: 1, arn: "arn", status: .latest, published: Sample.now)))
        #expect(world.plan(desired, [item: lock], now: Sample.now).actions.isEmpty)
    }

    @Test("takes a former build up again when the lock returns to it, without a new build")
    func returnsToFormerBuild() throws {
        let desired = try Sample.desired(targets: [Sample.targets[0]])
        var world = World()
        for (step, version) in [1, 2].enumerated() {
            let locks = try Sample.locks(desired, version: version)
            let now = Sample.now + .seconds(step)
            try world.carryOut(world.plan(desired, locks, now: now), locks: locks, desired: desired, now: now)
        }
        let plan = world.plan(desired, try Sample.locks(desired, version: 1), now: Sample.now + .seconds(5))
        #expect(plan.builds.map(\.buildNumber) == [1])
        #expect(plan.builds.map(\.isNew) == [false])
        #expect(plan.publications.allSatisfy { $0.buildNumber == 1 && $0.reason == .rollback })
    }

    @Test("keeps a region's releases when its requirement cannot be resolved any more, and still fills new regions")
    func refusedKeepsReleases() throws {
        let small = try Sample.desired(targets: [Sample.targets[0]], regions: [Sample.regions[0]])
        var world = World()
        let locks = try Sample.locks(small)
        try world.carryOut(world.plan(small, locks, now: Sample.now), locks: locks, desired: small, now: Sample.now)
        let wide = try Sample.desired(targets: [Sample.targets[0]])
        let item = try #require(wide.items.first)
        let plan = Plan(
            wide, outcomes: [item: .refused(reason: "gone")], states: Array(world.states.values), now: Sample.now)
        #expect(plan.refusals.map(\.reason) == ["gone"])
        #expect(plan.publications.count == 3)
        #expect(plan.deprecations.isEmpty)
    }

    @Test("does not build again what was refused, and fills new regions with what there is, until an input changes")
    func refusedBuild() throws {
        let small = try Sample.desired(targets: [Sample.targets[0]], regions: [Sample.regions[0]])
        let wide = try Sample.desired(targets: [Sample.targets[0]])
        let item = try #require(wide.items.first)
        var world = World()
        let locks = try Sample.locks(small)
        try world.carryOut(world.plan(small, locks, now: Sample.now), locks: locks, desired: small, now: Sample.now)
        let next = try Sample.locks(wide, version: 2)
        let contents = ContentsKey(try Sample.lock(item, version: 2), BuildOptions())
        func refuse(by strata: String) throws {
            let refused = RefusedBuild(contents: contents, reason: "too large", since: Sample.now, strata: strata)
            try world.apply(
                .resolved(
                    item,
                    Resolution(contents: contents, remarks: [], since: Sample.now, refusedBuilds: [refused])))
        }
        try refuse(by: strataVersion)
        let plan = world.plan(wide, next, now: Sample.now)
        #expect(plan.refusals == [RefuseAction(item: item, reason: "too large")])
        #expect(plan.builds.map(\.buildNumber) == [1] && plan.publications.count == 3)
        #expect(world.plan(small, next, now: Sample.now).isEmpty)
        // Other wheels, other options, another Strata: each gets a try.
        #expect(
            world.plan(small, try Sample.locks(small, version: 3), now: Sample.now).builds.map(\.buildNumber) == [2])
        var pruned = small
        pruned.layers = small.layers.map {
            DesiredLayer(
                name: $0.name, requires: $0.requires, targets: $0.targets, options: BuildOptions(prune: [.tests]))
        }
        #expect(world.plan(pruned, next, now: Sample.now).builds.map(\.buildNumber) == [2])
        try refuse(by: "0.0.1")
        #expect(world.plan(small, next, now: Sample.now).builds.map(\.buildNumber) == [2])
    }

    @Test("does not make a build again whose bytes were refused when they were needed again")
    func refusedAgain() throws {
        let small = try Sample.desired(targets: [Sample.targets[0]], regions: [Sample.regions[0]])
        let wide = try Sample.desired(targets: [Sample.targets[0]])
        let item = try #require(wide.items.first)
        var world = World()
        let locks = try Sample.locks(small)
        try world.carryOut(world.plan(small, locks, now: Sample.now), locks: locks, desired: small, now: Sample.now)
        let contents = ContentsKey(try Sample.lock(item), BuildOptions())
        let refused = RefusedBuild(contents: contents, reason: "hides enum", since: Sample.now)
        try world.apply(
            .resolved(
                item, Resolution(contents: contents, remarks: [], since: Sample.now, refusedBuilds: [refused])))
        let plan = world.plan(wide, locks, now: Sample.now)
        #expect(plan.isEmpty && plan.refusals.map(\.reason) == ["hides enum"])
        #expect(world.plan(small, locks, now: Sample.now).actions.isEmpty, "nobody needs the bytes")
    }

    @Test("tries a refused build once more where other checks are waived")
    func refusedUnderOtherChecks() throws {
        var desired = try Sample.desired(targets: [Sample.targets[0]], regions: [Sample.regions[0]])
        let item = try #require(desired.items.first)
        var world = World()
        let contents = ContentsKey(try Sample.lock(item), BuildOptions())
        let refused = RefusedBuild(contents: contents, reason: "lacks libGL", since: Sample.now)
        try world.apply(
            .resolved(
                item, Resolution(contents: contents, remarks: [], since: Sample.now, refusedBuilds: [refused])))
        let locks = try Sample.locks(desired)
        #expect(!world.plan(desired, locks, now: Sample.now).refusals.isEmpty)
        let waived = Checks(waive: [.missingLibrary: "ours"])
        for index in desired.layers.indices { desired.layers[index].checks = waived }
        #expect(world.plan(desired, locks, now: Sample.now).refusals.isEmpty)
        #expect(RefusedBuild(contents: contents, reason: "", since: Sample.now, checks: waived).holds(under: waived))
        #expect(!refused.holds(under: waived))
    }

    @Test("leaves a region that lacks the runtime alone for a week")
    func unavailableRegion() throws {
        let desired = try Sample.desired(targets: [Sample.targets[0]])
        let item = try #require(desired.items.first)
        let locks = try Sample.locks(desired)
        var world = World()
        let note = Note(kind: .unavailable, reason: "no python3.12 there", since: Sample.now)
        try world.apply(.noted(item, Sample.regions[1], note))
        #expect(world.plan(desired, locks, now: Sample.now + .seconds(86_400)).publications.count == 3)
        #expect(world.plan(desired, locks, now: Sample.now + unavailableRetry).publications.count == 4)
    }

    @Test("moves to a new naming while the old name's releases keep their promise")
    func renaming() throws {
        let before = try Sample.desired(targets: [Sample.targets[0]])
        var world = World()
        let locks = try Sample.locks(before)
        try world.carryOut(world.plan(before, locks, now: Sample.now), locks: locks, desired: before, now: Sample.now)
        let after = try Sample.desired(targets: [Sample.targets[0]], naming: "{prefix}-{py}-{layer}-{build}")
        let plan = world.plan(after, locks, now: Sample.now + .seconds(9))
        #expect(plan.publications.map(\.name) == Array(repeating: "acme-p312-requests-1", count: 4))
        #expect(plan.publications.allSatisfy { $0.reason == .rename })
        #expect(plan.deprecations.count == 4)
    }

    @Test("refuses a name that Lambda would refuse")
    func longName() throws {
        let long = String(repeating: "a", count: 60)
        let desired = try Sample.desired([long], targets: [Sample.targets[0]])
        let plan = World().plan(desired, try Sample.locks(desired), now: Sample.now)
        #expect(plan.isEmpty)
        #expect(plan.refusals.count == 1)
    }
}

@Suite("Imported releases")
struct ExternalReleaseTests {
    private func world(_ item: Item) throws -> World {
        var world = World()
        try world.apply(
            .built(
                Build(
                    buildNumber: 1, item: item, version: "0.9", artifact: nil, requirements: ["requests"], packages: [],
                    created: Sample.now)))
        let id = Release.ID(
            account: "111122223333", region: Sample.regions[0], name: "Klayers-p312-requests", number: 7)
        try world.apply(
            .released(
                Release(
                    id: id, item: item, buildNumber: 1, arn: "arn", isExternal: true, status: .latest,
                    published: Sample.now)
            ))
        return world
    }

    @Test("are not withdrawn because nobody asks for their layer")
    func unwanted() throws {
        let item = try #require(try Sample.desired(["requests"]).items.first)
        let plan = try world(item).plan(try Sample.desired(["numpy"]), [:], now: Sample.now)
        #expect(plan.deprecations.isEmpty && plan.vanished.isEmpty)
    }

    @Test("are replaced by our own where their layer is wanted")
    func wanted() throws {
        let desired = try Sample.desired(["requests"], targets: [Sample.targets[0]], regions: [Sample.regions[0]])
        let item = try #require(desired.items.first)
        let plan = try world(item).plan(desired, [item: try Sample.lock(item)], now: Sample.now)
        #expect(plan.publications.map(\.buildNumber) == [2])
        #expect(plan.publications.map(\.replaces) == ["0.9"])
        #expect(plan.deprecations.map(\.release.number) == [7])
    }
}

@Suite("Limits of a plan")
struct PlanLimitTests {
    @Test("refuses more publications than the limit until allowed")
    func overLimit() throws {
        let desired = try Sample.desired()
        let plan = World().plan(desired, try Sample.locks(desired), now: Sample.now)
        let limits = PlanLimits(publish: 11, delete: 0)
        let error = #expect(throws: StrataError.self) { try plan.check(limits, allowing: Allowances()) }
        #expect(error?.code == .refused)
        #expect(error?.message.contains("12 releases, more than the limit of 11") == true)
        try plan.check(limits, allowing: Allowances(overLimits: true))
        try plan.check(PlanLimits(publish: 12, delete: 0), allowing: Allowances())
    }

    @Test("refuses to withdraw vanished layers, targets and regions until allowed, naming each")
    func vanished() throws {
        let before = try Sample.desired(["requests", "numpy"])
        var world = World()
        let locks = try Sample.locks(before)
        try world.carryOut(world.plan(before, locks, now: Sample.now), locks: locks, desired: before, now: Sample.now)

        func vanished(_ desired: Desired) throws -> Plan {
            world.plan(desired, try Sample.locks(desired), now: Sample.now)
        }
        let layer = try vanished(try Sample.desired(["requests"]))
        #expect(layer.vanished.text == "layer numpy")
        #expect(layer.deprecations.count == 12)
        let target = try vanished(try Sample.desired(["requests", "numpy"], targets: Array(Sample.targets.prefix(2))))
        #expect(target.vanished.text == "target python3.13-arm64")
        let region = try vanished(
            try Sample.desired(["requests", "numpy"], regions: Array(Sample.regions.dropFirst())))
        #expect(region.vanished.text == "region us-east-1")

        #expect(throws: StrataError.self) { try region.check(PlanLimits(), allowing: Allowances(overLimits: true)) }
        try region.check(PlanLimits(), allowing: Allowances(vanished: true))
    }
}
