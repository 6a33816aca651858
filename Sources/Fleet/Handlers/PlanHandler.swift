import Model
import Planning
import Publishing

/// Puts the batches' plans together: checks the limits before anything is changed, records what resolving came to and
/// what is withdrawn, and lists the items that have something to build.
public struct PlanHandler: Handler {
    let fleet: FleetContext

    public func handle(_ input: PlanInput, _ invocation: Invocation) async throws -> PlanOutput {
        let files = try fleet.files(input.context)
        let record: RunRecord = try await files.read("run.json")
        let batches: [Batch] = try await files.read("batches.json")
        return try await fleet.keeping(input.context) {
            var merged = MergedPlan()
            try await inParallel(batches, limit: 16) { batch in
                try await BatchTally(batch, files.find("plans/\(batch.batch).json"))
            } take: {
                merged.add($0)
            }
            try merged.refuseToGoOn()
            if record.only.isEmpty { merged.withdrawals += try await fleet.publisher.planVanished() }
            try await carryOut(&merged, record, input.context.lease)
            return try await output(merged, files)
        }
    }

    private func carryOut(_ merged: inout MergedPlan, _ record: RunRecord, _ lease: Lease) async throws {
        let publisher = fleet.publisher
        let allowances = Allowances(overLimits: record.overLimits, vanished: record.vanished)
        try allowances.check(
            publications: merged.summary.publications,
            vanished: Plan.Vanished(of: merged.withdrawals, desired: publisher.desired), publisher.desired.limits)
        try await publisher.record(merged.resolutions, lease)
        merged.summary.deprecated = try await publisher.withdraw(merged.withdrawals, lease)
    }

    private func output(_ merged: MergedPlan, _ files: RunFiles) async throws -> PlanOutput {
        try await files.write(merged.summary, as: "summary.json")
        let key = try await files.write(merged.work.sorted { $0.item.item < $1.item.item }, as: "work.json")
        return PlanOutput(
            v: PayloadVersion(), work: ObjectReference(bucket: fleet.bucket, key: key),
            builds: merged.summary.builds, publications: merged.summary.publications)
    }
}
