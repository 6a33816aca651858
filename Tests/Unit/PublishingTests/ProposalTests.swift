import Model
import Planning
import Publishing
import Site
import Testing

private let day = 86_400

@Suite("A main branch that people merge into")
struct ProposalTests {
    private func context(
        _ stage: Stage, _ host: MemoryHost, _ desired: Desired, version: Int = 1
    ) -> PublishingContext {
        var context = stage.run(desired, version: version, main: true).context
        context.registry = RegistryWriter(remote: host, branches: context.registry.branches)
        context.registry.proposing = host.proposing
        return context
    }

    private func wantedLayer() throws -> Desired {
        var desired = try wanted(["requests"], targets: ["python3.12"], regions: [regions[0]])
        desired.retention.expire = .seconds(20 * day)
        return desired
    }

    private func listed(_ host: MemoryHost) throws -> [Release] {
        let files = host.state.withLock { $0.branches["main"]?.files ?? [:] }
        return try RegistryReader { files[$0] }.listedReleases(of: #require(LayerName("requests")))
    }

    private func prune(_ context: PublishingContext) async throws -> RunReport {
        try await Lifecycle(context).prune(try await context.pruning(limit: 100).delete)
    }

    @Test("an end holds from the day on which it was merged, and nothing goes before")
    func ends() async throws {
        try await onStage { stage in
            let (host, desired) = (MemoryHost(), try wantedLayer())
            _ = try await Run(context(stage, host, desired)).run()
            host.merge()
            stage.pass(day)
            let second = try await Run(context(stage, host, desired, version: 2)).run()
            #expect(second.status == .done && second.proposals.first?.request?.name == "pull request #2")
            #expect(try listed(host).map(\.status) == [.latest])

            // The end is over before anybody was told of it.
            stage.pass(30 * day)
            #expect(try await prune(context(stage, host, desired)).deleted.isEmpty)
            host.merge()
            stage.pass(day)
            let third = try await Run(context(stage, host, desired, version: 2)).run()
            #expect(third.proposals.isEmpty && third.commits.isEmpty && third.status == .done)
            #expect(try listed(host).contains { $0.status == .deprecated && $0.announced == nil })
            for _ in 0..<2 {
                #expect(try await prune(context(stage, host, desired)).deleted.isEmpty)
                stage.pass(10 * day - 1)
            }
            stage.pass(2)
            #expect(try await prune(context(stage, host, desired)).deleted.count == 1)
            #expect(host.state.withLock { $0.opened } == 3, "that it is gone is proposed too")
        }
    }

    /// People merge, close and dawdle by chance.
    @Test("no release goes before main has told its end for the promised time", arguments: 1...10)
    func randomLife(seed: Int) async throws {
        try await onStage { stage in
            var chance = Chance(seed: UInt64(seed))
            let (host, desired) = (MemoryHost(), try wantedLayer())
            let layer = try #require(LayerName("requests"))
            var version = 1
            var done: [String] = []
            // When main first said that a release ends.
            var told: [String: Timestamp] = [:]
            _ = try await Run(context(stage, host, desired)).run()
            for _ in 0..<25 {
                stage.pass(Int.random(in: 0...25, using: &chance) * day)
                let context = context(stage, host, desired, version: version)
                let build = Int.random(in: 1...version, using: &chance)
                let one = Lifecycle.Selection(layer: layer, target: nil, buildNumber: build)
                let step = Int.random(in: 0...8, using: &chance)
                done.append("\(step)")
                do {
                    switch step {
                    case 0, 1:
                        version += 1
                        _ = try await Run(self.context(stage, host, desired, version: version)).run()
                    case 2: _ = try await Lifecycle(context).pin(one, pinned: Bool.random(using: &chance))
                    case 3: _ = try await Run(context).run()
                    case 4: host.commit(to: "main", "README", "\(version) \(done.count)")
                    case 5: host.close()
                    case 6: _ = try await prune(context)
                    default: host.merge()
                    }
                } catch let error as StrataError where error.code == .notFound {
                    // There is no such build any more.
                }
                let now = stage.clock.withLock { $0 }
                let gone = try await stage.ledger.states(of: desired.items).flatMap(\.releases).filter {
                    $0.status == .deleted
                }
                for release in gone {
                    let first = try #require(told[release.arn], "seed \(seed), after \(done): main never told the end")
                    #expect(first + .seconds(20 * day) <= now, "seed \(seed), after \(done): deleted too early")
                    told[release.arn] = Timestamp(seconds: 0)
                }
                let listed = try listed(host)
                for release in listed where release.end != nil { told[release.arn] = told[release.arn] ?? now }
                for release in listed where release.end == nil && release.status != .deleted { told[release.arn] = nil }
                for release in listed where release.status == .latest {
                    #expect(try await stage.provider.version(release.id) != nil, "seed \(seed), after \(done)")
                }
            }
            // Once all is merged, nothing is left to propose.
            for _ in 0..<3 {
                _ = try await Run(context(stage, host, desired, version: version)).run()
                host.merge()
            }
            let commits = host.state.withLock { $0.messages.count }
            let last = try await Run(context(stage, host, desired, version: version)).run()
            #expect(last.proposals.isEmpty && last.status == .done, "seed \(seed), after \(done)")
            #expect(host.state.withLock { $0.messages.count } == commits)
        }
    }

    @Test("a request that cannot be opened is pending, and is opened by the next run")
    func failing() async throws {
        try await onStage { stage in
            let (host, desired) = (MemoryHost(), try wantedLayer())
            host.state.withLock { $0.failure = StrataError(.unavailable, "the API is down", hint: "wait") }
            let first = try await Run(context(stage, host, desired)).run()
            #expect(first.status == .partly && first.published.count == 1)
            #expect(first.proposals.first?.trouble == "the API is down" && first.proposals.first?.hint == "wait")
            #expect(try await ProposalMark.waiting(by: stage.ledger) == nil)
            host.state.withLock { $0.failure = nil }
            let second = try await Run(context(stage, host, desired)).run()
            #expect(second.status == .done && second.proposals.first?.request?.name == "pull request #1")
            #expect(try await ProposalMark.waiting(by: stage.ledger)?.name == "pull request #1")
            // What is already open and cannot be looked at now is told with its name.
            host.state.withLock { $0.failure = StrataError(.unavailable, "the API is down") }
            let third = try await Run(context(stage, host, desired)).run()
            #expect(third.status == .partly && third.proposals.first?.request?.name == "pull request #1")
        }
    }

    @Test("what another ledger has proposed is left alone")
    func anotherLedger() async throws {
        try await onStage { stage in
            let (host, desired) = (MemoryHost(), try wantedLayer())
            _ = try await Run(context(stage, host, desired)).run()
            host.merge()
            _ = try await Run(context(stage, host, desired)).run()
            let other = try await Stage(sharing: stage)
            defer { other.tearDown() }
            _ = try await Reconciler(context(other, host, desired)).rebuild()
            stage.pass(day)
            _ = try await Run(context(stage, host, desired, version: 2)).run()
            let tip = host.state.withLock { $0.branches["strata/main"]?.tip }
            other.clock.withLock { $0 = stage.clock.withLock { $0 } }
            let report = try await Run(context(other, host, desired, version: 3)).run()
            #expect(report.status == .partly)
            #expect(report.proposals.first?.trouble?.contains("another ledger has proposed") == true)
            #expect(host.state.withLock { $0.branches["strata/main"]?.tip } == tip)
        }
    }

    @Test("a request's text holds what strangers wrote as code, whatever it is")
    func text() async throws {
        try await onStage { stage in
            let (host, desired) = (MemoryHost(), try wantedLayer())
            _ = try await Run(context(stage, host, desired)).run()
            let open = try #require(host.state.withLock { $0.open })
            #expect(open.title == "publish requests 1.0 to 1 region")
            let parts = open.body.split(separator: "```", omittingEmptySubsequences: false)
            #expect(parts.count == 3 && parts[0].isEmpty, "\(open.body)")
            #expect(parts[1].contains("Strata-Run: ") && parts[2].contains("merges nothing itself"))
        }
    }
}
