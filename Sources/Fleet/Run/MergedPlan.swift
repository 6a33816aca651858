import Model
import Planning
import Publishing

/// What the plan step keeps of a batch: without locks, so that ten thousand layers fit.
struct BatchTally: Sendable {
    var summary = PlanSummary()
    var work: [WorkItem] = []
    var resolutions: [Item: Resolution] = [:]
    var withdrawals: [DeprecateAction] = []
    /// Items that were asked about and got an answer, be it a refusal.
    var answered = 0

    /// - Parameter plans: nil if the batch's call failed; then its items failed.
    init(_ batch: Batch, _ plans: [ItemPlan]?) {
        let known = Dictionary((plans ?? []).map { ($0.item, $0) }) { first, _ in first }
        summary.items = batch.items.count
        for text in batch.items {
            guard let plan = known[text.item] else {
                summary.failed.append(.init(item: text, reason: "it was not resolved; the log of 'resolve' tells why"))
                continue
            }
            if case .failed = plan.outcome {} else { answered += 1 }
            for refusal in plan.refusals {
                let told = PlanSummary.Refusal(item: text, reason: refusal.reason)
                if refusal.isTemporary { summary.failed.append(told) } else { summary.refused.append(told) }
            }
            if plan.build != nil {
                work.append(WorkItem(item: text, batch: batch.batch))
                summary.builds += 1
                summary.publications += plan.publications.count
            }
            resolutions[plan.item] = plan.resolution
            withdrawals += plan.withdrawals
        }
    }
}

/// All batches together.
struct MergedPlan: Sendable {
    var summary = PlanSummary()
    var work: [WorkItem] = []
    var resolutions: [Item: Resolution] = [:]
    var withdrawals: [DeprecateAction] = []
    private var answered = 0

    mutating func add(_ tally: BatchTally) {
        summary.items += tally.summary.items
        summary.builds += tally.summary.builds
        summary.publications += tally.summary.publications
        summary.refused += tally.summary.refused
        summary.failed += tally.summary.failed
        work += tally.work
        resolutions.merge(tally.resolutions) { first, _ in first }
        withdrawals += tally.withdrawals
        answered += tally.answered
    }

    /// When nothing at all could be resolved, it is not the items that are wrong.
    func refuseToGoOn() throws(StrataError) {
        guard answered == 0, let first = summary.failed.first else { return }
        throw StrataError(.tool, "nothing could be resolved: \(first.reason)")
    }
}

/// Works on values a few at a time and hands the results over one by one, in any order.
func inParallel<Value: Sendable, Result: Sendable>(
    _ values: [Value], limit: Int, _ work: @escaping @Sendable (Value) async throws -> Result,
    take: (Result) throws -> Void
) async throws {
    try await withThrowingTaskGroup(of: Result.self) { group in
        var rest = values[...]
        for value in rest.prefix(limit) { group.addTask { try await work(value) } }
        rest = rest.dropFirst(limit)
        while let result = try await group.next() {
            if let value = rest.popFirst() { group.addTask { try await work(value) } }
            try take(result)
        }
    }
}
