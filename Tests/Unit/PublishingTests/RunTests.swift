import Local
import Model
import Planning
import Publishing
import Synchronization
import Testing

@Suite("A run")
struct RunTests {
    @Test("publishes everything, lists it, and finds nothing to do the second time")
    func twice() async throws {
        try await onStage { stage in
            let desired = try wanted()
            let first = try await stage.run(desired).run()
            #expect(first.published.count == 12)
            #expect(first.status == .done)
            #expect(first.commits.map(\.branch) == ["main"])
            try await expectConsistent(stage, desired)

            stage.pass(3600)
            let second = try await stage.run(desired).run()
            #expect(!second.hasChanged)
            #expect(second.plan.actions.isEmpty)
            #expect(stage.remote.state.withLock { $0.commits.count } == 1)
        }
    }

    @Test("deprecates the former releases in the same unit that lists the new ones")
    func update() async throws {
        try await onStage { stage in
            let desired = try wanted(["requests"])
            _ = try await stage.run(desired).run()
            stage.pass(86_400)
            let report = try await stage.run(desired, version: 2).run()
            #expect(report.published.count == 6)
            #expect(report.deprecated == 6)
            let states = try await stage.ledger.states(of: desired.items)
            for state in states {
                let old = state.releases.filter { $0.buildNumber == 1 }
                #expect(old.allSatisfy { $0.status == .deprecated })
                #expect(old.allSatisfy { $0.expires == stage.clock.withLock { $0 } + desired.retention.expire })
            }
            try await expectConsistent(stage, desired)
        }
    }

    @Test(
        "leaves a failed region pending, publishes all others, and fills exactly it the next time",
        arguments: [StrataError.Code.connection, .timedOut, .unavailable, .throttled, .accessDenied])
    func failedRegion(code: StrataError.Code) async throws {
        try await onStage { stage in
            let desired = try wanted()
            stage.provider.set([regions[1]: .fails(code)])
            let first = try await stage.run(desired).run()
            #expect(first.status == .partly)
            #expect(first.published.count == 8)
            #expect(Set(first.pending.compactMap(\.region)) == [regions[1]])
            #expect(first.pending.count == 4)

            stage.provider.set([:])
            stage.pass(60)
            let second = try await stage.run(desired).run()
            #expect(second.status == .done)
            #expect(second.published.count == 4)
            #expect(Set(second.published.map(\.region)) == [regions[1]])
            try await expectConsistent(stage, desired)
            let states = try await stage.ledger.states(of: desired.items)
            #expect(states.allSatisfy { $0.notes.isEmpty && $0.openIntents.isEmpty })
        }
    }

    @Test("keeps telling since when a region is late, and makes no commit for what stays the same")
    func pendingSince() async throws {
        try await onStage { stage in
            let desired = try wanted(["requests"])
            stage.provider.set([regions[0]: .fails(.unavailable)])
            let began = stage.clock.withLock { $0 }
            _ = try await stage.run(desired).run()
            stage.pass(7200)
            let again = try await stage.run(desired).run()
            #expect(again.commits.isEmpty)
            let notes = try await stage.ledger.states(of: desired.items).compactMap { $0.notes[regions[0]] }
            #expect(notes.map(\.since) == [began, began])
        }
    }

    @Test("adopts a publication whose answer was lost instead of repeating it")
    func lostAnswer() async throws {
        try await onStage { stage in
            let desired = try wanted(["requests"], targets: ["python3.12"])
            stage.provider.set([regions[2]: .losesAnswer])
            let first = try await stage.run(desired).run()
            #expect(first.pending.count == 1)
            stage.provider.set([:])
            let second = try await stage.run(desired).run()
            #expect(second.adopted.count == 1)
            #expect(second.published.isEmpty)
            try await expectConsistent(stage, desired)
            let numbers = try await stage.ledger.states(of: desired.items).flatMap(\.releases).map(\.id.number)
            #expect(Set(numbers) == [1])
        }
    }

    @Test("repeats nothing in a region that cannot be asked what a former run did")
    func stillUnknown() async throws {
        try await onStage { stage in
            let desired = try wanted(["requests"], targets: ["python3.12"])
            stage.provider.set([regions[2]: .losesAnswer])
            _ = try await stage.run(desired).run()
            let calls = stage.provider.publishCalls.withLock { $0[regions[2]] }
            stage.provider.set([regions[2]: .fails(.connection)])
            let second = try await stage.run(desired).run()
            #expect(second.status == .partly)
            #expect(stage.provider.publishCalls.withLock { $0[regions[2]] } == calls)
            stage.provider.set([:])
            #expect(try await stage.run(desired).run().status == .done)
            try await expectConsistent(stage, desired)
        }
    }

    @Test("asks a region that stays silent once what a former run did, not once for each layer")
    func silentRegion() async throws {
        try await onStage { stage in
            let desired = try wanted((0..<20).map { "layer\($0)" }, targets: ["python3.12"])
            stage.provider.set([regions[1]: .deniesGrant()])
            var options = PublishingContext.Options()
            options.perRegion = 20
            _ = try await stage.run(desired, options: options).run()
            let open = try await stage.ledger.openIntents(after: nil, limit: 100).count
            try #require(open > 1)
            stage.provider.listCalls.withLock { $0 = [:] }
            stage.provider.set([regions[1]: .fails(.timedOut)])
            let second = try await stage.run(desired, options: options).run()
            #expect(stage.provider.listCalls.withLock { $0[regions[1]] } == 1)
            #expect(second.pending.count == 20)
            stage.provider.set([:])
            #expect(try await stage.run(desired).run().status == .done)
            try await expectConsistent(stage, desired)
        }
    }

    @Test(
        "finishes a publication whose permission could not be granted, and lists it only then",
        arguments: [StrataError.Code.unavailable, .accessDenied, .throttled])
    func grantFails(code: StrataError.Code) async throws {
        try await onStage { stage in
            let desired = try wanted(["requests"], targets: ["python3.12"])
            stage.provider.set([regions[0]: .deniesGrant(code)])
            _ = try await stage.run(desired).run()
            let listed = try await stage.ledger.states(of: desired.items).flatMap(\.releases)
            #expect(!listed.contains { $0.id.region == regions[0] })
            stage.provider.set([:])
            let second = try await stage.run(desired).run()
            #expect(second.adopted.count == 1)
            try await expectConsistent(stage, desired)
        }
    }

    @Test("quarantines wrong bytes: never granted, never listed, published again")
    func wrongBytes() async throws {
        try await onStage { stage in
            let desired = try wanted(["requests"])
            stage.provider.set([regions[0]: .corrupts])
            let first = try await stage.run(desired).run()
            #expect(first.pending.count == 2)
            let bad = try await stage.ledger.states(of: desired.items).flatMap(\.releases)
                .filter { $0.status == .quarantined }
            #expect(bad.count == 2)
            stage.provider.set([:])
            for release in bad { #expect(try await stage.provider.policy(of: release.id).isEmpty) }
            let second = try await stage.run(desired).run()
            #expect(second.published.map(\.number) == [2, 2])
            try await expectConsistent(stage, desired)
        }
    }

    @Test("pays a dead region's deadline once, not once for each layer")
    func breaker() async throws {
        try await onStage { stage in
            let desired = try wanted((0..<20).map { "layer\($0)" })
            stage.provider.set([regions[1]: .fails(.timedOut)])
            var options = PublishingContext.Options()
            options.perRegion = 2
            let report = try await stage.run(desired, options: options).run()
            #expect(report.pending.count == 40)
            #expect(report.published.count == 80)
            #expect(stage.provider.publishCalls.withLock { $0[regions[1], default: 0] } <= 4)
        }
    }

    @Test("publishes nothing for a build whose bytes are those of an existing one")
    func sameBytes() async throws {
        try await onStage { stage in
            let desired = try wanted(["requests"], regions: [regions[0]])
            _ = try await stage.run(desired).run()
            let states = try await stage.ledger.states(of: desired.items)
            // A build service that gives the first build's bytes for another lock.
            let bytes = Dictionary(uniqueKeysWithValues: states.map { ($0.item, $0.builds[0].artifact) })
            let resolve = stage.run(desired, version: 2).context.buildService.resolve
            let sameBytes = BuildService(resolve: resolve) { orders, done in
                for order in orders {
                    guard let artifact = bytes[order.item] ?? nil else { continue }
                    let built = BuiltLayer(
                        path: "/nonexistent", sha256: artifact.sha256, zipped: artifact.zipped,
                        unzipped: artifact.unzipped, packages: [])
                    await done(order, .success(built))
                }
            }
            let context = stage.context(desired, buildService: sameBytes)
            let report = try await Run(context).run()
            #expect(report.unchanged == 2)
            #expect(report.published.isEmpty)
            let third = try await Run(context).run()
            #expect(third.plan.isEmpty)
        }
    }

    @Test("one layer that cannot be built holds up nobody, is told by every run, and built again by none")
    func buildRefused() async throws {
        try await onStage { stage in
            let desired = try wanted()
            let tried = Mutex(0)
            let building: @Sendable (BuildOrder) throws -> Void = { order in
                guard order.item.layer.text == "numpy" else { return }
                tried.withLock { $0 += 1 }
                throw StrataError(.badWheel, "planted", hint: "mend it", place: order.item.place)
            }
            let report = try await stage.run(desired, building: building).run()
            #expect(report.published.count == 6)
            #expect(report.refused.count == 2 && report.failed.isEmpty)
            #expect(report.status == .done)
            stage.pass(86_400)
            let again = try await stage.run(desired, building: building).run()
            #expect(again.refused.map(\.reason) == ["planted; mend it", "planted; mend it"])
            #expect(again.status == .done && !again.hasChanged && again.plan.isEmpty)
            #expect(tried.withLock { $0 } == 2)
            // A new release may be sound.
            #expect(try await stage.run(desired, version: 2).run().published.count == 12)
            let states = try await stage.ledger.states(of: desired.items)
            #expect(states.allSatisfy { $0.resolution?.refusedBuilds == [] })
        }
    }

    @Test("another version of Strata tries what a former one refused, and forgets what it said")
    func refusedByAnother() async throws {
        try await onStage { stage in
            let desired = try wanted(["numpy"], targets: ["python3.12"])
            let item = try #require(desired.items.first)
            _ = try await stage.run(desired, building: { _ in throw StrataError(.unbuildable, "planted") }).run()
            let known = try #require(try await stage.ledger.states(of: [item]).first?.resolution)
            let refused = try #require(known.refusedBuilds.first)
            let lease = try await stage.ledger.acquire(
                "publish", holder: "test", now: stage.clock.withLock { $0 }, term: .seconds(60))
            let former = RefusedBuild(
                contents: refused.contents, reason: refused.reason, since: refused.since, strata: "0.0.1")
            try await stage.ledger.record([.resolved(item, known.refusing(former))], lease: lease)
            try await stage.ledger.release(lease)
            #expect(try await stage.run(desired).run().published.count == 3)
            let now = try #require(try await stage.ledger.states(of: [item]).first?.resolution)
            #expect(now.refusedBuilds.isEmpty && now.refusal == nil && now.since == known.since)
        }
    }

    @Test("a layer that cannot be prepared leaves nothing open, and is published by the next run")
    func prepareFails() async throws {
        try await onStage { stage in
            let desired = try wanted(["requests"])
            stage.provider.preparing.withLock { $0 = .unavailable }
            let report = try await stage.run(desired).run()
            #expect(report.status == .partly)
            #expect(report.pending.count == 6)
            #expect(try await stage.ledger.openIntents(after: nil, limit: 10).isEmpty)
            stage.provider.preparing.withLock { $0 = nil }
            #expect(try await stage.run(desired).run().published.count == 6)
            try await expectConsistent(stage, desired)
        }
    }

    @Test("forecasts each region's storage after the plan, and leaves out a region that does not answer")
    func forecast() async throws {
        try await onStage { stage in
            let desired = try wanted(["requests"], targets: ["python3.12"])
            _ = try await stage.run(desired).run()
            let later = stage.run(desired, version: 2)
            let (plan, locks) = try await later.rehearse()
            let forecasts = try await later.context.forecast(plan, locks: locks)
            #expect(forecasts.map(\.region) == regions)
            #expect(forecasts.allSatisfy { $0.used.bytes > 0 && $0.limit > $0.used && !$0.isOverLimit })
            stage.provider.set([regions[1]: .fails(.connection)])
            #expect(try await later.context.forecast(plan, locks: locks).map(\.region) == [regions[0], regions[2]])
        }
    }

    @Test("refuses a plan over its limits before anything happens")
    func overLimits() async throws {
        try await onStage { stage in
            let desired = try wanted(limits: PlanLimits(publish: 11, delete: 0))
            let error = await #expect(throws: StrataError.self) { try await stage.run(desired).run() }
            #expect(error?.code == .refused)
            #expect(try await stage.ledger.items(after: nil, limit: 10).isEmpty)
            #expect(stage.remote.state.withLock { $0.commits.isEmpty })
        }
    }

    @Test("makes its changes again when somebody else moved the branch")
    func movedBranch() async throws {
        try await onStage { stage in
            stage.remote.state.withLock { $0.answers = [.success(.moved(to: nil)), .success(.moved(to: nil))] }
            let report = try await stage.run(try wanted(["requests"])).run()
            #expect(report.commits.count == 1)
        }
    }

    @Test("leaves with a clear line while another run holds the lease")
    func leaseHeld() async throws {
        try await onStage { stage in
            let now = stage.clock.withLock { $0 }
            let lease = try await stage.ledger.acquire("publish", holder: "another", now: now, term: .seconds(600))
            let error = await #expect(throws: StrataError.self) { try await stage.run(try wanted()).run() }
            #expect(error?.code == .leaseHeld)
            try await stage.ledger.release(lease)
            #expect(try await stage.run(try wanted()).run().status == .done)
        }
    }

    /// Publishes one layer past a plan, under a lease that another run has taken meanwhile.
    /// - Parameter early: true if it was taken before the publication, false if right after it.
    @Test("that slept while another took its lease neither publishes nor grants", arguments: [true, false])
    func overtaken(early: Bool) async throws {
        try await onStage { stage in
            let now = stage.clock.withLock { $0 }
            let region = try #require(Region("eu-west-1"))
            let item = Item(try #require(LayerName("requests")), try #require(Target("python3.12")))
            let example = try await stage.publishByHand(as: "example", in: region, text: "x")
            let bytes = try #require(try await stage.provider.version(example))
            let name = ContentDigest.of(StoredZip.bytes(path: "python/x.txt", Array("x".utf8))).hex.prefix(8)
            let layer = try await stage.provider.prepare(
                LayerPackage(
                    path: "\(stage.folder)/by-hand-\(name).zip", sha256: bytes.sha256, size: bytes.size,
                    unzipped: bytes.size, description: "asleep", license: nil, target: item.target), for: [region])

            let lease = try await stage.ledger.acquire("publish", holder: "asleep", now: now, term: .seconds(600))
            let overtake: @Sendable () async throws -> Void = {
                _ = try await stage.ledger.acquire(
                    "publish", holder: "another", now: now + .seconds(600), term: .seconds(600))
            }
            if early { try await overtake() } else { stage.provider.afterPublish.withLock { $0 = overtake } }
            let intent = Intent(
                id: Intent.ID("00000000000000000000000000", region.code),
                work: .publish(item: item, buildNumber: 1, sha256: bytes.sha256, region: region, name: "late"),
                begun: now)
            let build = try stage.build(1, of: item, bytes.sha256, bytes.size)
            let state = ItemState(item: item, builds: [build], openIntents: [intent])
            let session = Session(stage.context(try wanted()), lease, Recorder { _ in }, sent: SentPublications())
            let error = await #expect(throws: StrataError.self) {
                _ = try await PublishStep(.prepared(layer), known: state).run(
                    .init(intent.id, of: item, isFresh: true), session)
            }
            #expect(error?.code == .leaseHeld)
            let published = try await stage.provider.versions(of: "late", in: region)
            #expect(published.count == (early ? 0 : 1))
            for version in published { #expect(try await stage.provider.policy(of: version.id).isEmpty) }
        }
    }

    @Test("limited to one layer, neither publishes nor withdraws another")
    func only() async throws {
        try await onStage { stage in
            let desired = try wanted()
            _ = try await stage.run(desired).run()
            var options = PublishingContext.Options()
            options.only = [try #require(LayerName("numpy"))]
            let report = try await stage.run(desired, version: 2, options: options).run()
            #expect(Set(report.published.map(\.item.layer.text)) == ["numpy"])
            #expect(report.plan.vanished.isEmpty)
        }
    }
}
