import Model
import Planning

/// One run: from what is wanted to what is published, listed and pushed.
///
/// `run()` is the recipe; each step is a file of its own. What needs credentials is reached only after resolving.
public struct Run: Sendable {
    public let context: PublishingContext
    /// What has happened so far: also what a run came to that ended with an error.
    public let recorder: Recorder

    public init(_ context: PublishingContext) {
        self.context = context
        recorder = Recorder(tell: context.environment.report)
    }

    /// Brings the world to what is wanted, as far as it can be.
    ///
    /// - Returns: what was done; failed regions and refused items are in it, not thrown.
    /// - Throws: `StrataError` when the run could not go on: the lease is held, the plan is over its limits, the ledger
    ///   or the registry cannot be written.
    public func run() async throws -> RunReport {
        // A release is as old as AWS's clock says, where it is known.
        if context.desired.updates.minimumAge > .zero { await context.askForTheTime() }
        let outcomes = try await recorder.timing(.resolve) { try await resolve() }
        try await context.requireAccounts()
        return try await context.withSession(recorder) { session in
            try await context.registry.requireBelonging(session)
            try await session.stage(.recover) { _ = try await RecoverStep().run(NoInput(), session) }
            let (items, states) = try await session.stage(.plan) { try await plan(outcomes, session) }
            try await session.stage(.publish) {
                try await Executor(session: session, items: items, states: states).run()
                _ = try await PermitStep().run(recorder.report.plan.permits, session)
            }
            _ = try await AuditStep().run(context.scope.items, session)
            try await session.stage(.commit) { _ = try await CommitStep().run(NoInput(), session) }
            return recorder.report
        }
    }

    private func resolve() async throws -> [Item: ResolveOutcome] {
        let outcomes = try await ResolveStep(context, recorder).run(context.scope.items)
        try ResolveStep.requireAnAnswer(outcomes)
        return outcomes
    }

    private func plan(
        _ outcomes: [Item: ResolveOutcome], _ session: Session
    ) async throws -> (items: [ItemPlan], states: [Item: ItemState]) {
        let planned = try await context.plan(outcomes)
        let plan = try await merge(planned.items)
        let resolutions = planned.items.compactMap { item in item.resolution.map { (item.item, $0) } }
        _ = try await PlanStep().run(
            .init(plan: plan, resolutions: Dictionary(resolutions) { first, _ in first }), session)
        try await session.remember(planned.settled)
        return (planned.items, planned.states)
    }

    private func merge(_ items: [ItemPlan]) async throws -> Plan {
        let remarks = Dictionary(items.map { ($0.item.description, $0.remarks) }) { first, _ in first }
        return try await context.plan(merging: items.flatMap(\.actions), remarks: remarks)
    }

    /// The plan that `run` would carry out now, and the locks that it was made from; writes nothing, takes no lease, but
    /// where a ledger that is empty is filled from the registry first.
    ///
    /// - Parameter looking: whether to look at the registry too: a plan that is made from a lost ledger shows everything
    ///   as new.
    /// - Throws: `refused` if it was looked for and the ledger may not write to the registry.
    public func rehearse(looking: Bool = false) async throws -> (plan: Plan, locks: [Item: Lock]) {
        try await context.fillingEmptyLedger(recorder)
        if context.desired.updates.minimumAge > .zero { await context.askForTheTime() }
        let outcomes = try await resolve()
        if looking, let warning = try await context.lookAtRegistry() { recorder.record(.warning(warning)) }
        let plan = try await merge(try await context.plan(outcomes).items)
        let locks = outcomes.compactMapValues { outcome -> Lock? in
            if case .locked(let resolved) = outcome { resolved.lock } else { nil }
        }
        return (plan, locks)
    }
}
