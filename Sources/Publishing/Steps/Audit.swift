import Model
import Planning

/// Looks up what is known of the latest builds, and records where that has changed: a new advisory about what is published
/// is an event, whether or not there is a fix.
///
/// What cannot be looked up stays as it was.
public struct AuditStep: Step {
    public init() {}

    /// - Parameter items: of the configuration; those of which nothing is published are left out.
    public func run(_ items: [Item], _ session: Session) async throws -> NoInput {
        guard let policy = session.desired.advisories else { return NoInput() }
        let states = try await session.ledger.states(of: items)
        let report: AdvisoryReport
        do {
            let packages = states.flatMap { $0.latestBuild?.pins ?? [] }
            report = try await session.context.buildService.audit(Set(packages).sorted(), policy)
        } catch let error as StrataError where error.code != .cancelled {
            session.recorder.record(
                .warning("advisories could not be looked up, and stay as they were: \(error.message)"))
            return NoInput()
        }
        for warning in report.warnings { session.recorder.record(.warning(warning)) }
        var events: [Event] = []
        for state in states {
            guard let build = state.latestBuild, var resolution = state.resolution else { continue }
            let audit = Audit(of: build, report, policy, known: resolution.audit, now: session.now)
            guard audit != resolution.audit else { continue }
            tell(audit, known: resolution.audit, of: state.item, session.recorder)
            resolution.audit = audit
            events.append(.resolved(state.item, resolution))
        }
        try await session.record(events)
        return NoInput()
    }

    private func tell(_ audit: Audit, known: Audit?, of item: Item, _ recorder: Recorder) {
        let told = Set((known?.entries ?? []).map(\.advisory.id))
        for entry in audit.entries where entry.ignored == nil && !told.contains(entry.advisory.id) {
            recorder.record(
                .advisory(.init(item: item, buildNumber: audit.buildNumber, text: entry.advisory.text)))
        }
    }
}

extension PublishingContext {
    /// Why items are not to be built anew, for advisories about what they would hold.
    ///
    /// - Parameter states: of some of the items that are resolved.
    /// - Returns: nil if nobody could say.
    func advisoryRefusals(
        _ outcomes: [Item: ResolveOutcome], _ states: [ItemState]
    ) async throws -> [Item: String]? {
        guard let policy = desired.advisories, policy.fail != .never else { return [:] }
        var locks: [Item: Lock] = [:]
        for state in states {
            guard case .locked(let resolved) = outcomes[state.item], let layer = desired.layer(state.item.layer),
                state.buildNumber(of: ContentsKey(resolved.lock, layer.options)) == nil
            else { continue }
            locks[state.item] = resolved.lock
        }
        guard !locks.isEmpty else { return [:] }
        let packages = locks.values.flatMap(\.wheels).compactMap { PinnedPackage("\($0.package)==\($0.version)") }
        let report: AdvisoryReport
        do {
            report = try await buildService.audit(Set(packages).sorted(), policy)
        } catch let error as StrataError where error.code != .cancelled {
            environment.report(
                .warning("new builds are not held for advisories, which could not be looked up: \(error.message)"))
            return nil
        }
        return locks.compactMapValues { lock in
            let bad = report.advisories(of: lock).filter(policy.refuses)
            guard let first = bad.first else { return nil }
            return "\(first.text)" + (bad.count > 1 ? " (and \(bad.count - 1) more)" : "")
                + "; 'vulnerabilities.fail' is \(policy.fail.rawValue)"
        }
    }
}

extension Build {
    /// Its packages as they can be looked up; those of imported builds may have versions that are none.
    public var pins: [PinnedPackage] { packages.compactMap { PinnedPackage("\($0.name)==\($0.version)") } }
}
