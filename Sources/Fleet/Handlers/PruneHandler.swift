import Model
import Publishing

/// Deletes releases whose promised time is over, at most `limits.delete`, and shows it in the registry.
public struct PruneHandler: Handler {
    let fleet: FleetContext

    public func handle(_ input: PruneInput, _ invocation: Invocation) async throws -> PruneOutput {
        let files = try fleet.files(input.context)
        let pruning = try await fleet.publishing.pruning(limit: fleet.publishing.desired.limits.delete)
        let expired = pruning.delete.count + pruning.keep.count
        func output(_ deleted: Int) -> PruneOutput {
            PruneOutput(v: PayloadVersion(), deleted: deleted, left: expired - deleted)
        }
        if input.dryRun ?? false { return output(pruning.delete.count) }
        let report = try await fleet.session(input.context) { session in
            _ = try await PruneStep().run(pruning.delete, session)
            _ = try await CommitStep().run(NoInput(), session)
            return session.recorder.report
        }
        let events = report.deleted.map(RunEvent.deleted) + report.pending.map { .pending($0, .pending) }
        try await files.write(
            events + report.commits.map(RunEvent.committed) + report.proposals.map(RunEvent.proposed)
                + report.sitesBehind.map(RunEvent.siteBehind), as: "pruned.json")
        return output(report.deleted.count)
    }
}
