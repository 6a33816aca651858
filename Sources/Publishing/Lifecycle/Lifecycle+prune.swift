import Model

extension Lifecycle {
    /// What pruning would delete, and what it leaves although it has expired.
    public struct Pruning: Sendable, Codable {
        public struct Kept: Sendable, Hashable, Codable {
            public let release: Release
            public let reason: String
        }
        public internal(set) var delete: [Release] = []
        public internal(set) var keep: [Kept] = []
    }

    /// The releases that may be deleted now: deprecated, expired, announced for the promised time, and not among the
    /// newest that are always kept.
    public func pruning(limit: Int) async throws -> Pruning {
        // Asking the provider teaches what time it is: a clock that is ahead must not make anything look expired.
        for partition in Set(desired.regions.map(\.partition)) { _ = try await provider.account(in: partition) }
        let now = runEnvironment.now()
        let expired = try await ledger.expiring(by: now, limit: max(limit * 4, 1000))
        let states = Dictionary(
            try await ledger.states(of: Set(expired.map(\.item)).sorted()).map { ($0.item, $0) }
        ) { first, _ in first }
        var pruning = Pruning()
        for release in expired {
            let retention = desired.retention(of: release.item.layer)
            if let reason = states[release.item]?.reasonToKeep(release, retention, now: now) {
                pruning.keep.append(.init(release: release, reason: reason))
            } else if pruning.delete.count < limit {
                pruning.delete.append(release)
            } else {
                pruning.keep.append(.init(release: release, reason: "over this run's limit of \(limit)"))
            }
        }
        return pruning
    }

    /// Deletes releases, each written down before it happens and read back after. A region that fails keeps its own.
    ///
    /// - Returns: the report, with what was deleted, and failures as pending.
    public func prune(_ releases: [Release]) async throws -> RunReport {
        try await change { lease, recorder in try await prune(releases, lease, recorder) }
    }

    /// The same under a lease that the caller holds.
    public func prune(_ releases: [Release], _ lease: Lease) async throws -> RunReport {
        let recorder = Recorder()
        try await prune(releases, lease, recorder)
        try await registry.update(from: ledger, lease, runEnvironment, recorder)
        return await recorder.report
    }

    private func prune(_ chosen: [Release], _ lease: Lease, _ recorder: Recorder) async throws {
        // What was pinned, or changed in any other way, since it was chosen is not deleted.
        let states = try await ledger.states(of: Set(chosen.map(\.item)).sorted())
        let unchanged = Set(states.flatMap(\.releases)).intersection(chosen)
        let releases = chosen.filter(unchanged.contains)
        for (region, releases) in Dictionary(grouping: releases, by: \.id.region).sorted(by: { $0.key < $1.key }) {
            for release in releases {
                do {
                    let deleted = try await delete(release, lease)
                    await recorder.write { $0.deleted.append(deleted) }
                } catch let error as StrataError where error.isOutside {
                    await recorder.write {
                        $0.pending.append(.init(item: release.item, region: region, reason: error.message))
                    }
                    break
                }
            }
        }
    }

    private func delete(_ release: Release, _ lease: Lease) async throws -> Release {
        let intent = Intent(
            id: Intent.ID(runEnvironment.newPublication(), release.id.region.code),
            work: .delete(item: release.item, release: release.id), begun: runEnvironment.now())
        try await ledger.begin([intent], lease: lease)
        try await provider.delete(release.id)
        guard try await provider.version(release.id) == nil else {
            throw StrataError(.unavailable, "\(release.id) was deleted, but can still be read")
        }
        var deleted = release
        deleted.status = .deleted
        try await ledger.close(intent.id, events: [.released(deleted)], lease: lease)
        return deleted
    }
}

extension ItemState {
    /// Why an expired release stays; nil if it may go.
    fileprivate func reasonToKeep(_ release: Release, _ retention: RetentionPolicy, now: Timestamp) -> String? {
        guard !retention.pin else { return "the configuration pins the layer" }
        guard let announced = release.announced else {
            return "its end has not been published yet: 'strata publish' does that"
        }
        let promised = announced + retention.expire
        guard promised <= now else {
            return "its end was published on \(announced.date); it stays until \(promised.date)"
        }
        let newer = releases.filter {
            $0.id.region == release.id.region && ($0.status == .latest || $0.status == .deprecated)
                && ($0.published, $0.id) > (release.published, release.id)
        }
        return newer.count < retention.keep ? "it is among the \(retention.keep) newest in \(release.id.region)" : nil
    }
}
