import Model
import Planning

extension Publisher {
    /// Builds and publishes what a plan holds. Each region has a lane of its own, fed as builds are ready, so that a
    /// slow or dead region holds up nobody else.
    func carryOut(
        _ plan: Plan, _ outcomes: [Item: ResolveOutcome], _ states: [ItemState], _ lease: Lease, _ book: ReportBook
    ) async throws {
        for refusal in plan.refusals {
            let failure = RunReport.Failure(item: refusal.item, region: nil, reason: refusal.reason)
            await book.write {
                if refusal.isTemporary { $0.failed.append(failure) } else { $0.refused.append(failure) }
            }
        }
        let known = Dictionary(states.map { ($0.item, $0) }) { first, _ in first }
        let jobs = Dictionary(grouping: plan.publications, by: \.item)
        let orders = plan.builds.compactMap { order($0, outcomes, known) }
        let regions = Set(plan.publications.map(\.region)).sorted()
        surroundings.report(.began(.publish, count: plan.publications.count))

        try await withThrowingTaskGroup(of: Void.self) { group in
            var feeds: [Region: AsyncStream<RegionJob>.Continuation] = [:]
            for region in regions {
                let (stream, feed) = AsyncStream.makeStream(of: RegionJob.self)
                feeds[region] = feed
                group.addTask { try await runLane(region, stream, lease, book) }
            }
            let lanes = feeds
            group.addTask {
                defer { lanes.values.forEach { $0.finish() } }
                let failure = FirstFailure()
                try await workshop.build(orders) { order, result in
                    do {
                        try await take(result, for: order, jobs[order.item] ?? [], plan, known, lanes, lease, book)
                    } catch {
                        await failure.keep(error)
                    }
                }
                try await failure.rethrow()
            }
            try await group.waitForAll()
        }
        try await withdraw(plan, known, lease, book)
    }

    private func order(
        _ build: BuildAction, _ outcomes: [Item: ResolveOutcome], _ known: [Item: ItemState]
    ) -> BuildOrder? {
        guard let layer = desired.layer(build.item.layer) else { return nil }
        let recorded = known[build.item]?.build(build.serial)
        if let artifact = recorded?.artifact, let recorded {
            return BuildOrder(
                item: build.item, serial: build.serial, version: build.version, lock: artifact.lock,
                options: artifact.options, requirements: recorded.requirements, isNew: false)
        }
        guard case .locked(let resolved) = outcomes[build.item] else { return nil }
        return BuildOrder(
            item: build.item, serial: build.serial, version: build.version, lock: resolved.lock,
            options: layer.options, requirements: layer.requires.map(\.description), isNew: true)
    }

    /// Records a build that is ready, writes its publications down as intents and hands them to the lanes.
    private func take(
        _ result: Result<BuiltLayer, StrataError>, for order: BuildOrder, _ publications: [PublishAction], _ plan: Plan,
        _ known: [Item: ItemState], _ lanes: [Region: AsyncStream<RegionJob>.Continuation], _ lease: Lease,
        _ book: ReportBook
    ) async throws {
        let state = known[order.item] ?? ItemState(item: order.item)
        let built: BuiltLayer
        do {
            built = try result.get()
            try check(built, against: state.build(order.serial), order)
        } catch {
            surroundings.report(.buildFailed(order.item, error))
            await book.write { $0.failed.append(.init(item: order.item, region: nil, reason: error.message)) }
            return
        }
        surroundings.report(.built(order.item, version: order.version, serial: order.serial, zipped: built.zipped))
        await book.write {
            $0.built += 1
            $0.bytesBuilt += built.zipped
        }
        if order.isNew {
            if let twin = state.builds.last(where: { $0.artifact?.sha256 == built.sha256 }) {
                let contents = ContentsKey(order.lock, order.options)
                try await ledger.record([.same(order.item, contents, serial: twin.serial)], lease: lease)
                await book.write { $0.unchanged += 1 }
                return
            }
            try await ledger.record([.built(order.build(built, created: surroundings.now()))], lease: lease)
        }
        guard !publications.isEmpty else { return }

        let publication = surroundings.newPublication()
        let prepared: any PreparedLayer
        do {
            prepared = try await provider.prepare(
                package(built, of: order, publication), for: publications.map(\.region))
        } catch let error as StrataError {
            // Nothing was published; the item is still in the next plan.
            surroundings.report(.buildFailed(order.item, error))
            await book.write { $0.failed.append(.init(item: order.item, region: nil, reason: error.message)) }
            return
        }
        let intents = publications.map { action in
            Intent(
                id: Intent.ID(publication, action.region.code),
                work: .publish(
                    item: action.item, serial: action.serial, sha256: built.sha256, region: action.region,
                    name: action.name),
                begun: surroundings.now())
        }
        for start in stride(from: 0, to: intents.count, by: LedgerUnit.limit) {
            try await ledger.begin(Array(intents[start..<min(start + LedgerUnit.limit, intents.count)]), lease: lease)
        }
        for action in publications {
            let replaced = plan.deprecations.filter {
                $0.reason == .replaced && $0.item == action.item && $0.release.region == action.region
            }
            lanes[action.region]?.yield(
                RegionJob(
                    action: action, replaced: replaced, layer: prepared,
                    intent: Intent.ID(publication, action.region.code), state: state))
        }
    }

    private func package(
        _ built: BuiltLayer, of order: BuildOrder, _ publication: Intent.Publication
    ) -> LayerPackage {
        let license = built.packages.first { $0.name == order.mainPackage }?.license
        let description = LayerDescription(
            item: order.item, version: order.version, serial: order.serial, sha256: built.sha256,
            publication: publication)
        return LayerPackage(
            path: built.path, sha256: built.sha256, size: built.zipped, unzipped: built.unzipped,
            description: description.text, license: license.map { String($0.prefix(LayerLimits.licenseLength)) },
            target: order.item.target)
    }

    /// The same build key gives the same bytes: a build that is made again must be the one that was recorded.
    private func check(
        _ built: BuiltLayer, against recorded: Build?, _ order: BuildOrder
    ) throws(StrataError) {
        guard let artifact = recorded?.artifact, artifact.sha256 != built.sha256 else { return }
        throw StrataError(
            .inconsistent,
            "build \(order.serial) was \(artifact.sha256.hex.prefix(12)) and is now \(built.sha256.hex.prefix(12)): the "
                + "same wheels must give the same bytes",
            hint: artifact.recipe == Recipe.current
                ? "please report this" : "it was made by recipe \(artifact.recipe); use the Strata of that time for it",
            place: order.item.place)
    }

    /// Records the ends of releases that nobody wants any more.
    private func withdraw(
        _ plan: Plan, _ known: [Item: ItemState], _ lease: Lease, _ book: ReportBook
    ) async throws {
        var events: [Event] = []
        for action in plan.deprecations where action.reason == .withdrawn {
            guard var release = known[action.item]?.releases.first(where: { $0.id == action.release }) else { continue }
            release.deprecate(until: action.expires)
            events.append(.released(release))
        }
        try await ledger.recordAll(events, lease: lease)
        let count = events.count
        await book.write { $0.deprecated += count }
    }
}

extension BuildOrder {
    /// The package that names the layer's version.
    var mainPackage: PackageName? {
        requirements.lazy.compactMap { try? Requirement(parsing: $0).package }.first { lock.wheel(of: $0) != nil }
    }

    func build(_ built: BuiltLayer, created: Timestamp) -> Build {
        Build(
            serial: serial, item: item, version: version,
            artifact: .init(
                sha256: built.sha256, zipped: built.zipped, unzipped: built.unzipped, lock: lock, options: options),
            requirements: requirements, packages: built.packages, created: created)
    }
}

/// Keeps the first of several errors.
private actor FirstFailure {
    private var error: (any Error)?
    func keep(_ next: any Error) { error = error ?? next }
    func rethrow() throws { if let error { throw error } }
}
