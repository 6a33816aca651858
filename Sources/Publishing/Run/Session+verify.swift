import Model
import Planning

extension Session {
    /// The version that an intent published: its id is in the description. One with the bytes that were sent comes before
    /// one with others.
    ///
    /// Nothing is concluded from a list that may not show yet what was published a moment ago: it is read again when it
    /// must.
    func find(
        _ intent: Intent, _ sha256: ContentDigest, as name: String, in region: Region
    ) async throws -> PublishedVersion? {
        let young = provider.listLag - max(now - intent.begun, .zero)
        func look() async throws -> PublishedVersion? {
            let found = try await context.versions(of: intent, nil, as: name, in: region)
            return found.first { $0.sha256 == sha256 } ?? found.first
        }
        if let found = try await look() { return found }
        guard young > .zero else { return nil }
        try await context.environment.sleep(young)
        return try await look()
    }

    /// Verifies a version's bytes, then grants, then reads the policy back.
    ///
    /// - Throws: `DigestMismatch` for other bytes; `unavailable` if the version or its policy cannot be read back.
    func confirm(_ id: Release.ID, holds sha256: ContentDigest) async throws -> ConfirmedVersion {
        guard let version = try await provider.version(id) else {
            throw StrataError(.unavailable, "version \(id.number) of \(id.name) was published, but cannot be read back")
        }
        guard version.sha256 == sha256 else { throw DigestMismatch(id: id, found: version) }
        // A version that nobody will list must not be one that everybody can read.
        try await checkBeforeActing()
        for grant in desired.visibility.grants {
            do {
                try await provider.grant(grant, on: id)
            } catch let error as StrataError where error.code == .conflict {
                continue  // granted before: by this run's lost answer, or by the run that died
            }
        }
        let present = Set(try await provider.policy(of: id))
        guard desired.visibility.grants.allSatisfy(present.contains) else {
            throw StrataError(.unavailable, "the permission of \(id) is not what was asked for, as read back")
        }
        return ConfirmedVersion(version: version, audience: Audience(grantedBy: present.filter(\.isOurs)))
    }

    /// Verifies, grants and lists a version that an intent turned out to have published.
    func adopt(_ found: PublishedVersion, _ build: Build, for intent: Intent) async throws -> PublishedVersion {
        let confirmed = try await confirm(found.id, holds: build.artifact?.sha256 ?? found.sha256)
        let version = confirmed.version
        let state = try await state(of: build.item)
        // The time of the other regions that the same act of publishing reached.
        let replaced = replacements(of: state, in: found.id.region, now: intent.begun)
        try await list(confirmed, build, replacing: replaced, in: state, closing: intent)
        tellIfWider(confirmed)
        recorder.record(.adopted(.init(build, version), replaced: replaced.count))
        return version
    }

    /// Makes a verified version the latest in its region and deprecates what it replaces, in one unit.
    func list(
        _ confirmed: ConfirmedVersion, _ build: Build, replacing replaced: [DeprecateAction], in state: ItemState,
        closing intent: Intent
    ) async throws {
        let events = events(
            listing: confirmed.version, build.buildNumber, for: confirmed.audience, replacing: replaced, in: state,
            now: intent.begun)
        try await ledger.close(intent.id, events: events, lease: lease)
    }

    /// Warns of a version that was there before, and that others than are wanted can read. What is recorded is whom it was
    /// given to, so the next plan holds the change.
    func tellIfWider(_ confirmed: ConfirmedVersion) {
        guard !confirmed.audience.isKept(by: Audience(desired.visibility)) else { return }
        recorder.record(
            .warning(
                "\(confirmed.version.id) was there before and can be read by \(confirmed.audience.text), more than "
                    + "'visibility' says: 'strata plan' shows it, and --allow-revocations takes it back"))
    }

    /// What a new latest takes the place of in a region.
    func replacements(of state: ItemState, in region: Region, now: Timestamp) -> [DeprecateAction] {
        let retention = desired.retention(of: state.item.layer)
        return state.releases.filter { $0.status == .latest && $0.id.region == region }.map {
            DeprecateAction(
                item: state.item, release: $0.id, expires: retention.end(of: $0, from: now), reason: .replaced)
        }
    }
}

/// A version whose bytes and permission were read back.
struct ConfirmedVersion: Sendable {
    let version: PublishedVersion
    /// Whom the statements that Strata made let read it: all who are wanted, and more if it was there before.
    let audience: Audience
}

/// A version that does not hold the bytes that were sent. It is kept, never granted and never listed.
struct DigestMismatch: Error {
    let id: Release.ID
    let found: PublishedVersion

    var error: StrataError {
        StrataError(
            .badWheel, "\(id) holds other bytes (\(found.sha256.hex.prefix(12))) than were sent; it is quarantined",
            hint: "the next run publishes again; delete the version by hand if it stays")
    }

    func quarantined(_ item: Item, _ buildNumber: Int, _ now: Timestamp) -> Release {
        Release(
            id: id, item: item, buildNumber: buildNumber, arn: found.arn, status: .quarantined, published: now,
            reason: "other bytes than were sent")
    }
}

extension RunReport.Published {
    init(_ build: Build, _ version: PublishedVersion) {
        self.init(
            item: build.item, region: version.id.region, version: build.version, buildNumber: build.buildNumber,
            number: version.id.number)
    }
}
