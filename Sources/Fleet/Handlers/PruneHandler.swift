import Model
import Publishing

/// Deletes releases whose promised time is over, at most `limits.delete`, and shows it in the registry.
public struct PruneHandler: Handler {
    let fleet: FleetContext

    public func handle(_ input: PruneInput, _ invocation: Invocation) async throws -> PruneOutput {
        let lifecycle = fleet.lifecycle
        return try await fleet.keeping(input.context) {
            let pruning = try await lifecycle.pruning(limit: lifecycle.desired.limits.delete)
            let expired = pruning.delete.count + pruning.keep.count
            func output(_ deleted: Int) -> PruneOutput {
                PruneOutput(v: PayloadVersion(), deleted: deleted, left: expired - deleted)
            }
            if input.dryRun ?? false { return output(pruning.delete.count) }
            let report = try await lifecycle.prune(pruning.delete, input.context.lease)
            return output(report.deleted.count)
        }
    }
}
