import Model
import Planning

/// What looking after the open intents of former runs came to.
public struct Settling: Sendable {
    /// Intents whose end is known now.
    public internal(set) var settled = 0
    /// Regions that could not be asked, and why; their intents stay open.
    public internal(set) var silent: [Region: StrataError] = [:]
    /// Time was up before all intents had been looked at.
    public internal(set) var hasMore = false
}

extension Publisher {
    /// Finishes what a run that died had begun: looks at the world, adopts what happened, forgets what did not.
    ///
    /// Each region is asked on its own, and one that cannot be asked is left alone for the rest of the run: its
    /// deadline is paid once, not once for each intent.
    ///
    /// - Parameter end: when to stop and leave the rest for another call; nil to look at all.
    public func settleOpenIntents(_ lease: Lease, until end: ContinuousClock.Instant?) async throws -> Settling {
        try await settleOpenIntents(lease, Recorder(), until: end)
    }

    func settleOpenIntents(
        _ lease: Lease, _ recorder: Recorder, until end: ContinuousClock.Instant? = nil
    ) async throws -> Settling {
        var settling = Settling()
        var last: Intent.ID?
        while true {
            let page = try await ledger.openIntents(after: last, limit: 100)
            guard !page.isEmpty else { return settling }
            runEnvironment.report(.began(.settle, count: page.count))
            let known = settling.silent
            try await withThrowingTaskGroup(of: RegionSettling.self) { group in
                for (region, intents) in Dictionary(grouping: page, by: \.region) {
                    let silence = region.flatMap { known[$0] }
                    group.addTask { try await settle(intents, of: region, silence, lease, recorder, until: end) }
                }
                for try await part in group { settling.add(part) }
            }
            if settling.hasMore { return settling }
            last = page.last?.id
        }
    }

    /// Settles the intents of one region until it turns out that it cannot be asked, or time is up.
    /// - Parameter silence: why it could not be asked before in this run.
    private func settle(
        _ intents: [Intent], of region: Region?, _ silence: StrataError?, _ lease: Lease, _ recorder: Recorder,
        until end: ContinuousClock.Instant?
    ) async throws -> RegionSettling {
        var part = RegionSettling(region: region, silence: silence)
        for intent in intents {
            if part.silence == nil {
                if let end, ContinuousClock.now >= end {
                    part.hasMore = true
                    return part
                }
                do {
                    try await within(options.noProgress) { try await settle(intent, lease, recorder) }
                    part.settled += 1
                    continue
                } catch let ended as RunAborted {
                    throw ended.cause
                } catch let error as StrataError where error.isOutside {
                    // The intent stays open, and the planner leaves the region alone.
                    runEnvironment.report(.warning("what a former run did is still unknown: \(error)"))
                    part.silence = error
                }
            }
            guard let silence = part.silence, case .publish(let item, _, _, let region, _) = intent.work else {
                continue
            }
            await recorder.write {
                $0.pending.append(.init(item: item, region: region, reason: silence.message, hint: silence.hint))
            }
        }
        return part
    }

    private func settle(_ intent: Intent, _ lease: Lease, _ recorder: Recorder) async throws {
        switch intent.work {
        case .publish(let item, let buildNumber, let sha256, let region, let name):
            let found = try await find(intent.id.publication, sha256, as: name, in: region)
            try await adopt(found, item, buildNumber, region, intent, lease, recorder)
        case .delete(let item, let id):
            let gone = try await provider.version(id) == nil
            try await ledger.close(
                intent.id, events: gone ? try await changed(id, of: item) { $0.status = .deleted } : [], lease: lease)
        case .revoke(let item, let id):
            let revoked = try await provider.policy(of: id).isEmpty
            try await ledger.close(
                intent.id, events: revoked ? try await changed(id, of: item) { $0.isRevoked = true } : [], lease: lease)
        case .commit:
            // The registry is compared with the ledger anyway: what was pushed is not pushed again.
            try await ledger.close(intent.id, events: [], lease: lease)
        }
    }

    /// The version that an intent published: its id is in the description, and its bytes are the ones that were sent.
    func find(
        _ publication: Intent.Publication, _ sha256: ContentDigest, as name: String, in region: Region
    ) async throws -> PublishedVersion? {
        for summary in try await provider.versions(of: name, in: region)
        where LayerDescription.publication(in: summary.description) == publication {
            if let version = try await provider.version(summary.id), version.sha256 == sha256 { return version }
        }
        return nil
    }

    /// Finishes a publication that was found to have happened, or forgets one that was not.
    /// - Returns: the version, which is the region's latest now; nil if there is none.
    @discardableResult
    func adopt(
        _ found: PublishedVersion?, _ item: Item, _ buildNumber: Int, _ region: Region, _ intent: Intent,
        _ lease: Lease,
        _ recorder: Recorder
    ) async throws -> PublishedVersion? {
        guard let found, let state = try await ledger.states(of: [item]).first, let build = state.build(buildNumber)
        else {
            try await ledger.close(intent.id, events: [], lease: lease)
            return nil
        }
        let version = try await confirm(found.id, holds: found.sha256, lease)
        // The time of the other regions that the same act of publishing reached.
        let now = intent.begun
        let action = PublishAction(
            item: item, buildNumber: buildNumber, version: build.version, region: region, name: found.id.name,
            reason: .backfill,
            replaces: nil)
        let replaced = replacements(of: item, in: region, state, now: now)
        let events = events(publishing: action, as: version, replacing: replaced, in: state, now: now)
        try await ledger.close(intent.id, events: events, lease: lease)
        runEnvironment.report(.adopted(item, region, number: version.id.number))
        await recorder.write {
            $0.deprecated += replaced.count
            $0.adopted.append(
                .init(
                    item: item, region: region, version: build.version, buildNumber: buildNumber,
                    number: version.id.number))
        }
        return version
    }

    /// What a new latest takes the place of in a region.
    func replacements(of item: Item, in region: Region, _ state: ItemState, now: Timestamp) -> [DeprecateAction] {
        let retention = desired.retention(of: item.layer)
        return state.releases.filter { $0.status == .latest && $0.id.region == region }.map {
            DeprecateAction(
                item: item, release: $0.id, expires: retention.end(of: $0, from: now), reason: .replaced)
        }
    }

    private func changed(
        _ id: Release.ID, of item: Item, _ change: (inout Release) -> Void
    ) async throws -> [Event] {
        guard var release = try await ledger.states(of: [item]).first?.releases.first(where: { $0.id == id }) else {
            return []
        }
        change(&release)
        return [.released(release)]
    }
}

/// What settling came to in one region.
private struct RegionSettling: Sendable {
    let region: Region?
    var silence: StrataError?
    var settled = 0
    var hasMore = false
}

extension Settling {
    fileprivate mutating func add(_ part: RegionSettling) {
        settled += part.settled
        hasMore = hasMore || part.hasMore
        if let region = part.region, let silence = part.silence { silent[region] = silence }
    }
}

extension Intent {
    /// The region that knows what became of it; nil for a commit.
    fileprivate var region: Region? {
        switch work {
        case .publish(_, _, _, let region, _): region
        case .delete(_, let id), .revoke(_, let id): id.region
        case .commit: nil
        }
    }
}

extension StrataError {
    /// True if the provider could not be asked, as opposed to the ledger.
    var isOutside: Bool {
        switch code {
        case .throttled, .unavailable, .timedOut, .connection, .credentials, .accessDenied, .unsupported,
            .invalidRequest, .quota:
            true
        default: false
        }
    }
}
