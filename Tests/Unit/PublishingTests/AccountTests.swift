import Local
import Model
import Planning
import Publishing
import Testing

/// Who publishes and who may read are desired state: a change is planned, refused until it is allowed, and carried out.
@Suite("Another account and another visibility")
struct AccountTests {
    private let other = "111122223333"

    private func wantedLayer(account: String? = "000000000000") throws -> Desired {
        var desired = try wanted(["requests"], targets: ["python3.12"])
        desired.accounts = account.map { [.aws: $0] } ?? [:]
        return desired
    }

    private func releases(_ stage: Stage, _ desired: Desired) async throws -> [Release] {
        try await stage.ledger.states(of: desired.items).flatMap(\.releases)
    }

    /// A run for the other account, whose layers are in the same folder.
    private func elsewhere(_ stage: Stage, _ allowances: Allowances = .init()) throws -> Run {
        var run = stage.run(try wantedLayer(account: other), options: .init(allowances: allowances))
        var context = run.context
        context.provider = FolderProvider(root: stage.folder + "/lambda", rules: .init(account: other))
        run = Run(context)
        return run
    }

    @Test("another account is shown and refused, and nothing is changed")
    func refused() async throws {
        try await onStage { stage in
            let desired = try wantedLayer()
            _ = try await stage.run(desired).run()
            let before = try await releases(stage, desired)
            let plan = try await elsewhere(stage).rehearse().plan
            #expect(plan.publications.map(\.reason) == [.account, .account, .account])
            #expect(plan.publications.map(\.leaves) == Array(repeating: "000000000000", count: 3))
            #expect(throws: StrataError.self) { try plan.checkPromises(allowing: .init()) }
            let error = await #expect(throws: StrataError.self) { _ = try await elsewhere(stage).run() }
            #expect(error?.code == .refused && error?.hint?.contains("--allow-account-change") == true)
            #expect(try await releases(stage, desired) == before)
            #expect(try await stage.ledger.openIntents(after: nil, limit: 10).isEmpty)
        }
    }

    @Test(
        "allowed, all is published there; what was the latest is deprecated and stays until its end, and for ever there"
    )
    func moved() async throws {
        try await onStage { stage in
            let desired = try wantedLayer()
            _ = try await stage.run(desired).run()
            let report = try await elsewhere(stage, .init(accountChange: true)).run()
            #expect(report.published.count == 3 && report.status == .done)
            let after = try await releases(stage, desired)
            #expect(after.filter { $0.status == .latest }.map(\.id.account) == [other, other, other])
            let left = after.filter { $0.id.account == "000000000000" }
            #expect(left.allSatisfy { $0.status == .deprecated && $0.expires != nil } && left.count == 3)
            #expect(try await elsewhere(stage).run().plan.isEmpty)
            for release in left { #expect(try await stage.provider.version(release.id) != nil) }

            stage.pass(400 * 86_400)
            let pruning = try await elsewhere(stage).context.pruning(limit: 10)
            #expect(pruning.delete.isEmpty && pruning.keep.map(\.release) == left)
            #expect(try await Lifecycle(elsewhere(stage).context).prune(pruning.delete).status == .done)
        }
    }

    @Test("what a run that died began in another account is not forgotten")
    func begun() async throws {
        try await onStage { stage in
            let desired = try wantedLayer()
            stage.provider.set([regions[1]: .fails(.timedOut)])
            _ = try await stage.run(desired).run()
            stage.provider.set([:])
            #expect(try await stage.ledger.openIntents(after: nil, limit: 10).map(\.account) == ["000000000000"])
            let error = await #expect(throws: StrataError.self) { _ = try await elsewhere(stage).run() }
            #expect(error?.message.contains("a run that died began to change account 000000000000") == true)
            #expect(try await stage.ledger.openIntents(after: nil, limit: 10).count == 1)
            _ = try await elsewhere(stage, .init(accountChange: true)).run()
            #expect(try await stage.ledger.openIntents(after: nil, limit: 10).isEmpty)
        }
    }

    @Test("less visibility is shown by release, counted, and refused until it is allowed")
    func lost() async throws {
        try await onStage { stage in
            let desired = try wantedLayer()
            _ = try await stage.run(desired).run()
            var closed = desired
            closed.visibility = .private
            let plan = try await stage.run(closed).rehearse().plan
            #expect(plan.permits.map(\.release.region) == regions && plan.permits.allSatisfy(\.takesAway))
            let error = await #expect(throws: StrataError.self) { _ = try await stage.run(closed).run() }
            #expect(error?.hint?.contains("--allow-revocations") == true)
            closed.limits.delete = 2
            let allowed = PublishingContext.Options(allowances: .init(revocations: true))
            let over = await #expect(throws: StrataError.self) {
                _ = try await stage.run(closed, options: allowed).run()
            }
            #expect(over?.hint?.contains("limits.delete") == true)
            // Reconciling does not take it away either: the ledger knows what was given.
            #expect(try await stage.reconciler(closed).run(.init(fix: true)).differences.isEmpty)
            for release in try await releases(stage, desired) {
                #expect(try await stage.provider.policy(of: release.id) == Visibility.public.grants)
            }
            closed.limits.delete = 3
            let report = try await stage.run(closed, options: allowed).run()
            #expect(report.permitted.count == 3 && report.status == .done)
            for release in try await releases(stage, desired) {
                #expect(try await stage.provider.policy(of: release.id).isEmpty)
                #expect(release.audience == Audience(.private) && release.status == .latest && !release.isRevoked)
            }
            #expect(try await stage.run(closed).run().plan.isEmpty)
            #expect(try await stage.reconciler(closed).run(.init()).differences.isEmpty)
        }
    }

    @Test("more visibility needs no option; a run that has nothing to change asks for no policy")
    func more() async throws {
        try await onStage { stage in
            var desired = try wantedLayer()
            desired.visibility = .accounts([other])
            _ = try await stage.run(desired).run()
            desired.visibility = .accounts([other, "444455556666"])
            #expect(try await stage.run(desired).run().permitted.count == 3)
            desired.visibility = .public
            #expect(try await stage.run(desired).run().permitted.count == 3)
            for release in try await releases(stage, desired) {
                #expect(try await stage.provider.policy(of: release.id) == Visibility.public.grants)
            }
            let asked = stage.provider.policyCalls
            #expect(try await stage.run(desired).run().hasChanged == false)
            #expect(stage.provider.policyCalls == asked)
        }
    }

    @Test("a change that died is finished; a region that fails is told and keeps the rest for the next run")
    func died() async throws {
        try await onStage { stage in
            var desired = try wantedLayer()
            _ = try await stage.run(desired).run()
            desired.visibility = .organization("o-a1b2c3d4e5")
            let allowed = PublishingContext.Options(allowances: .init(revocations: true))
            stage.provider.set([regions[1]: .fails(.connection)])
            let report = try await stage.run(desired, options: allowed).run()
            #expect(report.permitted.count == 2 && report.pending.compactMap(\.region) == [regions[1]])
            #expect(report.status == .partly)
            stage.provider.set([:])
            let again = try await stage.run(desired, options: allowed).run()
            #expect(again.permitted.map(\.release.region) == [regions[1]] && again.status == .done)
            #expect(try await stage.ledger.openIntents(after: nil, limit: 10).isEmpty)
            #expect(try await releases(stage, desired).allSatisfy { $0.audience == Audience(desired.visibility) })
        }
    }

    @Test("what is taken over keeps the permission that it has, which the next plan shows as one to take back")
    func wider() async throws {
        try await onStage { stage in
            var desired = try wantedLayer()
            desired.visibility = .accounts([other, "444455556666"])
            _ = try await stage.run(desired).run()
            let next = try await Stage(sharing: stage)
            defer { next.tearDown() }
            next.remote.state.withLock { ($0.tip, $0.files) = (nil, [:]) }
            desired.visibility = .accounts([other])
            #expect(try await next.run(desired).run().adopted.count == 3)
            let told = next.events.withLock { events in
                events.filter {
                    if case .warning(let text) = $0 { text.contains("more than 'visibility'") } else { false }
                }
            }
            #expect(told.count == 3)
            #expect(try await next.reconciler(desired).run(.init()).differences.isEmpty)
            let plan = try await next.run(desired).rehearse().plan
            #expect(plan.permits.count == 3 && plan.permits.allSatisfy(\.takesAway))
            let error = await #expect(throws: StrataError.self) { _ = try await next.run(desired).run() }
            #expect(error?.hint?.contains("--allow-revocations") == true)
            let allowed = PublishingContext.Options(allowances: .init(revocations: true))
            #expect(try await next.run(desired, options: allowed).run().permitted.count == 3)
            for release in try await releases(next, desired) {
                #expect(try await stage.provider.policy(of: release.id) == desired.visibility.grants)
            }
            #expect(try await next.run(desired).run().plan.isEmpty)
        }
    }

    @Test(
        "a ledger made from the registry's files sees other accounts and another organisation, and never who they were",
        arguments: [
            (Visibility.accounts(["111122223333"]), Visibility.accounts(["444455556666"])),
            (.accounts(["111122223333"]), .accounts(["111122223333", "444455556666"])),
            (.organization("o-a1b2c3d4e5"), .organization("o-a1b2c3d4e6")),
        ])
    func filled(before: Visibility, after: Visibility) async throws {
        try await onStage { stage in
            var desired = try wantedLayer()
            desired.visibility = before
            _ = try await stage.run(desired, main: true).run()
            let files = stage.remote.state.withLock { $0.files }
            let text = files.values.map { String(decoding: $0, as: UTF8.self) }.joined()
            #expect(Audience(before).ids.allSatisfy { !text.contains($0) })
            let other = try await Stage(beside: stage, desired)
            defer { other.tearDown() }
            #expect(try await other.run(desired, main: true).run().hasChanged == false)
            #expect(try await other.reconciler(desired, main: true).run(.init()).differences.isEmpty)
            desired.visibility = after
            #expect(try await other.reconciler(desired, main: true).run(.init()).differences.isEmpty)
            let plan = try await other.run(desired, main: true).rehearse().plan
            #expect(plan.permits.count == 3 && plan.revocations.count == 3)
            let allowed = PublishingContext.Options(allowances: .init(revocations: true))
            #expect(try await other.run(desired, main: true, options: allowed).run().permitted.count == 3)
            for release in try await releases(other, desired) {
                #expect(Set(try await stage.provider.policy(of: release.id)) == Set(after.grants))
            }
            #expect(try await other.run(desired, main: true).run().plan.isEmpty)
        }
    }

    @Test("a ledger that does not know what was given takes nothing away by repairing")
    func unknown() async throws {
        try await onStage { stage in
            let desired = try wantedLayer()
            _ = try await stage.run(desired).run()
            var closed = desired
            closed.visibility = .private
            let lease = try await stage.ledger.acquire(
                "publish", holder: "test", now: stage.clock.withLock { $0 }, term: .seconds(60))
            try await stage.ledger.record(
                try await releases(stage, desired).map { release in
                    var unknown = release
                    unknown.audience = nil
                    return .released(unknown)
                }, lease: lease)
            try await stage.ledger.setCheckpoint("audience", nil, lease: lease)
            try await stage.ledger.release(lease)
            let result = try await stage.reconciler(closed).run(.init(fix: true))
            #expect(result.differences.map(\.kind) == [.wrongPermission, .wrongPermission, .wrongPermission])
            #expect(result.repaired.isEmpty && result.left.allSatisfy { $0.reason.contains("--allow-revocations") })
            let meant = try await stage.reconciler(closed).run(.init(fix: true, revokes: true))
            #expect(meant.repaired.count == 3)
        }
    }
}
