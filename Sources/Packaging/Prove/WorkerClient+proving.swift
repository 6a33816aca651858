import Model
import Tasks

extension WorkerClient {
    /// Builds as ``build(_:into:_:progress:done:)`` does, and proves what asks for it while others are built.
    ///
    /// - Parameter done: gets each result as soon as it is proved, one at a time.
    /// - Throws: as `build`.
    public func build(
        _ orders: [BuildOrder], into folder: String, _ configuration: BuilderConfiguration,
        proving prover: ImportProver,
        done: @escaping @Sendable (BuildOrder, Result<BuiltLayer, StrataError>) async -> Void
    ) async throws {
        var configuration = configuration
        for target in Set(orders.filter { $0.options.bytecode != nil }.map(\.item.target)).sorted() {
            configuration.interpreters[target] = await prover.interpreters.interpreter(for: target)
        }
        let builtHere = orders.flatMap { $0.lock.wheels + ($0.held ?? []) }.filter { $0.built != nil }
        let failures = await prover.sdists.missing(of: builtHere, configuration.resolving(environment))
        var ready: [BuildOrder] = []
        for order in orders {
            if let failure = (order.lock.wheels + (order.held ?? [])).lazy.compactMap({ failures[$0.sha256] }).first {
                await done(order, .failure(failure.at(order.item.place)))
            } else {
                ready.append(order)
            }
        }
        try await build(ready, into: folder, with: configuration, proving: prover, done: done)
    }

    private func build(
        _ orders: [BuildOrder], into folder: String, with configuration: BuilderConfiguration,
        proving prover: ImportProver,
        done: @escaping @Sendable (BuildOrder, Result<BuiltLayer, StrataError>) async -> Void
    ) async throws {
        guard orders.contains(where: ImportProver.isAsked) else {
            return try await build(orders, into: folder, configuration) { await done($0, $1.map(\.layer)) }
        }
        ImportProver.removeLeftovers()
        let (built, building) = AsyncStream.makeStream(of: Built.self)
        let (proved, proving) = AsyncStream.makeStream(of: Proved.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { building.finish() }
                try await build(orders, into: folder, configuration) { order, result in
                    building.yield(Built(order: order, result: result))
                }
            }
            group.addTask {
                defer { proving.finish() }
                await withTaskGroup(of: Void.self) { proofs in
                    var running = 0
                    for await made in built {
                        if running >= configuration.parallelism {
                            await proofs.next()
                            running -= 1
                        }
                        running += 1
                        proofs.addTask { proving.yield(await prover.proved(made)) }
                    }
                }
            }
            group.addTask { for await item in proved { await done(item.order, item.result) } }
            try await group.waitForAll()
        }
    }
}

/// Structs, since tuples with typed results are miscompiled in task groups: docs/decisions/0006-no-result-tuples.md.
private struct Built: Sendable {
    let order: BuildOrder
    let result: Result<BuildOutcome, StrataError>
}

private struct Proved: Sendable {
    let order: BuildOrder
    let result: Result<BuiltLayer, StrataError>
}

extension ImportProver {
    /// Whether an order asks for a proof. What is recorded was taken once, and is made again whatever is found today.
    static func isAsked(_ order: BuildOrder) -> Bool { order.isNew && order.checks.imports.place != .off }

    /// A build with what its proof found.
    fileprivate func proved(_ built: Built) async -> Proved {
        let order = built.order
        do throws(StrataError) {
            let outcome = try built.result.get()
            let (found, proof) = try await prove(order, outcome)
            try order.checks.check(found)
            return Proved(
                order: order,
                result: .success(outcome.layer.proved(order.checks.judged(outcome.findings + found), proof)))
        } catch {
            return Proved(order: order, result: .failure(error.at(order.item.place)))
        }
    }
}

extension BuilderConfiguration {
    /// For what has to be found in the index before anything can be built.
    fileprivate func resolving(_ environment: [String: String]) -> ResolverConfiguration {
        ResolverConfiguration(
            uv: environment["STRATA_UV"], index: index, now: now, cacheDirectory: cacheDirectory)
    }
}

extension BuiltLayer {
    fileprivate func proved(_ findings: [Finding], _ proof: ImportProof?) -> BuiltLayer {
        BuiltLayer(
            path: path, sha256: sha256, zipped: zipped, unzipped: unzipped, packages: packages, findings: findings,
            imports: proof, image: image)
    }
}
