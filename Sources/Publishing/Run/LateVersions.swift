import Foundation
import Model
import Planning

/// A publication that a run has decided for another, and whose version may appear later all the same: a publisher that
/// sleeps may wake up and send it, a call may still be on its way, a list may not show yet what was published just now.
struct LatePublication: Sendable, Hashable, Codable {
    let intent: Intent
    /// When it was decided.
    let since: Timestamp
    /// The lease under which it was: its own run need not look.
    let token: Int
    /// How many of the times to look have passed.
    var looks = 0

    /// When to look, after it was decided. A publisher sleeps for as long as its machine does.
    static let times: [Duration] = [0, 1, 6, 24, 72, 168].map { .seconds($0 * 3600) }

    func isDue(_ lease: Lease, _ now: Timestamp) -> Bool {
        token != lease.token && looks < Self.times.count && now - since >= Self.times[looks]
    }

    /// What is left to do after a look now; nil if it was the last.
    func looked(_ now: Timestamp) -> LatePublication? {
        var next = self
        next.looks = max(looks + 1, Self.times.count { now - since >= $0 })
        return next.looks < Self.times.count ? next : nil
    }
}

extension Session {
    /// The checkpoint that holds the publications to look at again.
    private static let checkpoint = "late-publications"
    /// Many more than are on their way at once, and less than what an item of DynamoDB takes.
    private static let mostKept = 500

    /// Keeps publications for later looks, before they are decided.
    func expectLateVersions(of intents: [Intent]) async throws {
        let known = try await latePublications()
        let ids = Set(known.map(\.intent.id))
        let new = intents.filter { intent in
            if case .publish = intent.work { !ids.contains(intent.id) } else { false }
        }
        guard !new.isEmpty else { return }
        try await keep(known + new.map { LatePublication(intent: $0, since: now, token: lease.token) })
    }

    /// Deletes the versions that have appeared since their publications were decided, where it is time to look. A region
    /// that cannot be asked is looked at by the next run.
    func removeLateVersions() async throws {
        let known = try await latePublications()
        let due = known.filter { $0.isDue(lease, now) }
        guard !due.isEmpty else { return }
        let looked = await withTaskGroup(of: [Intent.ID].self) { group in
            for (_, late) in Dictionary(grouping: due, by: \.intent.region) {
                group.addTask {
                    var looked: [Intent.ID] = []
                    for publication in late {
                        let removed: [Release.ID]
                        do {
                            removed = try await within(context.options.noProgress, context) {
                                try await context.removeUnrecorded(of: publication.intent)
                            }
                        } catch let error as StrataError where error.code == .refused {
                            removed = []  // another account's: nobody can look there
                        } catch {
                            break
                        }
                        looked.append(publication.intent.id)
                        for id in removed {
                            recorder.record(.warning("\(id) was published by a run that had been overtaken; deleted"))
                        }
                    }
                    return looked
                }
            }
            return await group.reduce(into: Set()) { $0.formUnion($1) }
        }
        try await keep(known.compactMap { looked.contains($0.intent.id) ? $0.looked(now) : $0 })
    }

    /// The publications that are decided and whose versions may appear all the same.
    func latePublications() async throws -> [LatePublication] {
        guard let text = try await ledger.checkpoint(Self.checkpoint) else { return [] }
        // What another version of Strata wrote differently is `reconcile`'s to find.
        return (try? JSONDecoder().decode([LatePublication].self, from: Data(text.utf8))) ?? []
    }

    private func keep(_ publications: [LatePublication]) async throws {
        // Those that were begun first are the likeliest to have been sent.
        let kept = publications.sorted { ($0.looks, $0.intent.id) < ($1.looks, $1.intent.id) }.prefix(Self.mostKept)
        let text = kept.isEmpty ? nil : String(decoding: try JSONEncoder().encode(Array(kept)), as: UTF8.self)
        try await ledger.setCheckpoint(Self.checkpoint, text, lease: lease)
    }
}

extension PublishingContext {
    /// Deletes the versions of a decided publication that are ours by description and bytes, that the ledger does not
    /// know, and that nobody may read.
    ///
    /// - Returns: what was deleted; nothing while the publication is open.
    func removeUnrecorded(of intent: Intent) async throws -> [Release.ID] {
        guard case .publish(let item, _, let sha256, let region, let name, let account) = intent.work else { return [] }
        // Where it was published, nobody can look now; there is time to sign in.
        if let account, try await provider.account(in: region.partition) != account {
            throw StrataError(.refused, "it was published in account \(account)")
        }
        var removed: [Release.ID] = []
        for version in try await versions(of: intent, sha256, as: name, in: region) {
            guard try await provider.policy(of: version.id).isEmpty else { continue }
            // Read last: whoever has the lease may be recording it.
            let state = try await ledger.states(of: [item]).first ?? ItemState(item: item)
            guard !state.openIntents.contains(where: { $0.region == intent.region }),
                !state.releases.contains(where: { $0.id == version.id })
            else { continue }
            try await provider.checkOwner(of: version.arn, as: version.id)
            try await provider.delete(version.id)
            removed.append(version.id)
        }
        return removed
    }

    /// The versions that an intent's publication made: one, unless a call was sent twice.
    ///
    /// - Parameter sha256: what they hold; nil for whatever it is.
    func versions(
        of intent: Intent, _ sha256: ContentDigest?, as name: String, in region: Region
    ) async throws -> [PublishedVersion] {
        var found: [PublishedVersion] = []
        for summary in try await provider.versions(of: name, in: region)
        where LayerDescription.publication(in: summary.description) == intent.id.publication {
            guard let version = try await provider.version(summary.id) else { continue }
            if sha256 == nil || version.sha256 == sha256 { found.append(version) }
        }
        return found
    }
}
