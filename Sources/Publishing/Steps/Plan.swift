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
    /// Plans items, each on its own. The ledger is only read.
    ///
    /// - Returns: the plans by item, and the states that they were made from.
    public func plan(
        _ outcomes: [Item: ResolveOutcome]
    ) async throws -> (items: [ItemPlan], states: [Item: ItemState]) {
        let now = environment.now()
        let layers = Dictionary(desired.layers.map { ($0.name, $0) }) { first, _ in first }
        let recorded = try await recordedAudience()
        let states = try await ledger.states(of: outcomes.keys.sorted())
        let refused = try await advisoryRefusals(outcomes, states)
        let plans = states.compactMap { state -> ItemPlan? in
            guard let layer = layers[state.item.layer], let outcome = outcomes[state.item] else { return nil }
            var wanted = WantedItem(
                state.item, of: layer, in: desired, outcome: outcome, recorded: recorded, allowing: options.allowances)
            wanted.refusal = refused[state.item]
            return ItemPlan(
                item: state.item, outcome: outcome, actions: Planning.plan(wanted, state: state, now: now),
                resolution: Resolution(
                    outcome, layer.options, layer.checks, refusal: refused[state.item],
                    isAudited: desired.advisories != nil, changing: state.resolution, now: now))
        }
        return (plans, Dictionary(states.map { ($0.item, $0) }) { first, _ in first })
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
        _ outcome: ResolveOutcome, _ options: BuildOptions, _ checks: Checks, refusal: String?, isAudited: Bool,
        changing known: Resolution?, now: Timestamp
    ) {
        let contents: ContentsKey?
        let remarks: [String]
        switch outcome {
        case .locked(let resolved):
            let young = resolved.young.map { "\($0.package) \($0.version) is held back until \($0.matures.date)" }
            let refused = refusal.map { ["not built: \($0)"] } ?? []
            (contents, remarks) = (ContentsKey(resolved.lock, options), resolved.remarks + young + refused)
        case .refused(let reason): (contents, remarks) = (nil, [reason])
        case .failed: return nil
        }
        let isSame = contents == known?.contents
        self.init(
            contents: contents, remarks: remarks,
            since: known.flatMap { isSame && $0.remarks == remarks ? $0.since : nil } ?? now,
            // Another version of Strata, other contents, or other checks get a try.
            refusedBuilds: isSame ? known?.refusedBuilds.filter { $0.holds(under: checks) } ?? [] : [],
            // Where nobody looks any more, nothing is told.
            audit: isAudited ? known?.audit : known?.audit.map { Audit(buildNumber: $0.buildNumber, entries: []) })
        if self == known { return nil }
    }
}
