import Model
import Planning

extension Publisher {
    /// Builds and publishes what a plan holds. Each region has a lane of its own, fed as builds are ready, so that a
    /// slow or dead region holds up nobody else.
    func carryOut(
        _ plan: Plan, _ outcomes: [Item: ResolveOutcome], _ states: [ItemState], _ lease: Lease, _ recorder: Recorder
    ) async throws {
        for refusal in plan.refusals {
            let failure = RunReport.Failure(item: refusal.item, region: nil, reason: refusal.reason)
            await recorder.write {
                if refusal.isTemporary { $0.failed.append(failure) } else { $0.refused.append(failure) }
            }
        }
        let known = Dictionary(states.map { ($0.item, $0) }) { first, _ in first }
        let jobs = Dictionary(grouping: plan.publications, by: \.item)
        let orders = plan.builds.compactMap { order(for: $0, outcomes[$0.item], known[$0.item]) }
        let regions = Set(plan.publications.map(\.region)).sorted()
        runEnvironment.report(.began(.publish, count: plan.publications.count))

        try await withThrowingTaskGroup(of: Void.self) { group in
            var feeds: [Region: AsyncStream<RegionJob>.Continuation] = [:]
            for region in regions {
                let (stream, feed) = AsyncStream.makeStream(of: RegionJob.self)
                feeds[region] = feed
                group.addTask { try await runLane(region, stream, lease, recorder) }
            }
            let lanes = feeds
            group.addTask {
                defer { lanes.values.forEach { $0.finish() } }
                let failure = FirstFailure()
                try await buildService.build(orders) { order, result in
                    do {
                        try await take(result, for: order, jobs[order.item] ?? [], plan, known, lanes, lease, recorder)
                    } catch {
                        await failure.keep(error)
                    }
                }
                try await failure.rethrow()
            }
            try await group.waitForAll()
        }
        let withdrawn = try await withdraw(plan.deprecations, in: known, lease)
        await recorder.write { $0.deprecated += withdrawn }
    }

    /// Records a build that is ready, writes its publications down as intents and hands them to the lanes.
    private func take(
        _ result: Result<BuiltLayer, StrataError>, for order: BuildOrder, _ publications: [PublishAction], _ plan: Plan,
        _ known: [Item: ItemState], _ lanes: [Region: AsyncStream<RegionJob>.Continuation], _ lease: Lease,
        _ recorder: Recorder
    ) async throws {
        let state = known[order.item] ?? ItemState(item: order.item)
        let built: BuiltLayer
        do {
            built = try result.get()
            try check(built, of: order, against: state)
        } catch {
            runEnvironment.report(.buildFailed(order.item, error))
            await recorder.write { $0.failed.append(.init(item: order.item, region: nil, reason: error.message)) }
            return
        }
        runEnvironment.report(
            .built(order.item, version: order.version, buildNumber: order.buildNumber, zipped: built.zipped))
        await recorder.write {
            $0.built += 1
            $0.bytesBuilt += built.zipped
        }
        guard let build = try await record(built, of: order, in: state, lease), let artifact = build.artifact else {
            await recorder.write { $0.unchanged += 1 }
            return
        }
        guard !publications.isEmpty else { return }

        let publication = runEnvironment.newPublication()
        let prepared: any PreparedLayer
        do {
            prepared = try await provider.prepare(
                LayerPackage(build, artifact, at: built.path, in: publication), for: publications.map(\.region))
        } catch let error as StrataError {
            // Nothing was published; the item is still in the next plan.
            runEnvironment.report(.buildFailed(order.item, error))
            await recorder.write { $0.failed.append(.init(item: order.item, region: nil, reason: error.message)) }
            return
        }
        let intents = try await begin(publications, of: artifact, as: publication, lease)
        for (action, intent) in zip(publications, intents) {
            let replaced = plan.deprecations.filter {
                $0.reason == .replaced && $0.item == action.item && $0.release.region == action.region
            }
            lanes[action.region]?.yield(
                RegionJob(action: action, replaced: replaced, layer: prepared, intent: intent, state: state))
        }
    }
}

/// Keeps the first of several errors.
private actor FirstFailure {
    private var error: (any Error)?
    func keep(_ next: any Error) { error = error ?? next }
    func rethrow() throws { if let error { throw error } }
}
