import Model
import Planning
import Publishing

/// The plan step's input, put together from what the batches left: without locks, so that ten thousand layers fit.
struct MergedPlan: Sendable {
    private var actions: [Action] = []
    private var resolutions: [Item: Resolution] = [:]
    private var remarks: [String: [String]] = [:]
    /// Items that were asked about and got an answer, be it a refusal.
    private var answered = 0

    /// - Parameter plans: nil if the batch's call failed; then its items failed.
    mutating func add(_ batch: Batch, _ plans: [ItemPlan]?) {
        let known = Dictionary((plans ?? []).map { ($0.item, $0) }) { first, _ in first }
        for item in batch.items.map(\.item) {
            guard let plan = known[item] else {
                let reason = "it was not resolved; the log of 'resolve' tells why"
                actions.append(.refuse(RefuseAction(item: item, reason: reason, isTemporary: true)))
                continue
            }
            if case .failed = plan.outcome {} else { answered += 1 }
            actions += plan.actions
            resolutions[item] = plan.resolution
            remarks[item.description] = plan.remarks
        }
    }

    /// - Throws: `tool` if not a single item could be resolved: then it is not the items that are wrong.
    func input(_ publishing: PublishingContext) async throws -> PlanStep.Input {
        let plan = try await publishing.plan(merging: actions, remarks: remarks)
        if answered == 0, let first = plan.refusals.first {
            throw StrataError(.tool, "nothing could be resolved: \(first.reason)")
        }
        return PlanStep.Input(plan: plan, resolutions: resolutions)
    }
}
