import Model

/// Lets those read releases who should be able to: each change is written down before it happens, verified, and recorded.
///
/// Regions are worked through side by side. One that fails keeps the rest of its own, which the next run's plan holds
/// again.
public struct PermitStep: Step {
    private let end: ContinuousClock.Instant?

    /// - Parameter end: when to stop and leave the rest for the next run; nil to change all.
    public init(until end: ContinuousClock.Instant? = nil) { self.end = end }

    /// - Returns: how many releases were changed.
    public func run(_ input: [PermitAction], _ session: Session) async throws -> Int {
        try await withThrowingTaskGroup(of: Int.self) { group in
            for (region, actions) in Dictionary(grouping: input, by: \.release.region) {
                group.addTask { try await change(actions, in: region, session) }
            }
            return try await group.reduce(0, +)
        }
    }

    private func change(_ actions: [PermitAction], in region: Region, _ session: Session) async throws -> Int {
        var changed = 0
        for action in actions {
            do {
                if let end, ContinuousClock.now >= end {
                    throw StrataError(
                        .timedOut, "there was no time left to change \(actions.count - changed) permissions")
                }
                if try await change(action, session) { changed += 1 }
            } catch let error as StrataError where error.isOutside || [.refused, .notFound].contains(error.code) {
                session.recorder.record(.pending(.init(action.item, region, error), .pending))
                return changed
            }
        }
        return changed
    }

    /// - Returns: false if the release is no longer one that others should read.
    private func change(_ action: PermitAction, _ session: Session) async throws -> Bool {
        let id = action.release
        let recorded = try await session.state(of: action.item).releases.first { $0.id == id }
        guard var release = recorded, release.isGranted, let grants = action.after.grants else { return false }
        let intent = Intent(
            id: Intent.ID(session.context.environment.newPublication(), id.region.code),
            work: .permit(item: action.item, release: id, audience: action.after), begun: session.now)
        try await session.ledger.begin([intent], lease: session.lease)
        try await session.setPolicy(of: id, to: grants, keepingOthers: true)
        release.audience = action.after
        try await session.ledger.close(intent.id, events: [.released(release)], lease: session.lease)
        session.recorder.record(.permitted(action))
        return true
    }
}
