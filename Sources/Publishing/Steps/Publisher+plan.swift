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
    /// Releases whose region nobody wants any more.
    public var withdrawals: [DeprecateAction] {
        actions.compactMap { action in
            guard case .deprecate(let end) = action, end.reason == .withdrawn else { return nil }
            return end
        }
    }
    public var refusals: [RefuseAction] {
        actions.compactMap { if case .refuse(let refuse) = $0 { refuse } else { nil } }
    }
}

extension Publisher {
    /// Resolves items and plans each of them.
    ///
    /// - Parameter items: of the configuration; others are left out.
    /// - Throws: if nothing could be asked at all, and what the ledger throws.
    public func plan(_ items: [Item]) async throws -> [ItemPlan] {
        let layers = Dictionary(desired.layers.map { ($0.name, $0) }) { first, _ in first }
        let wanted = items.filter { layers[$0.layer]?.targets.contains($0.target) == true }
        let outcomes = try await resolve(
            wanted.map { ResolveRequest(item: $0, requires: layers[$0.layer]?.requires ?? []) })
        let now = runEnvironment.now()
        return try await ledger.states(of: wanted).compactMap { state in
            guard let layer = layers[state.item.layer], let outcome = outcomes[state.item] else { return nil }
            let wanted = WantedItem(state.item, of: layer, in: desired, outcome: outcome)
            return ItemPlan(
                item: state.item, outcome: outcome, actions: Planning.plan(wanted, state: state, now: now),
                resolution: changedResolution(outcome, layer.options, state, now: now))
        }
    }

    /// The ends of releases of items that the configuration does not hold any more, looked for page by page.
    public func planVanished() async throws -> [DeprecateAction] {
        let wanted = Set(desired.items)
        var actions: [Action] = []
        var last: Item?
        while true {
            let page = try await ledger.items(after: last, limit: 1000)
            for state in try await ledger.states(of: page.filter { !wanted.contains($0) }) {
                actions += planWithdrawal(of: state, now: runEnvironment.now(), retention: desired.retention)
            }
            guard page.count == 1000 else { break }
            last = page.last
        }
        return actions.compactMap { if case .deprecate(let end) = $0 { end } else { nil } }
    }

    /// Records what resolving came to; what has not changed need not be in it.
    public func record(_ resolutions: [Item: Resolution], _ lease: Lease) async throws {
        let events = resolutions.sorted { $0.key < $1.key }.map { Event.resolved($0.key, $0.value) }
        try await ledger.recordAll(events, lease: lease)
    }

    /// Records the ends of releases that nobody wants any more.
    ///
    /// - Parameter known: the states that hold them; what is not there is read from the ledger.
    /// - Returns: how many there were.
    @discardableResult
    public func withdraw(
        _ deprecations: [DeprecateAction], in known: [Item: ItemState] = [:], _ lease: Lease
    ) async throws -> Int {
        let ends = deprecations.filter { $0.reason == .withdrawn }
        var states = known
        let missing = Set(ends.map(\.item)).filter { known[$0] == nil }.sorted()
        for state in try await ledger.states(of: missing) { states[state.item] = state }
        let events = ends.compactMap { action -> Event? in
            guard var release = states[action.item]?.releases.first(where: { $0.id == action.release }) else {
                return nil
            }
            release.deprecate(until: action.expires)
            return .released(release)
        }
        try await ledger.recordAll(events, lease: lease)
        return events.count
    }

    /// Brings the registry's branches to what the ledger says, and pushes them.
    ///
    /// - Parameter report: what the commit's message tells.
    /// - Returns: the commits that were made; none if nothing had changed.
    public func commit(_ report: RunReport, _ lease: Lease) async throws -> [RunReport.Commit] {
        let recorder = Recorder(report)
        try await registry.update(from: ledger, lease, runEnvironment, recorder)
        return await recorder.report.commits
    }
}
