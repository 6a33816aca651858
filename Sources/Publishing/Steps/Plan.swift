import Model
import Planning

/// One item's part of a plan, made without looking at any other item.
public struct ItemPlan: Sendable, Codable {
    public let item: Item
    public let outcome: ResolveOutcome
    public let actions: [Action]
    /// What resolving came to, if that differs from what the ledger says.
    public let resolution: Resolution?

    public var build: BuildAction? {
        actions.lazy.compactMap { if case .build(let build) = $0 { build } else { nil } }.first
    }
    public var publications: [PublishAction] {
        actions.compactMap { if case .publish(let publish) = $0 { publish } else { nil } }
    }
    /// Whether nothing is to be done or written down for the item, and no more will be as time goes by.
    func needsNothing(in state: ItemState) -> Bool {
        actions.isEmpty && resolution == nil && state.notes.isEmpty && state.openIntents.isEmpty && state.hold == nil
    }

    /// What is worth knowing of the resolve.
    public var remarks: [String] { if case .locked(let resolved) = outcome { resolved.remarks } else { [] } }
}

/// Checks a plan against the limits before anything is changed, and records what is decided by it alone: what resolving
/// came to, and the ends of what nobody wants any more.
public struct PlanStep: Step {
    public struct Input: Sendable, Codable {
        public let plan: Plan
        /// What resolving came to, where that has changed.
        public let resolutions: [Item: Resolution]

        public init(plan: Plan, resolutions: [Item: Resolution]) {
            self.plan = plan
            self.resolutions = resolutions
        }
    }

    public init() {}

    /// - Throws: `refused` with what is over a limit or has vanished, and how to allow it.
    public func run(_ input: Input, _ session: Session) async throws -> NoInput {
        try input.plan.check(session.desired.limits, allowing: session.context.options.allowances)
        try await KnownAccounts.update(session)
        session.recorder.record(.planned(input.plan))
        try await session.rememberAudience()
        try await session.record(
            input.resolutions.sorted { $0.key < $1.key }.map { Event.resolved($0.key, $0.value) })
        try await withdraw(input.plan, session)
        return NoInput()
    }

    /// Records the ends of releases that nobody wants any more.
    private func withdraw(_ plan: Plan, _ session: Session) async throws {
        let ends = plan.deprecations.filter { $0.reason == .withdrawn }
        let states = try await session.ledger.states(of: Set(ends.map(\.item)).sorted())
        let known = Dictionary(states.map { ($0.item, $0) }) { first, _ in first }
        try await session.record(
            ends.compactMap { action in
                guard var release = known[action.item]?.releases.first(where: { $0.id == action.release }) else {
                    return nil
                }
                release.deprecate(until: action.expires)
                return .released(release)
            })
    }
}

extension PublishingContext {
    /// Plans items, each on its own. The ledger is only read, and of that only what is not known to be settled.
    ///
    /// - Returns: the plans by item; the states of those that something is to be done for; and which items need nothing.
    func plan(
        _ outcomes: [Item: ResolveOutcome]
    ) async throws -> (items: [ItemPlan], states: [Item: ItemState], settled: SettledItems?) {
        let layers = Dictionary(desired.layers.map { ($0.name, $0) }) { first, _ in first }
        let recorded = try await recordedAudience()
        let known = try await settledItems()
        var digests: [Item: ContentDigest] = [:]
        if settled != nil {
            var wishes = try WishDigests(self, recorded: recorded)
            for (item, outcome) in outcomes {
                guard let layer = layers[item.layer] else { continue }
                digests[item] = try wishes.digest(item, of: layer, outcome)
            }
        }
        var plans: [ItemPlan] = []
        var states: [Item: ItemState] = [:]
        let kept = known?.items.filter { outcomes[$0.key] != nil && digests[$0.key] == $0.value } ?? [:]
        var found = known?.items.filter { outcomes[$0.key] == nil && layers[$0.key.layer] != nil } ?? [:]
        found.merge(kept) { $1 }
        var revision = known?.revision ?? 0
        let open = outcomes.keys.filter { kept[$0] == nil }.sorted()
        var canLookUp = true
        // Some at a time: the states of all items do not fit into memory.
        for start in stride(from: 0, to: open.count, by: 1000) {
            let page = try await ledger.states(of: Array(open[start..<min(start + 1000, open.count)]))
            let refused = canLookUp ? try await advisoryRefusals(outcomes, page) : [:]
            canLookUp = refused != nil
            for (plan, state) in plan(page, outcomes, layers, recorded, refused ?? [:]) {
                plans.append(plan)
                if !plan.actions.isEmpty { states[plan.item] = state }
                if let digest = digests[plan.item], plan.needsNothing(in: state) { found[plan.item] = digest }
            }
            revision = max(revision, page.map(\.revision).max() ?? 0)
        }
        for item in kept.keys {
            guard let outcome = outcomes[item], let layer = layers[item.layer] else { continue }
            plans.append(
                ItemPlan(
                    item: item, outcome: outcome.adding(layer.remarks(on: item.target)), actions: [], resolution: nil))
        }
        return (
            plans.sorted { $0.item < $1.item }.keepingBases(of: desired), states,
            SettledItems(mark: known?.mark ?? "", revision: revision, items: found)
        )
    }

    /// The plans of some items, whose states were read.
    private func plan(
        _ states: [ItemState], _ outcomes: [Item: ResolveOutcome], _ layers: [LayerName: DesiredLayer],
        _ recorded: Audience?, _ refused: [Item: String]
    ) -> [(ItemPlan, ItemState)] {
        let now = environment.now()
        return states.compactMap { state -> (ItemPlan, ItemState)? in
            guard let layer = layers[state.item.layer], let resolved = outcomes[state.item] else { return nil }
            let outcome = resolved.adding(layer.remarks(on: state.item.target))
            var wanted = WantedItem(
                state.item, of: layer, in: desired, outcome: outcome, recorded: recorded, allowing: options.allowances)
            wanted.refusal = refused[state.item]
            let actions = Planning.plan(wanted, state: state, now: now)
            let plan = ItemPlan(
                item: state.item, outcome: outcome, actions: actions,
                resolution: Resolution(
                    outcome, layer, on: state.item.target, heldBack: actions.lazy.compactMap(\.heldBack).first,
                    refusal: refused[state.item], isAudited: desired.advisories != nil, changing: state.resolution,
                    now: now))
            return (plan, state)
        }
    }

    /// Plans items, each on its own.
    public func itemPlans(_ outcomes: [Item: ResolveOutcome]) async throws -> [ItemPlan] {
        try await plan(outcomes).items
    }

    /// Puts the parts of items together, and, unless the run is limited to some layers, the ends of releases of items
    /// that the configuration does not hold any more.
    ///
    /// - Parameter remarks: what is worth knowing of items, by `layer target`.
    public func plan(merging actions: [Action], remarks: [String: [String]] = [:]) async throws -> Plan {
        var actions = actions
        if options.only.isEmpty {
            let wanted = Set(desired.items)
            let now = environment.now()
            let access = Access(desired, recorded: try await recordedAudience())
            for try await page in ledger.itemPages() {
                for state in try await ledger.states(of: page.filter { !wanted.contains($0) }) {
                    actions += planWithdrawal(
                        of: state, now: now, retention: desired.retention, access: access)
                }
            }
        }
        return Plan(actions, for: desired, remarks: remarks)
    }
}

extension Resolution {
    /// What resolving came to; nil if that could not be found out, or is what the ledger says already.
    fileprivate init?(
        _ outcome: ResolveOutcome, _ layer: DesiredLayer, on target: Target, heldBack: RefuseAction?, refusal: String?,
        isAudited: Bool,
        changing known: Resolution?, now: Timestamp
    ) {
        let (options, checks) = (layer.options(for: target), layer.checks)
        let contents: ContentsKey?
        let remarks: [String]
        switch outcome {
        case .locked(let resolved):
            let young = resolved.young.map { "\($0.package) \($0.version) is held back until \($0.matures.date)" }
            let notBuilt = refusal.map { ["not built: \($0)"] } ?? []
            (contents, remarks) = (ContentsKey(resolved.lock, options), resolved.remarks + young + notBuilt)
        case .refused(let reason): (contents, remarks) = (nil, [reason])
        case .failed: return nil
        }
        let isSame = contents == known?.contents
        // Another version of Strata, other contents, or other checks get a try.
        var refused = isSame ? known?.refusedBuilds.filter { $0.holds(under: checks) } ?? [] : []
        if let heldBack, let contents {
            let told = known?.refusedBuilds.first { $0.contents == contents && $0.reason == heldBack.reason }
            refused.append(
                told
                    ?? RefusedBuild(
                        contents: contents, reason: heldBack.reason, since: now, checks: checks,
                        allowedBy: heldBack.allowedBy))
        }
        self.init(
            contents: contents, remarks: remarks,
            since: known.flatMap { isSame && $0.remarks == remarks ? $0.since : nil } ?? now, refusedBuilds: refused,
            // Where nobody looks any more, nothing is told.
            audit: isAudited ? known?.audit : known?.audit.map { Audit(buildNumber: $0.buildNumber, entries: []) })
        if self == known { return nil }
    }
}

extension Action {
    /// What is refused until somebody says that it is meant.
    fileprivate var heldBack: RefuseAction? {
        if case .refuse(let refusal) = self, refusal.allowedBy != nil { refusal } else { nil }
    }
}

extension ResolveOutcome {
    /// The same with more that is worth telling of it.
    fileprivate func adding(_ remarks: [String]) -> ResolveOutcome {
        guard case .locked(let resolved) = self, !remarks.isEmpty else { return self }
        let told = ResolvedLock(
            lock: resolved.lock, remarks: resolved.remarks + remarks, young: resolved.young, held: resolved.held)
        return .locked(told)
    }
}
