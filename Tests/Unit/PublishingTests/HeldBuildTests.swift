import Model
import Planning
import Publishing
import Testing

@Suite("A build that a rollback holds") struct HeldBuildTests {
    @Test("is not published again once it is yanked")
    func yanked() async throws {
        try await onStage { stage in
            let (desired, layer) = try await twoBuilds(stage)
            let lifecycle = stage.lifecycle(desired)
            _ = try await lifecycle.hold(layer, target: nil, buildNumber: nil)
            _ = try await lifecycle.yank(
                .init(layer: layer, target: nil, buildNumber: 1), reason: "worse", revoking: false)
            _ = try await stage.run(desired, version: 2).run()
            let state = try #require(try await stage.ledger.states(of: desired.items).first)
            #expect(state.latestBuild?.buildNumber == 2)
        }
    }

    @Test("is wanted no more when the run that should publish it was refused")
    func refused() async throws {
        try await onStage { stage in
            let (desired, layer) = try await twoBuilds(stage)
            let lifecycle = stage.lifecycle(desired)
            let held = try await lifecycle.hold(layer, target: nil, buildNumber: nil)
            #expect(try await stage.run(desired, version: 2).rehearse().plan.isEmpty == false)
            try await lifecycle.takeBack(held)
            #expect(try await stage.run(desired, version: 2).rehearse().plan.isEmpty)
        }
    }

    private func twoBuilds(_ stage: Stage) async throws -> (Desired, LayerName) {
        let desired = try wanted(["requests"], targets: ["python3.12"])
        for version in 1...2 { _ = try await stage.run(desired, version: version).run() }
        return (desired, try #require(LayerName("requests")))
    }
}
