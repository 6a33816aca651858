import Model
import Planning
import Publishing
import Site
import Testing

private let day = 86_400

@Suite("An end that was published")
struct PromisedEndTests {
    private func listed(_ stage: Stage) throws -> [String: Release] {
        let files = stage.remote.state.withLock { $0.files }
        let layer = try #require(LayerName("requests"))
        let releases = try RegistryReader { files[$0] }.listedReleases(of: layer)
        return Dictionary(releases.map { ($0.arn, $0) }) { first, _ in first }
    }

    /// A life of a registry, by chance: whatever is done, an end only moves later, and nothing is gone before it.
    @Test("never comes forward, whatever happens to the registry", arguments: 1...12)
    func randomLife(seed: Int) async throws {
        try await onStage { stage in
            var chance = Chance(seed: UInt64(seed))
            var desired = try wanted(["requests"], targets: ["python3.12", "python3.13-arm64"], regions: [regions[0]])
            let gone = try wanted(["requests"], targets: ["python3.12"], regions: [regions[0]])
            let layer = try #require(LayerName("requests"))
            var version = 1
            var done: [String] = []
            _ = try await stage.run(desired, main: true).run()
            for _ in 0..<14 {
                let before = try listed(stage)
                stage.pass(Int.random(in: 0...60, using: &chance) * day)
                desired.retention.expire = .seconds(Int.random(in: 1...120, using: &chance) * day)
                let build = Int.random(in: 1...version, using: &chance)
                let one = Lifecycle.Selection(layer: layer, target: nil, buildNumber: build)
                let lifecycle = Lifecycle(stage.context(desired, main: true))
                let step = Int.random(in: 0...6, using: &chance)
                done.append("\(step) of build \(build)")
                do {
                    switch step {
                    case 0, 1:
                        version += 1
                        _ = try await stage.run(desired, version: version, main: true).run()
                    case 2: _ = try await lifecycle.pin(one, pinned: Bool.random(using: &chance))
                    case 3:
                        var smaller = gone
                        smaller.retention = desired.retention
                        let date =
                            stage.clock.withLock { $0 } + .seconds(Int.random(in: 0...90, using: &chance) * day)
                        _ = try await Lifecycle(stage.context(smaller, main: true)).retire(
                            target: desired.items[1].target, region: nil, expires: date)
                    case 4:
                        _ = try await lifecycle.hold(layer, target: nil, buildNumber: nil)
                        _ = try await stage.run(desired, version: version, main: true).run()
                    case 5:
                        _ = try await lifecycle.prune(try await lifecycle.pruned(stage.context(desired, main: true)))
                    default: _ = try await lifecycle.yank(one, reason: "by chance", revoking: false)
                    }
                } catch let error as StrataError where error.code == .notFound {
                    // There is no such build any more.
                }
                let now = stage.clock.withLock { $0 }
                let after = try listed(stage)
                for (arn, was) in before {
                    let told = "seed \(seed), after \(done): \(arn)"
                    let has = try #require(after[arn], "\(told) is not listed any more")
                    if has.status == .deleted, was.status != .deleted {
                        let end = try #require(was.end, "\(told) was deleted without an end")
                        #expect(end <= now, "\(told) was deleted before \(end)")
                    } else if let end = was.expires, let next = has.expires {
                        #expect(next >= end, "\(told) was promised until \(end), and is until \(next)")
                    }
                }
            }
        }
    }

    @Test("is brought forward by a reason that readers see, and then holds")
    func endedEarly() async throws {
        try await onStage { stage in
            let desired = try wanted(["requests"], regions: [regions[0]])
            _ = try await stage.run(desired, main: true).run()
            stage.pass(day)
            _ = try await stage.run(desired, version: 2, main: true).run()
            let smaller = try wanted(["requests"], targets: ["python3.12"], regions: [regions[0]])
            let lifecycle = Lifecycle(stage.context(smaller, main: true))
            let date = stage.clock.withLock { $0 } + .seconds(10 * day)
            let target = try #require(Target("python3.13-arm64"))
            _ = try await lifecycle.retire(target: target, region: nil, expires: date)
            #expect(try listed(stage).values.filter { $0.expires == date }.isEmpty)
            let (_, count) = try await lifecycle.retire(
                target: target, region: nil, expires: date, endingEarly: "a leak")
            #expect(count == 2)
            let told = try listed(stage).values.filter { $0.expires == date }
            #expect(told.count == 2 && told.allSatisfy { $0.reason == "a leak" })
            #expect(
                try await lifecycle.retire(target: target, region: nil, expires: date, endingEarly: "a leak").1 == 0)
            stage.pass(11 * day)
            let due = try await stage.context(smaller, main: true).pruning(limit: 10).delete
            #expect(due.count == 1, "the newest is kept")
        }
    }

    @Test("is read from main when it is time to delete, whatever the ledger believes")
    func readFromMain() async throws {
        try await onStage { stage in
            let desired = try wanted(["requests"], targets: ["python3.12"], regions: [regions[0]])
            for version in 1...2 { _ = try await stage.run(desired, version: version, main: true).run() }
            let now = stage.clock.withLock { $0 }
            var old = try #require(
                try await stage.ledger.states(of: desired.items).flatMap(\.releases).first { $0.expires != nil })
            (old.expires, old.announced) = (now, now + .seconds(-4000 * day))
            let lease = try await stage.ledger.acquire("publish", holder: "test", now: now, term: .seconds(60))
            try await stage.ledger.record([.released(old)], lease: lease)
            try await stage.ledger.release(lease)
            let due = try await stage.context(desired, main: true).pruning(limit: 10).delete
            #expect(due.count == 1)
            let report = try await Lifecycle(stage.context(desired, main: true)).prune(due)
            #expect(report.deleted.isEmpty)
            #expect(report.pending.first?.reason.contains("is promised until") == true)
            #expect(try await stage.provider.version(old.id) != nil)
        }
    }

    @Test("is not over because this machine's clock leapt")
    func leap() async throws {
        try await onStage { stage in
            let desired = try wanted(["requests"], targets: ["python3.12"], regions: [regions[0]])
            var options = PublishingContext.Options(hasOwnClock: true)
            for version in 1...2 { _ = try await stage.run(desired, version: version, options: options).run() }
            stage.pass(400 * day)
            for _ in 0..<2 {
                let doubted = try await stage.context(desired, options: options).pruning(limit: 10)
                #expect(doubted.delete.isEmpty && doubted.keep.count == 1)
                #expect(doubted.doubt?.contains("clock") == true)
                _ = try await stage.run(desired, version: 2, options: options).run()
            }
            options.trustsClock = true
            #expect(try await stage.context(desired, options: options).pruning(limit: 10).delete.count == 1)
            options.trustsClock = false
            stage.pass(8 * day)
            let believed = try await stage.context(desired, options: options).pruning(limit: 10)
            #expect(believed.delete.count == 1 && believed.doubt == nil)
            stage.pass(-408 * day)
            _ = try await stage.run(desired, version: 2, options: options).run()
            #expect(try await stage.context(desired, options: options).pruning(limit: 10).delete.isEmpty)
        }
    }

    @Test("what is done already is said to be, and nothing changes")
    func doneAlready() async throws {
        try await onStage { stage in
            let desired = try wanted(["requests"])
            for version in 1...3 { _ = try await stage.run(desired, version: version, main: true).run() }
            let layer = try #require(LayerName("requests"))
            let lifecycle = Lifecycle(stage.context(desired, main: true))
            #expect(try await lifecycle.hold(layer, target: nil, buildNumber: nil).map(\.to.buildNumber) == [2, 2])
            _ = try await stage.run(desired, version: 3, main: true).run()
            #expect(try await lifecycle.hold(layer, target: nil, buildNumber: nil).isEmpty)
            #expect(try await lifecycle.hold(layer, target: nil, buildNumber: 2).isEmpty)
            let one = Lifecycle.Selection(layer: layer, target: nil, buildNumber: 1)
            for changed in [6, 0] { #expect(try await lifecycle.pin(one, pinned: true).1 == changed) }
            let commits = stage.remote.state.withLock { $0.commits.count }
            for changed in [6, 0] {
                #expect(try await lifecycle.yank(one, reason: "a leak", revoking: true).1 == changed)
                #expect(stage.remote.state.withLock { $0.commits.count } == commits + 1)
            }
        }
    }
}

extension Lifecycle {
    fileprivate func pruned(_ context: PublishingContext) async throws -> [Release] {
        try await context.pruning(limit: 10).delete
    }
}

/// Chance that is the same for the same seed.
struct Chance: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }
    mutating func next() -> UInt64 {
        state = state &+ 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
