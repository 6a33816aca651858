import Model

/// What `bump` may do.
public struct BumpRules: Sendable, Hashable {
    /// Only these layers; nil for all.
    public var layers: Set<LayerName>?
    /// Versions that will do, as PEP 440 specifiers, by layer. A comment in a file adds to it.
    public var versions: [LayerName: String]
    /// Accounts to which a reference may move. Without one it stays in its own.
    public var accounts: Set<String>
    /// The regions in which files are used that leave the region open; empty for all where the layer is.
    public var regions: [Region]
    /// Whether a reference may move to a lower number, which an old copy of a registry would ask for.
    public var allowsLower: Bool
    public var now: Timestamp

    public init(
        layers: Set<LayerName>? = nil, versions: [LayerName: String] = [:], accounts: Set<String> = [],
        regions: [Region] = [], allowsLower: Bool = false, now: Timestamp
    ) {
        self.layers = layers
        self.versions = versions
        self.accounts = accounts
        self.regions = regions
        self.allowsLower = allowsLower
        self.now = now
    }
}

/// What came of a reference.
public enum BumpOutcome: Sendable, Hashable {
    /// It is the newest that will do.
    case current(ListedRelease)
    /// `from` is nil where the registry does not list the number any more.
    case moved(from: ListedRelease?, to: ListedRelease, as: LayerReference)
    /// It stays, since somebody wants it to.
    case kept(reason: String)
    /// It stays for a reason that somebody may want to do something about.
    case held(reason: String)
    /// The registry does not know it, or the file does not tell what it is.
    case unknown(reason: String)
}
