import Model

/// What pruning would delete, and what it leaves although it has expired.
public struct PrunePlan: Sendable, Codable {
    public struct Kept: Sendable, Hashable, Codable {
        public let release: Release
        public let reason: String
    }
    public internal(set) var delete: [Release] = []
    public internal(set) var keep: [Kept] = []
    /// Why this machine's clock is not believed, and nothing deleted by it.
    public internal(set) var doubt: String?
}

extension PublishingContext {
    /// The releases that may be deleted now: deprecated, expired, announced for the promised time, and not among the
    /// newest that are always kept.
    public func pruning(limit: Int) async throws -> PrunePlan {
        try await fillingEmptyLedger(Recorder(tell: environment.report))
        // Asking the provider tells what time it is: a clock that is ahead must not make anything look expired.
        var accounts: [Partition: String] = [:]
        for partition in Set(desired.regions.map(\.partition)) {
            accounts[partition] = try await provider.account(in: partition)
        }
        let now = environment.now()
        let doubt = try await doubtOfTime()
        // Releases that are kept must not hide those that come after them: more are asked for until enough are due.
        var size = max(limit, 250) * 4
        while true {
            let expired = try await ledger.expiring(by: now, limit: size)
            var pruning = try await choose(among: expired, accounts, limit: doubt == nil ? limit : 0, now: now)
            pruning.doubt = doubt
            if doubt != nil || pruning.delete.count >= limit || expired.count < size { return pruning }
            size *= 4
        }
    }

    private func choose(
        among expired: [Release], _ accounts: [Partition: String], limit: Int, now: Timestamp
    ) async throws -> PrunePlan {
        let states = Dictionary(
            try await ledger.states(of: Set(expired.map(\.item)).sorted()).map { ($0.item, $0) }
        ) { first, _ in first }
        var pruning = PrunePlan()
        for release in expired {
            let retention = desired.retention(of: release.item.layer)
            if let account = accounts[release.id.region.partition], account != release.id.account {
                let reason = "it is in account \(release.id.account), and these credentials are for account \(account)"
                pruning.keep.append(.init(release: release, reason: reason))
            } else if let reason = states[release.item]?.reasonToKeep(release, retention, now: now) {
                pruning.keep.append(.init(release: release, reason: reason))
            } else if pruning.delete.count < limit {
                pruning.delete.append(release)
            } else {
                pruning.keep.append(.init(release: release, reason: "over this run's limit of \(limit)"))
            }
        }
        return pruning
    }
}

/// Deletes releases, each written down before it happens and read back after. A region that fails keeps its own, and what
/// is another account's, holds other bytes than are recorded, or may not end yet by what readers were told on the main
/// branch stays.
public struct PruneStep: Step {
    public init() {}

    /// - Parameter input: as they were when they were chosen; what has changed since is not deleted.
    /// - Returns: what was deleted.
    public func run(_ input: [Release], _ session: Session) async throws -> [Release] {
        let states = try await session.ledger.states(of: Set(input.map(\.item)).sorted())
        let known = Dictionary(states.map { ($0.item, $0) }) { first, _ in first }
        let unchanged = Set(states.flatMap(\.releases)).intersection(input)
        guard !unchanged.isEmpty else { return [] }
        let told = try await session.context.registry.listed(of: Set(unchanged.map(\.item.layer)), session)
        let chosen = Dictionary(grouping: input.filter(unchanged.contains), by: \.id.region)
        var deleted: [Release] = []
        for (region, releases) in chosen.sorted(by: { $0.key < $1.key }) {
            for release in releases {
                do {
                    if let told { try checkEnd(of: release, as: told[release.arn], session) }
                    try await check(release, known[release.item]?.build(release.buildNumber), session)
                    deleted.append(try await delete(release, session))
                } catch let error as StrataError where error.code == .refused {
                    // That says nothing of the others.
                    session.recorder.record(.pending(.init(release.item, region, error), .pending))
                } catch let error as StrataError where error.isOutside {
                    session.recorder.record(.pending(.init(release.item, region, error), .pending))
                    break
                }
            }
        }
        return deleted
    }

    /// Refuses to delete what readers were told would stay.
    ///
    /// - Parameter told: the release as the main branch lists it.
    private func checkEnd(of release: Release, as told: Release?, _ session: Session) throws(StrataError) {
        let reason: String
        switch (told, told?.end) {
        case (nil, _): reason = "is not listed on the registry's main branch, so nobody was told its end"
        case (_, nil): reason = "has no end on the registry's main branch"
        case (_, let end?) where end > session.now:
            reason = "is promised until \(end.date) on the registry's main branch"
        default: return
        }
        throw StrataError(
            .refused, "\(release.id) \(reason): it is not deleted",
            hint: "'strata publish' brings the registry up to date", place: .init(region: release.id.region.code))
    }

    /// Refuses to delete what is not the recorded release: a name and a number mean something else in another account.
    ///
    /// - Parameter build: what was published, as recorded.
    private func check(_ release: Release, _ build: Build?, _ session: Session) async throws {
        try await session.provider.checkOwner(of: release.arn, as: release.id)
        guard let version = try await session.provider.version(release.id) else { return }
        func refuse(_ why: String) -> StrataError {
            StrataError(
                .refused, "\(release.id) \(why): it is not deleted", hint: "'strata reconcile' tells what differs",
                place: .init(region: release.id.region.code))
        }
        let sha256 = build?.artifact?.sha256
        guard version.sha256 == sha256 else {
            let recorded = sha256.map { "\($0.hex.prefix(12)) is" } ?? "nothing is"
            throw refuse("holds \(version.sha256.hex.prefix(12)), and \(recorded) recorded for it")
        }
        guard LayerDescription.publication(in: version.description) != nil,
            version.description.contains(" | build \(release.buildNumber) | sha256 \(version.sha256.hex.prefix(16)) | ")
        else {
            throw refuse("does not say that Strata published it ('\(version.description.prefix(60))')")
        }
    }

    private func delete(_ release: Release, _ session: Session) async throws -> Release {
        let intent = Intent(
            id: Intent.ID(session.context.environment.newPublication(), release.id.region.code),
            work: .delete(item: release.item, release: release.id), begun: session.now)
        try await session.ledger.begin([intent], lease: session.lease)
        try await session.provider.delete(release.id)
        guard try await session.provider.version(release.id) == nil else {
            throw StrataError(.unavailable, "\(release.id) was deleted, but can still be read")
        }
        var deleted = release
        deleted.status = .deleted
        try await session.ledger.close(intent.id, events: [.released(deleted)], lease: session.lease)
        session.recorder.record(.deleted(deleted))
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
        guard promised <= now || release.isEndedEarly else {
            return "its end was published on \(announced.date); it stays until \(promised.date)"
        }
        let newer = releases.filter {
            $0.id.region == release.id.region && ($0.status == .latest || $0.status == .deprecated)
                && ($0.published, $0.id) > (release.published, release.id)
        }
        return newer.count < retention.keep ? "it is among the \(retention.keep) newest in \(release.id.region)" : nil
    }
}
