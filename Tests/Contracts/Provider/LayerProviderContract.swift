import Model

/// What a check of the layer provider's contract works on.
public struct LayerProviderSubject: Sendable {
    /// A provider without layers.
    public let provider: any LayerProvider
    /// The same layers as another process would reach them.
    public let other: any LayerProvider
    /// A folder for the zips that the check publishes.
    public let folder: String
    /// Two regions of the partition `aws` that offer all that can be built for.
    public let here: Region
    public let there: Region

    public init(
        provider: any LayerProvider, other: any LayerProvider, folder: String, here: Region, there: Region
    ) {
        self.provider = provider
        self.other = other
        self.folder = folder
        self.here = here
        self.there = there
    }

    /// The account that layers are published under here.
    package var account: String {
        get async throws { try await provider.account(in: here.partition) }
    }

    /// Publishes a small layer.
    package func publish(
        _ text: String, as name: String = "acme-p312-sample", in region: Region? = nil,
        by provider: (any LayerProvider)? = nil
    ) async throws -> PublishedVersion {
        let package = try SampleZip.package(text, in: folder)
        let provider = provider ?? self.provider
        let layer = try await provider.prepare(package, for: [region ?? here])
        return try await provider.publish(layer, as: name, in: region ?? here)
    }
}

/// The contract of `LayerProvider`, for every implementation: what Lambda does, where Strata relies on it.
public enum LayerProviderContract {
    public static let cases: [ContractCase<LayerProviderSubject>] =
        publishingCases + limitCases + policyCases + concurrencyCases
}
