import Model

/// Everything that one run would do, in order.
public struct Plan: Sendable, Hashable, Codable {
    public var actions: [Action]
    /// What is in the ledger, live, and no longer in the configuration.
    public var vanished: Vanished
    /// What resolving told of an item without standing in its way, by the item's description; nil if there is nothing.
    public var remarks: [String: [String]]?

    public struct Vanished: Sendable, Hashable, Codable {
        public var layers: [LayerName]
        public var targets: [Target]
        public var regions: [Region]

        public init(layers: [LayerName] = [], targets: [Target] = [], regions: [Region] = []) {
            self.layers = Set(layers).sorted()
            self.targets = Set(targets).sorted()
            self.regions = Set(regions).sorted()
        }

        public var isEmpty: Bool { layers.isEmpty && targets.isEmpty && regions.isEmpty }
    }

    public init(actions: [Action] = [], vanished: Vanished = Vanished()) {
        self.actions = actions
        self.vanished = vanished
    }

    /// True if carrying it out would change nothing.
    public var isEmpty: Bool { !actions.contains(where: \.isEffective) }
    public var builds: [BuildAction] { actions.compactMap { if case .build(let build) = $0 { build } else { nil } } }
    public var publications: [PublishAction] {
        actions.compactMap { if case .publish(let publish) = $0 { publish } else { nil } }
    }
    public var deprecations: [DeprecateAction] {
        actions.compactMap { if case .deprecate(let deprecate) = $0 { deprecate } else { nil } }
    }
    public var waits: [WaitAction] { actions.compactMap { if case .wait(let wait) = $0 { wait } else { nil } } }
    public var refusals: [RefuseAction] {
        actions.compactMap { if case .refuse(let refuse) = $0 { refuse } else { nil } }
    }
}

/// What somebody at the keyboard has allowed for this run.
public struct Allowances: Sendable, Hashable {
    /// More publications or deletions than the limits.
    public var overLimits: Bool
    /// Layers, targets or regions that are no longer wanted.
    public var vanished: Bool

    public init(overLimits: Bool = false, vanished: Bool = false) {
        self.overLimits = overLimits
        self.vanished = vanished
    }
}

extension Plan {
    /// Plans a whole configuration. The order of `states` and of the outcomes does not matter.
    ///
    /// - Parameters:
    ///   - outcomes: what each wanted item resolved to; an item without one is left as it is.
    ///   - states: the states of all wanted items, and of all others that the ledger knows.
    public init(
        _ desired: Desired, outcomes: [Item: ResolveOutcome], states: [ItemState], now: Timestamp
    ) {
        let known = Dictionary(states.map { ($0.item, $0) }) { first, _ in first }
        let wanted = Set(desired.items)
        let layers = Dictionary(desired.layers.map { ($0.name, $0) }) { first, _ in first }
        var actions: [Action] = []
        var remarks: [String: [String]] = [:]
        for item in wanted.union(known.keys).sorted() {
            let state = known[item] ?? ItemState(item: item)
            if wanted.contains(item), let layer = layers[item.layer] {
                guard let outcome = outcomes[item] else { continue }
                if case .locked(let resolved) = outcome { remarks[item.description] = resolved.remarks }
                actions += plan(WantedItem(item, of: layer, in: desired, outcome: outcome), state: state, now: now)
            } else {
                actions += planWithdrawal(of: state, now: now, retention: desired.retention)
            }
        }
        self.init(actions, for: desired, remarks: remarks)
    }

    /// Puts the actions of single items together: by item, each item's in their order.
    ///
    /// - Parameter remarks: what is worth knowing of items, by `layer target`.
    public init(_ actions: [Action], for desired: Desired, remarks: [String: [String]] = [:]) {
        let items = Dictionary(grouping: actions, by: \.item).sorted { $0.key < $1.key }
        self.init(actions: items.flatMap(\.value))
        let told = remarks.filter { !$0.value.isEmpty }
        self.remarks = told.isEmpty ? nil : told
        vanished = Vanished(of: deprecations.filter { $0.reason == .withdrawn }, desired: desired)
    }

    /// - Throws: `refused` with what is over a limit or has vanished, and how to allow it.
    public func check(_ limits: PlanLimits, allowing allowances: Allowances) throws(StrataError) {
        try allowances.check(publications: publications.count, vanished: vanished, limits)
    }
}

extension Allowances {
    /// - Parameters:
    ///   - publications: how many releases a plan publishes.
    ///   - vanished: what it takes away.
    /// - Throws: `refused` with what is over a limit or has vanished, and how to allow it.
    public func check(
        publications: Int, vanished: Plan.Vanished, _ limits: PlanLimits
    ) throws(StrataError) {
        if publications > limits.publish, !overLimits {
            throw StrataError(
                .refused, "the plan publishes \(publications) releases, more than the limit of \(limits.publish)",
                hint: "look at 'strata plan', then raise limits.publish or pass --allow-over-limits")
        }
        if !vanished.isEmpty, !self.vanished {
            throw StrataError(
                .refused, "the configuration no longer holds \(vanished.text), whose releases would be deprecated",
                hint: "put them back, or pass --allow-vanished if that is intended")
        }
    }
}

extension Plan.Vanished {
    /// What a configuration does not hold any more of the releases that a plan withdraws.
    public init(of withdrawn: [DeprecateAction], desired: Desired) {
        let layers = Set(desired.layers.map(\.name))
        let regions = Set(desired.regions)
        let targets = Set(desired.items.map(\.target))
        self.init(
            layers: withdrawn.map(\.item.layer).filter { !layers.contains($0) },
            targets: withdrawn.filter { layers.contains($0.item.layer) && regions.contains($0.release.region) }
                .map(\.item.target) + withdrawn.map(\.item.target).filter { !targets.contains($0) },
            regions: withdrawn.map(\.release.region).filter { !regions.contains($0) })
    }

    /// `layer requests, region eu-west-1`
    public var text: String {
        func list(_ one: String, _ names: [String]) -> String? {
            guard !names.isEmpty else { return nil }
            let shown = names.prefix(8).joined(separator: ", ")
            let rest = names.count > 8 ? " and \(names.count - 8) more" : ""
            return (names.count == 1 ? one : one + "s") + " " + shown + rest
        }
        return [
            list("layer", layers.map(\.text)), list("target", targets.map(\.description)),
            list("region", regions.map(\.code)),
        ].compactMap(\.self).joined(separator: "; ")
    }
}
