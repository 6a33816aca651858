import Model
import Publishing

/// What a run came to, read from its plans and from the ledger: no step has to hand its results on.
struct RunTally: Sendable {
    private let fleet: FleetContext
    private let files: RunFiles

    init(_ fleet: FleetContext, _ files: RunFiles) {
        self.fleet = fleet
        self.files = files
    }

    /// - Returns: an empty report if there is no plan yet.
    func report() async throws -> RunReport {
        var report = RunReport()
        guard let summary: PlanSummary = try await files.find("summary.json") else { return report }
        report.deprecated = summary.deprecated
        report.refused = summary.refused.map { .init(item: $0.item.item, region: nil, reason: $0.reason) }
        report.failed = summary.failed.map { .init(item: $0.item.item, region: nil, reason: $0.reason) }
        report.commits = try await files.find("commits.json") ?? []

        let work: [WorkItem] = try await files.find("work.json") ?? []
        let batches = Dictionary(grouping: work, by: \.batch).sorted { $0.key < $1.key }
        try await inParallel(batches, limit: 16) { batch in
            try await tally(batch.key, Set(batch.value.map(\.item.item)))
        } take: { part in
            report.built += part.built
            report.bytesBuilt += part.bytesBuilt
            report.unchanged += part.unchanged
            report.deprecated += part.deprecated
            report.published += part.published
            report.pending += part.pending
            report.failed += part.failed
        }
        report.published.sort { ($0.item, $0.region) < ($1.item, $1.region) }
        report.pending.sort { $0.item < $1.item }
        report.failed.sort { $0.item < $1.item }
        return report
    }

    private func tally(_ batch: Int, _ items: Set<Item>) async throws -> RunReport {
        var report = RunReport()
        let plans: [ItemPlan] = try await files.read("plans/\(batch).json")
        let planned = plans.filter { items.contains($0.item) }
        let states = try await fleet.ledger.states(of: planned.map(\.item))
        for (plan, state) in zip(planned, states) {
            guard let action = plan.build else { continue }
            guard let build = state.build(action.buildNumber) else {
                if state.aliases[action.contents] != nil {
                    report.unchanged += 1
                } else {
                    let failure: BuildFailure? = try await files.find(BuildFailure.name(plan.item))
                    report.failed.append(
                        .init(
                            item: plan.item, region: nil,
                            reason: failure?.reason ?? "it was not built; the log of 'build' tells why"))
                }
                continue
            }
            if action.isNew {
                report.built += 1
                report.bytesBuilt += build.artifact?.zipped ?? ByteCount(0)
            }
            for publication in plan.publications { add(publication, state, &report) }
        }
        return report
    }

    private func add(_ action: PublishAction, _ state: ItemState, _ report: inout RunReport) {
        let release = state.releases.last {
            $0.status == .latest && $0.buildNumber == action.buildNumber && $0.id.region == action.region
                && $0.id.name == action.name
        }
        if let release {
            report.published.append(
                .init(
                    item: action.item, region: action.region, version: action.version, buildNumber: action.buildNumber,
                    number: release.id.number))
            if action.replaces != nil { report.deprecated += 1 }
            return
        }
        let note = state.notes[action.region]
        guard note?.kind != .unavailable else { return }
        report.pending.append(
            .init(
                item: action.item, region: action.region,
                reason: note?.reason ?? "it was not published; the log of 'publish' tells why"))
    }
}
