import Contracts
import Fleet
import Local
import Model
import Publishing

extension FleetContext {
    /// A fleet without a registry; what a test does not give fails when it is used.
    static func sample(
        _ ledger: any Ledger, _ provider: any LayerProvider, _ folder: String, now: Timestamp,
        layers: [DesiredLayer] = [], buildService: BuildService? = nil
    ) throws -> FleetContext {
        let desired = Desired(
            registry: RegistryDescription(name: "Test", url: "https://example.invalid"), layers: layers,
            regions: Samples.regions, naming: try NameTemplate(prefix: "t"))
        let unused = StrataError(.inconsistent, "nothing asks for it")
        let registry = RegistryWriter(
            remote: UnusedRemote(), branches: { throw unused })
        let environment = RunEnvironment(
            now: { now }, newPublication: PublicationID.next, report: { _ in }, holder: "test")
        return FleetContext(
            publishing: PublishingContext(
                desired: desired, ledger: ledger, provider: provider,
                buildService: buildService
                    ?? BuildService(resolve: { _, _ in throw unused }, build: { _, _ in throw unused }),
                registry: registry, environment: environment),
            blobs: FolderBlobs(root: "\(folder)/bucket"), bucket: "bucket", folder: "\(folder)/zips")
    }
}

/// A registry that no test asks.
private struct UnusedRemote: RegistryRemote {
    let deadline = Duration.seconds(60)

    func fetch(branches: [String]) async throws -> [String: any RegistrySnapshot] { throw unused }
    func commit(_ draft: RegistryDraft, on snapshot: any RegistrySnapshot) async throws -> RegistryCommit? {
        throw unused
    }
    func push(_ commit: RegistryCommit, expecting tip: String?) async throws -> PushOutcome { throw unused }

    private var unused: StrataError { StrataError(.inconsistent, "nothing asks for it") }
}
