import Model
import Publishing
import Testing

/// Versions that appear when nobody waits for them any more.
@Suite("A version that appears late") struct LateVersionsTests {
    @Test("is removed by the publisher that slept, lost its lease and published all the same")
    func overtaken() async throws {
        try await onStage { stage in
            try await overtake(stage)
            let error = await #expect(throws: StrataError.self) { try await stage.run(try one()).run() }
            #expect(error?.code == .leaseHeld)
            try await expectEachVersionIsRecorded(stage)
        }
    }

    @Test("is removed by the next run if its publisher has died since")
    func died() async throws {
        try await onStage { stage in
            try await overtake(stage, dying: true)
            await #expect(throws: CancellationError.self) { try await stage.run(try one()).run() }
            stage.provider.afterPublish.withLock { $0 = nil }
            await #expect(throws: (any Error).self) { try await expectEachVersionIsRecorded(stage, quietly: true) }

            _ = try await stage.run(try one()).run()
            #expect(warnings(stage).count == 1)
            try await expectEachVersionIsRecorded(stage)
            _ = try await stage.run(try one()).run()
            #expect(warnings(stage).count == 1)
        }
    }

    @Test("that nobody looks for yet is neither taken over nor in the way of a new build, and goes when it is time")
    func between() async throws {
        try await onStage { stage in
            stage.provider.beforePublish.withLock {
                $0 = {
                    stage.provider.beforePublish.withLock { $0 = nil }
                    stage.pass(10_000)
                    // The second of them looks, and finds nothing yet.
                    for _ in 1...2 { _ = try await stage.run(try one()).run() }
                    stage.provider.afterPublish.withLock { $0 = { throw CancellationError() } }
                }
            }
            await #expect(throws: CancellationError.self) { try await stage.run(try one()).run() }
            stage.provider.afterPublish.withLock { $0 = nil }

            let next = try await stage.run(try one(), version: 2).run()
            #expect(next.published.map(\.number) == [3] && next.adopted.isEmpty && next.status == .done)
            stage.pass(3600)
            _ = try await stage.run(try one(), version: 2).run()
            try await expectEachVersionIsRecorded(stage)
        }
    }

    @Test("is looked for by the next run, an hour, six hours and up to a week later, and then no more")
    func times() async throws {
        try await onStage { stage in
            let region = try #require(try one().regions.first)
            stage.provider.set([region: .losesAnswer])
            _ = try await stage.run(try one()).run()
            stage.provider.set([:])
            _ = try await stage.run(try one()).run()
            var looks: [Int] = []
            for hour in 0..<400 {
                let before = stage.provider.listCalls.withLock { $0[region] ?? 0 }
                _ = try await stage.run(try one()).run()
                if stage.provider.listCalls.withLock({ $0[region] ?? 0 }) > before { looks.append(hour) }
                stage.pass(3600)
            }
            #expect(looks == [0, 1, 6, 24, 72, 168])
            // What was adopted is ours and recorded: it stays.
            try await expectEachVersionIsRecorded(stage)
        }
    }

    @Test("in the list is waited for before its publication is given up")
    func lag() async throws {
        try await onStage { stage in
            let region = try #require(try one().regions.first)
            stage.provider.set([region: .losesAnswer])
            _ = try await stage.run(try one()).run()
            stage.provider.set([:])
            stage.provider.lag.withLock { $0 = .milliseconds(10) }
            stage.provider.shortLists.withLock { $0 = 1 }
            let report = try await stage.run(try one()).run()
            #expect(report.adopted.count == 1)
            try await expectEachVersionIsRecorded(stage)
        }
    }

    private func warnings(_ stage: Stage) -> [String] {
        stage.events.withLock { events in
            events.compactMap { if case .warning(let text) = $0 { text } else { nil } }
        }
    }

    @Test("with other bytes is quarantined by the run that finds it, and published again")
    func corrupt() async throws {
        try await onStage { stage in
            let region = try #require(try one().regions.first)
            stage.provider.set([region: .losesAnswer])
            _ = try await stage.run(try one()).run()
            stage.provider.set([region: .corrupts])
            _ = try await stage.run(try one()).run()
            stage.provider.set([:])
            _ = try await stage.run(try one()).run()
            let state = try #require(try await stage.ledger.states(of: try one().items).first)
            #expect(state.releases.contains { $0.id.number == 1 && $0.status == .quarantined })
            #expect(state.releases.contains { $0.status == .latest } && state.openIntents.isEmpty)
            try await expectEachVersionIsRecorded(stage)
        }
    }

    /// One publication, so that nothing happens beside it.
    private func one() throws -> Desired {
        try wanted(["requests"], targets: ["python3.12"], regions: Array(regions.prefix(1)))
    }

    /// The next publication is sent when another run has taken the lease and done the work.
    /// - Parameter dying: true if its publisher does not live to hear of it.
    private func overtake(_ stage: Stage, dying: Bool = false) async throws {
        stage.provider.beforePublish.withLock {
            $0 = {
                stage.provider.beforePublish.withLock { $0 = nil }
                stage.pass(10_000)
                let report = try await stage.run(try one()).run()
                #expect(report.status == .done)
                if dying { stage.provider.afterPublish.withLock { $0 = { throw CancellationError() } } }
            }
        }
    }

    private func expectEachVersionIsRecorded(_ stage: Stage, quietly: Bool = false) async throws {
        for state in try await stage.ledger.states(of: try await stage.ledger.items(after: nil, limit: 100)) {
            for name in Set(state.releases.map(\.id.name)) {
                for region in try one().regions {
                    let there = Set(try await stage.provider.versions(of: name, in: region).map(\.id))
                    let recorded = Set(
                        state.releases.filter { $0.id.region == region && $0.status != .deleted }.map(\.id))
                    if quietly, there != recorded { throw StrataError(.inconsistent, "\(there) \(recorded)") }
                    #expect(there == recorded)
                }
            }
            #expect(state.openIntents.isEmpty)
        }
    }
}
