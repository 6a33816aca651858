import Model
import Planning
import Site

extension Reconciler {
    /// Fills a ledger from the registry's main branch, and makes it the registry's own: losing a ledger loses nothing that
    /// was listed. One that the registry is ahead of takes what it lacks, and keeps what was never listed.
    ///
    /// What the branch tells is compared with the provider afterwards; run `run(_:)` for that.
    /// - Returns: how many items and releases the branch told of.
    /// - Throws: `conflict` if the ledger holds something else, `notFound` if the branch does not exist.
    public func rebuild() async throws -> (items: Int, releases: Int) {
        let registry = context.registry
        return try await context.withSession(Recorder(tell: context.environment.report)) { session in
            let snapshot = try await registry.remote.fetch(registry.main)
            guard snapshot.tip != nil else {
                throw StrataError(.notFound, "the registry has no branch '\(registry.main)'")
            }
            let isEmpty = try await session.ledger.hasNothingOfItsOwn
            let isOlder = try await registry.standing(of: snapshot, session.ledger) == .ahead
            guard isEmpty || isOlder else {
                throw StrataError(
                    .conflict, "the ledger is not empty, and not an older one of this registry",
                    hint: "move it away first; nothing that it holds would be lost")
            }
            return try await registry.fill(from: snapshot, session)
        }
    }

    /// Lets the ledger write to a registry that was another ledger's, if it knows all that is listed there.
    /// - Throws: `refused` if it does not.
    public func takeOver() async throws {
        try await context.withSession(Recorder(tell: context.environment.report)) { session in
            try await context.registry.takeOver(session)
        }
    }
}

extension RegistryWriter {
    /// Records all that a snapshot of the main branch tells.
    func fill(from snapshot: any RegistrySnapshot, _ session: Session) async throws -> (items: Int, releases: Int) {
        let files = try await snapshot.withFiles { files in
            var contents: [String: [UInt8]] = [:]
            for path in try files.files(below: "layers") + [RegistryStamp.path] {
                contents[path] = try files.file(path)
            }
            return contents
        }
        let reader = try RegistryReader { files[$0] }
        let states = try Set(files.keys.compactMap { LayerFolders.layer(of: $0) }).sorted()
            .flatMap { try reader.states(of: $0) }
        let desired = session.desired
        for start in stride(from: 0, to: states.count, by: 500) {
            let told = Array(states[start..<min(start + 500, states.count)])
            // One unit for as many items as fit: each is a write to the disk.
            try await session.record(
                try zip(told, try await session.ledger.states(of: told.map(\.item))).flatMap { told, known in
                    try requireSameBuilds(told, known)
                    return told.listedEvents(
                        over: known, retention: desired.retention(of: told.item.layer), at: session.now)
                })
        }
        if let stamp = try await snapshot.stamp() {
            try await session.ledger.setCheckpoint(Belonging.checkpoint, Belonging(stamp).text, lease: session.lease)
        }
        try await session.ledger.setCheckpoint(FilledCheckpoint.name, session.now.description, lease: session.lease)
        return (states.count, states.reduce(0) { $0 + $1.releases.count })
    }
}

/// Two ledgers that published at the same time gave one number to two builds.
private func requireSameBuilds(_ told: ItemState, _ known: ItemState) throws {
    for build in told.builds {
        guard let other = known.build(build.buildNumber), other != build else { continue }
        throw StrataError(
            .conflict,
            "the ledger and the registry have different builds \(build.buildNumber) of \(told.item): two ledgers have "
                + "published at the same time",
            hint:
                "move this ledger away, then run 'strata reconcile --rebuild', 'strata publish', and 'strata reconcile "
                + "--fix --adopt', which lists what this one had published and never listed, in this order")
    }
}

/// When a ledger was filled from its registry, which does not tell what was published and not listed yet.
enum FilledCheckpoint { static let name = "filled" }

extension ItemState {
    /// What a ledger is told to know as much as the registry.
    ///
    /// - Parameter known: what it knows already, older than this state. What is gone stays gone, what was yanked or revoked
    ///   stays so, and an end stays at the later of two dates.
    fileprivate func listedEvents(over known: ItemState, retention: RetentionPolicy, at now: Timestamp) -> [Event] {
        let former = Dictionary(known.releases.map { ($0.id, $0) }) { first, _ in first }
        let listed = releases.compactMap { release -> Release? in
            guard let former = former[release.id] else { return release }
            guard former.status != .deleted else { return nil }
            var release = release
            if let end = former.expires, let other = release.expires { release.expires = max(end, other) }
            // Decided here, and not pushed: a yank and a revocation are never taken back.
            if former.status == .yanked, release.status != .yanked, release.status != .deleted {
                (release.status, release.reason) = (.yanked, former.reason)
                (release.expires, release.announced) = (nil, nil)
            }
            release.isRevoked = release.isRevoked || former.isRevoked
            if let known = former.audience, release.audience?.agrees(with: known) ?? true { release.audience = known }
            return release
        }
        return builds.map(Event.built)
            + aliases.sorted { $0.key.description < $1.key.description }.map {
                .same(item, $0.key, buildNumber: $0.value)
            }
            + (listed + overtaken(in: known, retention, now)).map(Event.released)
            + (hold != known.hold ? [.held(item, hold)] : [])
    }

    /// What an older ledger calls the latest and never listed, where the registry lists another.
    private func overtaken(in known: ItemState, _ retention: RetentionPolicy, _ now: Timestamp) -> [Release] {
        let told = Set(releases.map(\.id))
        let regions = Set(releases.filter { $0.status == .latest }.map(\.id.region))
        return known.releases.filter { release in
            release.status == .latest && !told.contains(release.id) && regions.contains(release.id.region)
        }.map { release in
            var release = release
            release.deprecate(until: retention.end(of: release, from: now))
            return release
        }
    }
}
