import Model
import Publishing
import Tasks

/// Puts the batches' plans together, checks the limits before anything is changed, and lists the items that have
/// something to build.
public struct PlanHandler: Handler {
    let fleet: FleetContext

    public func handle(_ input: PlanInput, _ invocation: Invocation) async throws -> PlanOutput {
        let files = try fleet.files(input.context)
        let record: RunRecord = try await files.read("run.json")
        var fleet = fleet
        fleet.publishing.options.allowances = .init(overLimits: record.overLimits, vanished: record.vanished)
        fleet.publishing.options.only = Set(record.only)
        let batches: [Batch] = try await files.read("batches.json")
        let planned = try await plan(batches, files, fleet.publishing)
        try await fleet.session(input.context) { session in _ = try await PlanStep().run(planned, session) }

        let numbers = Dictionary(batches.flatMap { batch in batch.items.map { ($0.item, batch.batch) } }) { $1 }
        let work = planned.plan.builds.compactMap { build in
            numbers[build.item].map { WorkItem(item: ItemText(build.item), batch: $0) }
        }
        let key = try await files.write(work, as: "work.json")
        return PlanOutput(
            v: PayloadVersion(), work: ObjectReference(bucket: fleet.bucket, key: key),
            builds: work.count, publications: planned.plan.publications.count)
    }

    /// The plan that an earlier delivery of this call has made, or a new one: what was withdrawn is not planned twice.
    private func plan(
        _ batches: [Batch], _ files: RunFiles, _ publishing: PublishingContext
    ) async throws -> PlanStep.Input {
        if let made: PlanStep.Input = try await files.find("plan.json") { return made }
        var merged = MergedPlan()
        try await batches.forEachBounded(limit: 16) { batch in
            PlannedBatch(batch: batch, plans: try await files.find("plans/\(batch.batch).json"))
        } take: {
            merged.add($0.batch, $0.plans)
        }
        let input = try await merged.input(publishing)
        try await files.write(input, as: "plan.json")
        return input
    }
}

/// A batch with what its call left; nil if it failed.
private struct PlannedBatch: Sendable {
    let batch: Batch
    let plans: [ItemPlan]?
}
