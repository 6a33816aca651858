import Local
import Model
import Planning
import Publishing
import Testing

private let day = 86_400

/// A name and a number mean another version in another account: what is recorded is only touched where it is.
@Suite("A release of another account")
struct OwnerTests {
    private let layer = LayerName("requests")

    private func wantedLayer(regions: [Region] = regions) throws -> Desired {
        try wanted(["requests"], targets: ["python3.12"], regions: regions)
    }

    private func releases(_ stage: Stage, _ desired: Desired) async throws -> [Release] {
        try await stage.ledger.states(of: desired.items).flatMap(\.releases)
    }

    /// What somebody has who is signed in to another account, in which the same names and numbers exist.
    private func elsewhere(
        _ stage: Stage, _ desired: Desired, corrupting region: Region? = nil
    ) -> PublishingContext {
        let provider = FaultyProvider(
            FolderProvider(root: stage.folder + "/lambda", rules: .init(account: "111122223333")))
        if let region { provider.set([region: .corrupts]) }
        var context = stage.context(desired)
        context.provider = provider
        return context
    }

    @Test("is never deleted: it is told as pending, and nothing is changed or left open")
    func deletion() async throws {
        try await onStage { stage in
            let desired = try wantedLayer()
            _ = try await stage.run(desired).run()
            _ = try await stage.run(desired, version: 2).run()
            stage.pass(366 * day)
            let due = try await stage.context(desired).pruning(limit: 10).delete
            #expect(due.count == 3)
            let report = try await Lifecycle(elsewhere(stage, desired)).prune(due)
            #expect(report.deleted.isEmpty)
            #expect(report.pending.compactMap(\.region) == regions)
            let words = "is account 000000000000's, and these credentials are for account 111122223333"
            #expect(report.pending.allSatisfy { $0.reason.contains(words) }, "\(report.pending)")
            for release in due { #expect(try await stage.provider.version(release.id) != nil) }
            #expect(try await stage.ledger.openIntents(after: nil, limit: 10).isEmpty)

            let own = try await stage.lifecycle(desired).prune(due)
            #expect(own.deleted.count == 3 && own.pending.isEmpty, "its own account's run deletes it")
        }
    }

    @Test("does not keep the region's others from being deleted")
    func others() async throws {
        try await onStage { stage in
            let desired = try wantedLayer(regions: [regions[0]])
            for version in 1...3 {
                _ = try await stage.run(desired, version: version).run()
                stage.pass(day)
            }
            stage.pass(400 * day)
            let first = try #require(try await releases(stage, desired).first { $0.buildNumber == 1 })
            let foreign = Release(
                id: .init(
                    account: "111122223333", region: first.id.region, name: first.id.name, number: first.id.number),
                item: first.item, buildNumber: first.buildNumber,
                arn: first.arn.replacing("000000000000", with: "111122223333"), status: first.status,
                published: first.published, expires: first.expires, announced: first.announced)
            let lease = try await stage.ledger.acquire(
                "publish", holder: "test", now: stage.clock.withLock { $0 }, term: .seconds(60))
            try await stage.ledger.record([.released(foreign)], lease: lease)
            try await stage.ledger.release(lease)

            let pruning = try await stage.context(desired).pruning(limit: 10)
            #expect(pruning.delete.map(\.buildNumber) == [1, 2])
            #expect(pruning.keep.map(\.release.id) == [foreign.id])
            #expect(pruning.keep.first?.reason.contains("it is in account 111122223333") == true)
            let report = try await stage.lifecycle(desired).prune(pruning.delete + [foreign])
            #expect(report.deleted.map(\.buildNumber) == [1, 2])
            #expect(report.pending.count == 1, "also when it is asked for")
            #expect(try await stage.lifecycle(desired).prune(pruning.delete).status == .done)
        }
    }

    @Test("keeps its permission: a yank that should take it back changes nothing")
    func revocation() async throws {
        try await onStage { stage in
            let desired = try wantedLayer()
            _ = try await stage.run(desired).run()
            let selection = Lifecycle.Selection(layer: try #require(layer), target: nil, buildNumber: 1)
            let lifecycle = Lifecycle(elsewhere(stage, desired))
            let error = await #expect(throws: StrataError.self) {
                try await lifecycle.yank(selection, reason: "leaks", revoking: true)
            }
            #expect(error?.code == .refused)
            for release in try await releases(stage, desired) {
                #expect(release.status == .latest && !release.isRevoked)
                #expect(try await stage.provider.policy(of: release.id) == Visibility.public.grants)
            }
            #expect(try await stage.ledger.openIntents(after: nil, limit: 10).isEmpty)
            #expect(try await lifecycle.yank(selection, reason: "leaks", revoking: false).1 == 3)
        }
    }

    @Test("is not compared: nothing is taken for missing or wrong, and nothing is repaired")
    func repairs() async throws {
        try await onStage { stage in
            let desired = try wantedLayer()
            _ = try await stage.run(desired).run()
            let ids = try await releases(stage, desired).map(\.id).sorted()
            try await stage.provider.revoke(statement: "strata-public", on: ids[0])
            try await stage.provider.delete(ids[1])
            let context = elsewhere(stage, desired, corrupting: ids[2].region)
            let result = try await Reconciler(context).run(.init(fix: true))
            #expect(result.differences.isEmpty && result.repaired.isEmpty)
            #expect(result.elsewhere == ["000000000000": 3])
            #expect(try await releases(stage, desired).allSatisfy { $0.status == .latest })
            #expect(try await stage.provider.policy(of: ids[0]).isEmpty)
            #expect(try await stage.provider.policy(of: ids[2]) == Visibility.public.grants)

            let own = try await stage.reconciler(desired).run(.init(fix: true))
            #expect(Set(own.repaired.map(\.kind)) == [.wrongPermission, .missingVersion] && own.left.isEmpty)
        }
    }
}

@Suite("A version with other bytes than are recorded")
struct OtherBytesTests {
    @Test("is not deleted, and the other regions' are")
    func deletion() async throws {
        try await onStage { stage in
            let desired = try wanted(["requests"], targets: ["python3.12"])
            _ = try await stage.run(desired).run()
            _ = try await stage.run(desired, version: 2).run()
            stage.pass(366 * day)
            let due = try await stage.context(desired).pruning(limit: 10).delete
            stage.provider.set([regions[0]: .corrupts])
            let report = try await stage.lifecycle(desired).prune(due)
            stage.provider.set([:])
            #expect(report.deleted.map(\.id.region) == Array(regions.dropFirst()))
            #expect(report.pending.compactMap(\.region) == [regions[0]])
            #expect(report.pending.first?.reason.hasSuffix("is recorded for it: it is not deleted") == true)
            let kept = try #require(due.first { $0.id.region == regions[0] })
            #expect(try await stage.provider.version(kept.id) != nil)
            #expect(try await stage.ledger.openIntents(after: nil, limit: 10).isEmpty)
        }
    }
}
