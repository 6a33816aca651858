import Model

/// What the files say of the registry as a whole: configuration, not state.
public struct RegistryInput: Sendable, Hashable {
    public let description: RegistryDescription
    /// Sorted, each once.
    public let regions: [Region]
    /// Sorted, each once.
    public let targets: [Target]
    public let retention: RetentionPolicy
    /// The account that publishes in each partition, as far as it is known.
    public let accounts: [Partition: String]
    /// When a newer resolve is published.
    public let updates: UpdatePolicy
    /// Whether main's commits come with a signed checkpoint, and so with the digests of their files.
    public let isSigned: Bool
    /// How main's folders are laid out if the registry begins; one that exists keeps what it has.
    public let folders: LayerFolders

    public init(
        description: RegistryDescription, regions: [Region], targets: [Target], retention: RetentionPolicy,
        accounts: [Partition: String], updates: UpdatePolicy = .init(), isSigned: Bool = false,
        folders: LayerFolders = .flat
    ) {
        self.description = description
        self.regions = Set(regions).sorted()
        self.targets = Set(targets).sorted()
        self.retention = retention
        self.accounts = accounts
        self.isSigned = isSigned
        self.folders = folders
        self.updates = updates
    }

    /// The registry that a configuration describes.
    ///
    /// - Parameter folders: nil for what suits the number of layers.
    public init(
        _ desired: Desired, accounts: [Partition: String], isSigned: Bool = false, folders: LayerFolders? = nil
    ) {
        self.init(
            description: desired.registry, regions: desired.regions,
            targets: desired.layers.flatMap(\.targets), retention: desired.retention, accounts: accounts,
            updates: desired.updates, isSigned: isSigned, folders: folders ?? .default(for: desired.layers.count))
    }
}

/// A layer with all its items: the unit that is rendered.
public struct LayerState: Sendable, Hashable {
    public let layer: LayerName
    /// Sorted by target. Must hold every item of the layer that the ledger knows.
    public let items: [ItemState]

    public init(layer: LayerName, items: [ItemState]) {
        self.layer = layer
        self.items = items.filter { $0.item.layer == layer }.sorted { $0.item < $1.item }
    }

    /// Items gathered by their layers, sorted by layer.
    public static func grouping(_ items: some Sequence<ItemState>) -> [LayerState] {
        Dictionary(grouping: items, by: \.item.layer).map(LayerState.init).sorted { $0.layer < $1.layer }
    }
}
