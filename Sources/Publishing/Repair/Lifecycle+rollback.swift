import Model
import Planning

extension Lifecycle {
    /// Makes a former build the wanted one, until the index offers something newer than what is left now. The next run
    /// publishes it again, under new version numbers, since Lambda's only grow.
    ///
    /// - Parameter build number: the build to return to; nil for the one before the latest that was not yanked.
    /// - Returns: for each item, the build that is left and the one that is held now; empty if that was done before.
    public func hold(_ layer: LayerName, target: Target?, buildNumber: Int?) async throws -> [HeldBuild] {
        try await context.fillingEmptyLedger(recorder)
        let states = try await states(of: layer, target)
        let rest = states.filter { !$0.isRolledBack(to: buildNumber) }
        if rest.isEmpty { return [] }
        let changes = rest.compactMap { state -> (HeldBuild, Hold)? in
            guard let latest = state.newestPublished else { return nil }
            let former = state.builds.last { build in
                build.artifact != nil && !state.isYanked(build.buildNumber)
                    && (buildNumber.map { build.buildNumber == $0 } ?? (build.buildNumber < latest.buildNumber))
            }
            guard let former, former.buildNumber != state.latestBuild?.buildNumber else { return nil }
            guard let left = state.resolution?.contents ?? latest.artifact?.contents else { return nil }
            let held = HeldBuild(item: state.item, from: latest, to: former, before: state.hold)
            return (held, Hold(buildNumber: former.buildNumber, insteadOf: left))
        }
        guard !changes.isEmpty else {
            // Nothing but what never was more than one build is left.
            if rest.count < states.count { return [] }
            throw StrataError(
                .notFound, "\(layer) has no former build to return to",
                hint: "'strata explain \(layer)' lists its builds; yanked and imported ones cannot be published again")
        }
        try await context.withSession(recorder) { session in
            try await context.registry.requireBelonging(session)
            try await session.record(changes.map { .held($0.item, $1) })
        }
        return changes.map(\.0)
    }

    /// Takes back what `hold` recorded, when the run that should have published it was refused: the next run must not do
    /// what was refused.
    public func takeBack(_ held: [HeldBuild]) async throws {
        try await context.withSession(recorder) { session in
            try await session.record(held.map { .held($0.item, $0.before) })
        }
    }

    /// Marks the releases of a target or a region that goes away: they stay until a date that readers can see, and not less
    /// long than they were promised.
    ///
    /// - Parameter reason: why they may end sooner than was promised, for readers; nil if they may not.
    /// - Returns: the report, and how many releases it changed.
    /// - Throws: `configuration` if the target or the region is still wanted: the next run would publish there again;
    ///   `notFound` if nothing was ever published there.
    public func retire(
        target: Target?, region: Region?, expires: Timestamp, endingEarly reason: String? = nil
    ) async throws -> (RunReport, Int) {
        if let target, desired.items.contains(where: { $0.target == target }) {
            throw StrataError(.configuration, "\(target) is still in the configuration", hint: "remove it there first")
        }
        if let region, desired.regions.contains(region) {
            throw StrataError(.configuration, "\(region) is still in the configuration", hint: "remove it there first")
        }
        return try await change { session in
            try await requireReleases(target, region)
            let events = try await ends(target, region, expires, reason, now: session.now)
            try await session.record(events)
            return events.count
        }
    }

    /// - Throws: `notFound` with what there is instead.
    private func requireReleases(_ target: Target?, _ region: Region?) async throws {
        var known: Set<String> = []
        for try await items in context.ledger.itemPages(of: 500) {
            for release in try await context.ledger.states(of: items).flatMap(\.releases) {
                if release.item.target == target || release.id.region == region { return }
                known.insert(target == nil ? release.id.region.code : release.item.target.description)
            }
        }
        let name = target?.description ?? region?.code ?? ""
        throw StrataError(
            .notFound, "nothing was ever published for \(name)",
            hint: Suggestion.hint(for: name, among: known.sorted()))
    }

    /// What is recorded when a target's or a region's releases end.
    private func ends(
        _ target: Target?, _ region: Region?, _ expires: Timestamp, _ reason: String?, now: Timestamp
    ) async throws -> [Event] {
        var events: [Event] = []
        for try await items in context.ledger.itemPages(of: 500) {
            let meant = items.filter { target == nil || $0.target == target }
            for release in try await context.ledger.states(of: meant).flatMap(\.releases)
            where (region == nil || release.id.region == region) && !release.isPinned
                && (release.status == .latest || release.status == .deprecated)
            {
                var ended = release
                // One that is the latest was promised to stay so long after it is replaced.
                let retention = desired.retention(of: release.item.layer)
                let promised = release.expires ?? (release.isExternal ? expires : now + retention.expire)
                if let reason, expires < promised {
                    ended.deprecate(until: expires)
                    ended.reason = reason
                } else {
                    ended.deprecate(until: max(expires, promised))
                }
                // What was retired before is not moved on by the time that has passed since.
                if ended != release { events.append(.released(ended)) }
            }
        }
        return events
    }
}

/// A former build that is wanted as the latest.
public struct HeldBuild: Sendable {
    public let item: Item
    /// The latest until now.
    public let from: Build
    public let to: Build
    /// What was held before.
    let before: Hold?
}

extension ItemState {
    /// The newest build that has a live release, yanked or not.
    fileprivate var newestPublished: Build? {
        let newest = releases.filter { $0.status == .latest || $0.status == .yanked }.max {
            ($0.published, $0.buildNumber) < ($1.published, $1.buildNumber)
        }
        return newest.flatMap { build($0.buildNumber) }
    }

    /// Whether a rollback to a build, or to whichever it chose, is done: what it held is the latest.
    fileprivate func isRolledBack(to buildNumber: Int?) -> Bool {
        guard let latest = latestBuild?.buildNumber else { return false }
        return latest == buildNumber ?? hold?.buildNumber
    }

    fileprivate func isYanked(_ buildNumber: Int) -> Bool {
        releases.contains { $0.buildNumber == buildNumber && $0.status == .yanked }
    }
}
