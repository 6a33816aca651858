import Model
import Planning
import Tasks

/// Carries a plan out on one machine: builds are made side by side, and each region has a queue of its own, fed as
/// builds are ready, so that a slow or dead region holds up nobody else.
struct Executor: Sendable {
    let session: Session
    /// What the plan was made from.
    let items: [ItemPlan]
    let states: [Item: ItemState]

    func run() async throws {
        let plans = Dictionary(items.map { ($0.item, $0) }) { first, _ in first }
        let publications = items.flatMap(\.publications)
        let orders = items.compactMap { plan in
            plan.build.flatMap { BuildOrder($0, plan.outcome, states[plan.item], session.desired) }
        }
        session.recorder.record(.began(.publish, count: publications.count))
        try await session.expectProbes(of: orders)
        try await withThrowingTaskGroup(of: Void.self) { group in
            var queues: [Region: AsyncStream<Publication>.Continuation] = [:]
            for region in Set(publications.map(\.region)).sorted() {
                let (stream, queue) = AsyncStream.makeStream(of: Publication.self)
                queues[region] = queue
                group.addTask { try await work(through: stream) }
            }
            let feeds = queues
            group.addTask {
                defer { feeds.values.forEach { $0.finish() } }
                let failure = FirstError<any Error>()
                try await session.context.buildService.build(orders) { order, result in
                    do {
                        try await take(result, of: order, plans[order.item]?.publications ?? [], feeds)
                    } catch {
                        failure.set(error)
                    }
                }
                try failure.check()
            }
            try await group.waitForAll()
        }
        if !orders.isEmpty { try await session.removeProbes() }
    }

    /// A publication in a region's queue.
    private struct Publication: Sendable {
        let input: PublishStep.Input
        let step: PublishStep
    }

    /// Works through a region's queue, a few at a time.
    private func work(through queue: AsyncStream<Publication>) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            var running = 0
            for await publication in queue {
                if running >= session.context.options.perRegion {
                    try await group.next()
                    running -= 1
                }
                running += 1
                group.addTask { _ = try await publication.step.run(publication.input, session) }
            }
            try await group.waitForAll()
        }
    }

    /// Records a build that is ready and hands its publications to the regions' queues, with its bytes made ready once
    /// for all of them.
    private func take(
        _ result: Result<BuiltLayer, StrataError>, of order: BuildOrder, _ publications: [PublishAction],
        _ queues: [Region: AsyncStream<Publication>.Continuation]
    ) async throws {
        let state = states[order.item] ?? ItemState(item: order.item)
        let output = try await BuildStep().accept(result, of: order, publications, state, session)
        guard let first = output.intents.first, let path = try? result.get().path else { return }
        let recorded = try await session.state(of: order.item)
        guard let build = recorded.build(order.buildNumber), let artifact = build.artifact else { return }
        let package = LayerPackage(build, artifact, at: path, in: first.id.publication)
        let source: PublishStep.Source
        do {
            source = .prepared(try await session.provider.prepare(package, for: output.intents.map(\.region)))
        } catch let error as StrataError {
            // Each region tells it, and leaves nothing open.
            source = .unprepared(error)
        }
        for intent in output.intents {
            let input = PublishStep.Input(intent.id, of: order.item, isFresh: true)
            queues[intent.region]?.yield(
                Publication(input: input, step: PublishStep(source, known: recorded)))
        }
    }
}
