import Model
import Planning

/// Finishes what runs that died had begun: looks at the world, adopts what happened, forgets what did not.
///
/// Each region is asked on its own, and one that cannot be asked is left alone for the rest of the run: its deadline is
/// paid once, not once for each intent. A publisher that was overtaken in its sleep may still publish what is decided
/// here, so it is looked at again by later runs (`LatePublication`).
public struct RecoverStep: Step {
    /// What looking after the open intents came to.
    public struct Output: Sendable, Codable {
        /// Intents whose end is known now.
        public internal(set) var closed = 0
        /// Regions that could not be asked, and why; their intents stay open.
        public internal(set) var silent: [Region: String] = [:]
        /// Time was up before all intents had been looked at.
        public internal(set) var hasMore = false
    }

    private let end: ContinuousClock.Instant?

    /// - Parameter end: when to stop and leave the rest for another call; nil to look at all.
    public init(until end: ContinuousClock.Instant? = nil) { self.end = end }

    public func run(_ input: NoInput, _ session: Session) async throws -> Output {
        var silences: [Region: StrataError] = [:]
        var output = Output()
        var last: Intent.ID?
        while !output.hasMore {
            let page = try await session.ledger.openIntents(after: last, limit: 100)
            guard !page.isEmpty else { break }
            session.recorder.record(.began(.recover, count: page.count))
            try await session.expectLateVersions(of: page)
            let known = silences
            try await withThrowingTaskGroup(of: Part.self) { group in
                for (region, intents) in Dictionary(grouping: page, by: \.region) {
                    group.addTask { try await recover(intents, in: region, known[region], session) }
                }
                for try await part in group {
                    output.closed += part.closed
                    output.hasMore = output.hasMore || part.hasMore
                    if let silence = part.silence { silences[part.region] = silence }
                }
            }
            last = page.last?.id
        }
        try await session.removeLateVersions()
        try await session.removeProbes()
        output.silent = silences.mapValues(\.message)
        return output
    }

    /// What recovering came to in one region.
    private struct Part: Sendable {
        let region: Region
        var silence: StrataError?
        var closed = 0
        var hasMore = false
    }

    /// Looks after the intents of one region until it turns out that it cannot be asked, or time is up.
    /// - Parameter silence: why it could not be asked before in this run.
    private func recover(
        _ intents: [Intent], in region: Region, _ silence: StrataError?, _ session: Session
    ) async throws -> Part {
        var part = Part(region: region, silence: silence)
        for intent in intents {
            if part.silence == nil {
                if let end, ContinuousClock.now >= end {
                    part.hasMore = true
                    return part
                }
                do {
                    try await within(session.context.options.noProgress, session.context) {
                        try await recover(intent, session)
                    }
                    part.closed += 1
                    continue
                } catch let aborted as RunAborted {
                    throw aborted.cause
                } catch let error as StrataError where error.isOutside {
                    // The intent stays open, and the planner leaves the region alone.
                    session.recorder.record(.warning("what a former run did is still unknown: \(error)"))
                    _ = try await session.circuits.change(region) { $0.failed(error) }
                    part.silence = error
                }
            }
            guard let silence = part.silence, case .publish = intent.work else { continue }
            session.recorder.record(.pending(.init(intent.item, region, silence), .pending))
        }
        return part
    }

    private func recover(_ intent: Intent, _ session: Session) async throws {
        let (ledger, provider) = (session.ledger, session.provider)
        guard try await session.canRecover(intent) else { return }
        switch intent.work {
        case .publish(let item, let buildNumber, let sha256, let region, let name, _):
            let build = try await session.state(of: item).build(buildNumber)
            if let build, let found = try await session.find(intent, sha256, as: name, in: region) {
                do {
                    _ = try await session.adopt(found, build, for: intent)
                } catch let mismatch as DigestMismatch {
                    let quarantined = mismatch.quarantined(item, buildNumber, session.now)
                    try await ledger.close(intent.id, events: [.released(quarantined)], lease: session.lease)
                }
            } else {
                try await ledger.close(intent.id, events: [], lease: session.lease)
            }
        case .delete(let item, let release):
            let id = try await session.recorded(release, of: item)
            let isGone = try await provider.version(id) == nil
            let events = isGone ? try await change(id, of: item, session) { $0.status = .deleted } : []
            try await ledger.close(intent.id, events: events, lease: session.lease)
        case .revoke(let item, let release):
            let id = try await session.recorded(release, of: item)
            let isRevoked = try await provider.policy(of: id).isEmpty
            let events = isRevoked ? try await change(id, of: item, session) { $0.isRevoked = true } : []
            try await ledger.close(intent.id, events: events, lease: session.lease)
        case .permit(let item, let id, let audience):
            // What did not come to its end is still in the next plan.
            let isDone = try await session.holds(audience.grants ?? [], on: id, orOthers: true)
            let events = isDone ? try await change(id, of: item, session) { $0.audience = audience } : []
            try await ledger.close(intent.id, events: events, lease: session.lease)
        }
    }

    private func change(
        _ id: Release.ID, of item: Item, _ session: Session, _ change: (inout Release) -> Void
    ) async throws -> [Event] {
        guard var release = try await session.state(of: item).releases.first(where: { $0.id == id }) else { return [] }
        change(&release)
        return [.released(release)]
    }
}
