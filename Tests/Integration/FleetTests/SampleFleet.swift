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
            remote: RegistryRemote(
                tips: { _ in throw unused }, files: { _, _ in throw unused }, push: { _ in throw unused }),
            branches: { throw unused })
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
