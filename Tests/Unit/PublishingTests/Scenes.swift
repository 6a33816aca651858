import Local
import Model
import Planning
import Publishing
import Testing

let regions = ["ap-southeast-2", "eu-west-1", "us-east-1"].compactMap(Region.init)

func wanted(
    _ layers: [String] = ["requests", "numpy"], targets: [String] = ["python3.12", "python3.13-arm64"],
    regions: [Region] = regions, limits: PlanLimits = .init()
) throws -> Desired {
    let targets = targets.compactMap(Target.init)
    return Desired(
        registry: RegistryDescription(name: "Test", url: "https://example.invalid"),
        layers: try layers.map { text in
            let requirement = try Requirement(parsing: text)
            return DesiredLayer(
                name: try #require(LayerName(for: requirement)), requires: [requirement], targets: targets)
        },
        regions: regions, limits: limits, naming: try NameTemplate(prefix: "acme"), visibility: .public)
}

/// Runs a test on a stage of its own, and removes it.
func onStage(_ body: (Stage) async throws -> Void) async throws {
    let stage = try await Stage()
    do {
        try await body(stage)
        stage.tearDown()
    } catch {
        stage.tearDown()
        throw error
    }
}

/// Every ARN that is listed exists, has the recorded bytes, and may be read by everybody; nothing is there besides.
func expectConsistent(_ stage: Stage, _ desired: Desired, sourceLocation: SourceLocation = #_sourceLocation)
    async throws
{
    for state in try await stage.ledger.states(of: desired.items) {
        for release in state.releases where release.status == .latest || release.status == .deprecated {
            let version = try #require(try await stage.provider.version(release.id), sourceLocation: sourceLocation)
            #expect(
                version.sha256 == state.build(release.buildNumber)?.artifact?.sha256, sourceLocation: sourceLocation)
            #expect(
                try await stage.provider.policy(of: release.id) == Visibility.public.grants,
                sourceLocation: sourceLocation)
        }
        for region in desired.regions {
            let name = desired.naming.name(for: state.item, version: "", buildNumber: 0)
            let there = try await stage.provider.versions(of: name, in: region).map(\.id)
            let recorded = state.releases.filter { $0.id.region == region && $0.status != .deleted }.map(\.id)
            #expect(Set(there) == Set(recorded), "no orphan, none lost", sourceLocation: sourceLocation)
        }
    }
}
