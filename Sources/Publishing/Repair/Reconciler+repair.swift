import Model
import Planning

extension Reconciler {
    /// Repairs a difference.
    ///
    /// - Returns: nil if it is repaired, or will be when the registry is written; else why it was left.
    func repair(_ difference: Difference, _ how: Repair, _ session: Session) async throws -> String? {
        do {
            switch difference.kind {
            case .orphanVersion: return try await adopt(difference, how, session)
            case .missingVersion where how.fix: return try await forget(difference, session)
            case .wrongPermission where how.fix: return try await regrant(difference, how, session)
            case .wrongBytes where how.fix: return try await quarantine(difference, session)
            case .staleFile where how.fix, .handEdit where how.fix: return nil
            default: return "only --fix repairs it"
            }
        } catch let aborted as RunAborted {
            throw aborted.cause
        } catch let error as StrataError where error.isOutside || error.code == .refused {
            return error.message
        }
    }

    /// Takes an orphan over: as ours if its bytes are those of a build that we know, as external otherwise.
    private func adopt(_ difference: Difference, _ how: Repair, _ session: Session) async throws -> String? {
        guard let (state, id) = try await subject(difference) else { return "the ledger has changed meanwhile" }
        guard let version = try await provider.version(id) else { return nil }
        if let build = state.builds.last(where: { $0.artifact?.sha256 == version.sha256 }) {
            guard how.fix else { return "it is a build of ours: only --fix lists it" }
            return try await adoptAsOurs(version, build, state, session)
        }
        guard how.adopt else {
            return "its bytes are not of a build that the ledger knows: --adopt takes it over as external"
        }
        let buildNumber = (state.builds.last?.buildNumber ?? 0) + 1
        let build = Build(
            buildNumber: buildNumber, item: state.item, version: "unknown", artifact: nil, requirements: [],
            packages: [], created: session.now)
        let release = Release(
            id: id, item: state.item, buildNumber: buildNumber, arn: version.arn, isExternal: true, status: .deprecated,
            published: session.now)
        try await session.record([.built(build), .released(release)])
        return nil
    }

    private func adoptAsOurs(
        _ version: PublishedVersion, _ build: Build, _ state: ItemState, _ session: Session
    ) async throws -> String? {
        let now = session.now
        let confirmed = try await session.confirm(version.id, holds: version.sha256)
        session.tellIfWider(confirmed)
        let latest = state.releases.filter { $0.id.region == version.id.region && $0.status == .latest }
        let isNewest = state.latestBuild.map { $0.buildNumber == build.buildNumber } ?? true
        if isNewest, latest.allSatisfy({ $0.buildNumber != build.buildNumber || $0.id.number < version.id.number }) {
            let replaced = session.replacements(of: state, in: version.id.region, now: now)
            try await session.record(
                events(
                    listing: version, build.buildNumber, for: confirmed.audience, replacing: replaced,
                    in: state, now: now))
        } else {
            var release = Release(
                id: version.id, item: state.item, buildNumber: build.buildNumber, arn: version.arn, status: .latest,
                published: now, audience: confirmed.audience)
            release.deprecate(until: desired.retention(of: state.item.layer).end(of: release, from: now))
            try await session.record([.released(release)])
        }
        return nil
    }

    /// A release that does not exist any more is deleted, in the ledger too; the next run publishes it again if it is
    /// wanted.
    private func forget(_ difference: Difference, _ session: Session) async throws -> String? {
        guard let (state, id) = try await subject(difference) else { return "the ledger has changed meanwhile" }
        guard var release = state.releases.first(where: { $0.id == id }) else { return nil }
        // In another account it is missing, too.
        try await provider.checkOwner(of: release.arn, as: id)
        release.status = .deleted
        release.reason = "found missing"
        try await session.record([.released(release)])
        return nil
    }

    /// Brings a permission to what is recorded. What Strata itself gave is only taken away when that is allowed: a ledger
    /// that was lost or is old does not know it.
    private func regrant(_ difference: Difference, _ how: Repair, _ session: Session) async throws -> String? {
        guard let (state, id) = try await subject(difference),
            let release = state.releases.first(where: { $0.id == id })
        else { return "the ledger has changed meanwhile" }
        try await provider.checkOwner(of: release.arn, as: id)
        let recorded = try await context.recordedAudience() ?? Audience(desired.visibility)
        let should = grants(of: release, recorded)
        let given = try await provider.policy(of: id).filter { $0.isOurs && !should.contains($0) }
        if !given.isEmpty, release.isGranted, !how.revokes {
            return "it would take away what was given (\(given.map(\.statement).joined(separator: ", "))): only "
                + "--allow-revocations does that"
        }
        try await session.setPolicy(of: id, to: should, keepingOthers: false)
        return nil
    }

    /// Other bytes than the ledger says are no longer listed, and nobody may read them any more.
    private func quarantine(_ difference: Difference, _ session: Session) async throws -> String? {
        guard let (state, id) = try await subject(difference),
            var release = state.releases.first(where: { $0.id == id })
        else { return "the ledger has changed meanwhile" }
        try await provider.checkOwner(of: release.arn, as: id)
        try await session.setPolicy(of: id, to: [], keepingOthers: false)
        release.status = .quarantined
        release.reason = "other bytes than were published"
        release.expires = nil
        try await session.record([.released(release)])
        return nil
    }

    private func subject(_ difference: Difference) async throws -> (ItemState, Release.ID)? {
        guard let item = difference.item, let id = difference.release,
            let state = try await context.ledger.states(of: [item]).first
        else { return nil }
        return (state, id)
    }
}
