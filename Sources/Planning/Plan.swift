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
    public var permits: [PermitAction] {
        actions.compactMap { if case .permit(let permit) = $0 { permit } else { nil } }
    }
    public var refusals: [RefuseAction] {
        actions.compactMap { if case .refuse(let refuse) = $0 { refuse } else { nil } }
    }
}

/// What somebody at the keyboard has allowed for this run.
public struct Allowances: Sendable, Hashable, Codable {
    /// More publications or deletions than the limits.
    public var overLimits: Bool
    /// Layers, targets or regions that are no longer wanted.
    public var vanished: Bool
    /// Releases in the place of another account's.
    public var accountChange: Bool
    /// Taking permissions away that were given.
    public var revocations: Bool
    /// A layer of another package than it was published for.
    public var otherPackages: Bool
    /// A version lower than the latest.
    public var lowerVersions: Bool

    public init(
        overLimits: Bool = false, vanished: Bool = false, accountChange: Bool = false, revocations: Bool = false,
        otherPackages: Bool = false, lowerVersions: Bool = false
    ) {
        self.overLimits = overLimits
        self.vanished = vanished
        self.accountChange = accountChange
        self.revocations = revocations
        self.otherPackages = otherPackages
        self.lowerVersions = lowerVersions
    }
}

extension Plan {
    /// Plans a whole configuration. The order of `states` and of the outcomes does not matter.
    ///
    /// - Parameters:
    ///   - outcomes: what each wanted item resolved to; an item without one is left as it is.
    ///   - states: the states of all wanted items, and of all others that the ledger knows.
    public init(
        _ desired: Desired, outcomes: [Item: ResolveOutcome], states: [ItemState], now: Timestamp,
        recorded: Audience? = nil, allowing allowances: Allowances = Allowances()
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
                let wanted = WantedItem(
                    item, of: layer, in: desired, outcome: outcome, recorded: recorded, allowing: allowances)
                actions += plan(wanted, state: state, now: now)
            } else {
                actions += planWithdrawal(
                    of: state, now: now, retention: desired.retention, access: Access(desired, recorded: recorded))
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

    /// - Throws: `refused` with what is over a limit, has vanished or takes back what was promised, and how to allow it.
    public func check(_ limits: PlanLimits, allowing allowances: Allowances) throws(StrataError) {
        try checkPromises(allowing: allowances)
        let (taken, given) = (revocations.count, permits.count - revocations.count)
        if publications.count + given > limits.publish, !allowances.overLimits {
            let grants = given > 0 ? " and lets others read \(given)" : ""
            throw StrataError(
                .refused,
                "the plan publishes \(publications.count) releases\(grants), more than the limit of \(limits.publish)",
                hint: "look at 'strata plan', then raise limits.publish or pass --allow-over-limits")
        }
        if taken > limits.delete, !allowances.overLimits {
            throw StrataError(
                .refused,
                "the plan takes the permission of \(taken) releases back, more than the limit of \(limits.delete)",
                hint: "look at 'strata plan', then raise limits.delete or pass --allow-over-limits")
        }
        if !vanished.isEmpty, !allowances.vanished {
            throw StrataError(
                .refused, "the configuration no longer holds \(vanished.text), whose releases would be deprecated",
                hint: "put them back, or pass --allow-vanished if that is intended")
        }
    }

    /// The part of `check` that no limit can allow: other accounts, and permissions that are taken away.
    ///
    /// - Throws: `refused`.
    public func checkPromises(allowing allowances: Allowances) throws(StrataError) {
        let moved = publications.filter { $0.leaves != nil }
        if let first = moved.first, !allowances.accountChange {
            throw StrataError(
                .refused,
                "the configuration is for another account than \(first.leaves ?? ""), where \(moved.count) of the latest "
                    + "releases are: all would be published again",
                hint: "correct 'account', or pass --allow-account-change if that is meant")
        }
        if let first = revocations.first, !allowances.revocations {
            throw StrataError(
                .refused,
                "\(revocations.count) releases can be read by \(first.before.text), and could then be read by "
                    + "\(first.after.text) only: what was given would be taken away",
                hint: "correct 'visibility', or pass --allow-revocations if that is meant")
        }
    }

    /// The changes of permissions after which somebody cannot read any more what they could.
    public var revocations: [PermitAction] { permits.filter(\.takesAway) }
    /// What is held back until somebody says that it is meant.
    public var heldBack: [RefuseAction] { refusals.filter { $0.allowedBy != nil } }
}

extension Audience {
    /// For people: `everybody`, `the accounts 111122223333`.
    public var text: String {
        let which = ids.isEmpty ? "" : " " + ids.joined(separator: ", ")
        return switch kind {
        case .public: "everybody"
        case .private: "the own account"
        case .organization: "an organisation\(which)"
        case .accounts: "other accounts\(which)"
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
