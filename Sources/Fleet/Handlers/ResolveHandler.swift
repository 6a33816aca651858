import Model
import Publishing

/// Resolves a batch of items and plans each of them; the ledger is only read.
public struct ResolveHandler: Handler {
    let fleet: FleetContext

    public func handle(_ input: ResolveInput, _ invocation: Invocation) async throws -> ResolveOutput {
        let fleet = try await fleet.asStarted(fleet.files(input.context))
        let outcomes = try await ResolveStep(fleet.publishing, fleet.recorder()).run(input.items.map(\.item))
        let plans = try await fleet.publishing.itemPlans(outcomes)
        try await fleet.files(input.context).write(plans, as: "plans/\(input.batch).json")
        return ResolveOutput(
            v: PayloadVersion(), batch: input.batch, items: plans.count,
            changes: plans.count { $0.actions.contains(where: \.isEffective) },
            failed: plans.count { if case .failed = $0.outcome { true } else { false } })
    }
}
