import Model
import Planning

extension Lifecycle {
    /// Makes a former build the wanted one, until the index offers something newer than what is left now. The next run
    /// publishes it again, under new version numbers, since Lambda's only grow.
    ///
    /// - Parameter build number: the build to return to; nil for the one before the latest that was not yanked.
    /// - Returns: for each item, the build that is left and the one that is held now.
    public func hold(
        _ layer: LayerName, target: Target?, buildNumber: Int?
    ) async throws -> [(item: Item, from: Build, to: Build)] {
        let changes = try await states(of: layer, target).compactMap { state -> (Item, Build, Build, ContentsKey)? in
            guard let latest = state.newestPublished else { return nil }
            let former = state.builds.last { build in
                build.artifact != nil && !state.isYanked(build.buildNumber)
                    && (buildNumber.map { build.buildNumber == $0 } ?? (build.buildNumber < latest.buildNumber))
            }
            guard let former, former.buildNumber != state.latestBuild?.buildNumber else { return nil }
            guard let left = state.resolution?.contents ?? latest.artifact?.contents else { return nil }
            return (state.item, latest, former, left)
        }
        guard !changes.isEmpty else {
            throw StrataError(
                .notFound, "\(layer) has no former build to return to",
                hint: "'strata explain \(layer)' lists its builds; yanked and imported ones cannot be published again")
        }
        try await context.withSession(recorder) { session in
            try await session.record(
                changes.map { .held($0.0, Hold(buildNumber: $0.2.buildNumber, insteadOf: $0.3)) })
        }
        return changes.map { ($0.0, $0.1, $0.2) }
    }

    /// Marks the releases of a target or a region that goes away: they stay until a date that readers can see.
    ///
    /// - Throws: `configuration` if the target or the region is still wanted: the next run would publish there again.
    public func retire(target: Target?, region: Region?, expires: Timestamp) async throws -> (RunReport, Int) {
        if let target, desired.items.contains(where: { $0.target == target }) {
            throw StrataError(.configuration, "\(target) is still in the configuration", hint: "remove it there first")
        }
        if let region, desired.regions.contains(region) {
            throw StrataError(.configuration, "\(region) is still in the configuration", hint: "remove it there first")
        }
        return try await change { session in
            let events = try await ends(target, region, expires)
            try await session.record(events)
            return events.count
        }
    }

    /// What is recorded when a target's or a region's releases end.
    private func ends(_ target: Target?, _ region: Region?, _ expires: Timestamp) async throws -> [Event] {
        var events: [Event] = []
        for try await items in context.ledger.itemPages(of: 500) {
            let meant = items.filter { target == nil || $0.target == target }
            for release in try await context.ledger.states(of: meant).flatMap(\.releases)
            where (region == nil || release.id.region == region) && !release.isPinned
                && (release.status == .latest || release.status == .deprecated) && release.expires != expires
            {
                var ended = release
                ended.deprecate(until: max(expires, release.expires ?? expires))
                events.append(.released(ended))
            }
        }
        return events
    }
}

extension ItemState {
    /// The newest build that has a live release, yanked or not.
    fileprivate var newestPublished: Build? {
        let newest = releases.filter { $0.status == .latest || $0.status == .yanked }.max {
            ($0.published, $0.buildNumber) < ($1.published, $1.buildNumber)
        }
        return newest.flatMap { build($0.buildNumber) }
    }

    fileprivate func isYanked(_ buildNumber: Int) -> Bool {
        releases.contains { $0.buildNumber == buildNumber && $0.status == .yanked }
    }
}
