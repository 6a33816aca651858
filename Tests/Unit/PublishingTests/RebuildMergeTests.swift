import Model
import Publishing
import Testing

/// What a ledger decided and could not push is not undone by what the registry shows.
@Suite("A ledger that takes from the registry what it lacks") struct RebuildMergeTests {
    @Test("keeps its yanks and revocations, which the registry does not show yet")
    func yanked() async throws {
        try await onStage { stage in
            let desired = try wanted(["requests"], targets: ["python3.12"])
            for version in 1...2 { _ = try await stage.run(desired, version: version, main: true).run() }
            let other = try await Stage(sharing: stage)
            defer { other.tearDown() }
            _ = try await other.reconciler(desired, main: true).rebuild()

            let layer = try #require(LayerName("requests"))
            stage.remote.state.withLock { $0.answers = [.failure(StrataError(.refused, "planted"))] }
            _ = try? await Lifecycle(stage.context(desired, main: true)).yank(
                .init(layer: layer, target: nil, buildNumber: 1), reason: "a leak", revoking: true)
            stage.remote.state.withLock { $0.answers = [] }
            _ = try await other.run(desired, version: 3, main: true).run()

            _ = try await stage.reconciler(desired, main: true).rebuild()
            let state = try #require(try await stage.ledger.states(of: desired.items).first)
            let yanked = state.releases.filter { $0.buildNumber == 1 }
            #expect(!yanked.isEmpty && yanked.allSatisfy { $0.status == .yanked && $0.isRevoked })
            #expect(state.releases.contains { $0.buildNumber == 3 && $0.status == .latest })
        }
    }

    @Test("reads sharded folders, and the registry keeps them when the configuration says nothing of them any more")
    func sharded() async throws {
        try await onStage { stage in
            let desired = try wanted()
            stage.folders.withLock { $0 = .sharded }
            _ = try await stage.run(desired, main: true).run()
            let other = try await Stage(sharing: stage)
            defer { other.tearDown() }
            let told = try await other.reconciler(desired, main: true).rebuild()
            #expect(told.items == desired.items.count)
            #expect(told.releases == desired.items.count * desired.regions.count)
            let rebuilt = try await other.ledger.states(of: desired.items)
            #expect(rebuilt.map(\.builds) == (try await stage.ledger.states(of: desired.items)).map(\.builds))
            // It belongs there now, and writes on where the layers are.
            let next = try await other.run(desired, version: 2, main: true).run()
            #expect(next.published.count == told.releases)
            let files = stage.remote.state.withLock { $0.files }
            #expect(files["layers/ec/requests/python3.12/2.json"] != nil)
            #expect(files["layers/requests/releases.json"] == nil)
            let file = try #require(files["registry.json"].map { String(decoding: $0, as: UTF8.self) })
            #expect(file.contains(#""folders": "sharded""#) && file.contains(#""revision""#))
            // A ledger that knows nothing of what is listed is refused, as with flat folders.
            let empty = try await Stage(sharing: stage)
            defer { empty.tearDown() }
            let error = await #expect(throws: StrataError.self) { try await empty.run(desired, main: true).run() }
            #expect(error?.code == .refused)
        }
    }

    @Test("is told when both have built under one number")
    func clash() async throws {
        try await onStage { stage in
            let desired = try wanted(["requests"], targets: ["python3.12"])
            _ = try await stage.run(desired, main: true).run()
            let other = try await Stage(sharing: stage)
            defer { other.tearDown() }
            _ = try await other.reconciler(desired, main: true).rebuild()
            stage.remote.state.withLock { $0.answers = [.failure(StrataError(.refused, "planted"))] }
            _ = try? await stage.run(desired, version: 2, main: true).run()
            stage.remote.state.withLock { $0.answers = [] }
            other.pass(60)
            _ = try await other.run(desired, version: 3, main: true).run()
            let error = await #expect(throws: StrataError.self) {
                _ = try await stage.reconciler(desired, main: true).rebuild()
            }
            #expect(error?.code == .conflict && error?.hint?.contains("--fix") == true)
        }
    }
}
