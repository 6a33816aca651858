import Model

/// What the site has beyond its pages, and how large it may become.
public struct SiteSettings: Sendable, Hashable {
    /// Whether `/api/v2/` is written for clients of Klayers: a file for each layer, target and region.
    public var klayersAPI: Bool
    /// Above this a render warns. GitHub Pages takes 1 GB.
    public var budget: ByteCount

    /// Layers that the first page of a large registry lists, in this order.
    public var featured: [LayerName]

    public init(
        klayersAPI: Bool = false, budget: ByteCount = ByteCount(900_000_000), featured: [LayerName] = []
    ) {
        self.klayersAPI = klayersAPI
        self.budget = budget
        self.featured = featured
    }
}
