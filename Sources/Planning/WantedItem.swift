import Model

/// What one item should be, and by which rules: all that planning it needs besides its state and the time.
public struct WantedItem: Sendable {
    public let item: Item
    public let outcome: ResolveOutcome
    public let requires: [Requirement]
    public let options: BuildOptions
    public let regions: [Region]
    public let naming: NameTemplate
    public let updates: UpdatePolicy
    public let retention: RetentionPolicy
    public let access: Access
    public let allowances: Allowances
    public let checks: Checks
    /// Why what it resolved to is not to be built, if it is new.
    public var refusal: String?

    public init(
        item: Item, outcome: ResolveOutcome, requires: [Requirement], options: BuildOptions, regions: [Region],
        naming: NameTemplate, updates: UpdatePolicy, retention: RetentionPolicy, access: Access = Access(),
        allowances: Allowances = Allowances(), checks: Checks = Checks()
    ) {
        self.checks = checks
        self.access = access
        self.allowances = allowances
        self.item = item
        self.outcome = outcome
        self.requires = requires
        self.options = options
        self.regions = Set(regions).sorted()
        self.naming = naming
        self.updates = updates
        self.retention = retention
    }

    /// An item of the configuration, resolved.
    ///
    /// - Parameter recorded: who may read the releases of which nothing is recorded; nil if they are as they should be.
    public init(
        _ item: Item, of layer: DesiredLayer, in desired: Desired, outcome: ResolveOutcome, recorded: Audience? = nil,
        allowing allowances: Allowances = Allowances()
    ) {
        self.init(
            item: item, outcome: outcome, requires: layer.requires, options: layer.options(for: item.target),
            regions: desired.regions,
            naming: desired.naming, updates: desired.updates, retention: desired.retention(of: layer.name),
            access: Access(desired, recorded: recorded), allowances: allowances, checks: layer.checks)
    }
}
