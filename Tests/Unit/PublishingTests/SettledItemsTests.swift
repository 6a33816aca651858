import Model
import Planning
import Publishing
import Synchronization
import Testing

/// What was found as it is wanted is neither read nor planned again, and nothing is overlooked for that.
@Suite("Settled items") struct SettledItemsTests {
    @Test("are not read again, and what has changed is")
    func unread() async throws {
        try await onStage { stage in
            let desired = try wanted()
            let ledger = CountingLedger(stage.ledger)
            func run(_ version: Int) async throws -> (report: RunReport, read: Set<Item>) {
                ledger.read.withLock { $0 = [] }
                let report = try await Run(
                    stage.context(
                        desired, buildService: stage.buildService(version: version, dependency: 1), ledger: ledger,
                        remembering: true)
                ).run()
                return (report, ledger.read.withLock { $0 })
            }
            #expect(try await run(1).report.published.count == 12)
            // They were published after they were planned, so they are read once more.
            #expect(try await run(1).read == Set(desired.items))
            let (kept, mark) = (stage.settled.withLock { $0 }, try await stage.ledger.checkpoint("settled"))
            #expect(kept != nil && mark != nil)
            let third = try await run(1)
            #expect(third.report.published.isEmpty && third.read.isEmpty)
            // Nothing is written for nothing.
            #expect(stage.settled.withLock { $0 } == kept)
            #expect(try await stage.ledger.checkpoint("settled") == mark)

            let numpy = try #require(LayerName("numpy"))
            _ = try await stage.lifecycle(desired).yank(
                .init(layer: numpy, target: nil, buildNumber: 1), reason: "bad", revoking: false)
            #expect(Set(try await run(1).read.map(\.layer)) == [numpy])

            // Another lock is another wish.
            let changed = try await run(2)
            #expect(changed.read == Set(desired.items) && changed.report.published.count == 12)
        }
    }

    @Test("a memory that is damaged, or of another ledger, counts as none", arguments: ["damaged", "marked", "lost"])
    func strange(_ what: String) async throws {
        try await onStage { stage in
            let desired = try wanted()
            func run(_ ledger: any Ledger) async throws -> RunReport {
                try await Run(stage.context(desired, ledger: ledger, remembering: true)).run()
            }
            for _ in 0..<2 { _ = try await run(stage.ledger) }
            let kept = try #require(stage.settled.withLock { $0 })
            switch what {
            case "damaged": stage.settled.withLock { $0 = Array(kept.dropLast(3)) }
            case "marked":
                let lease = try await stage.ledger.acquire(
                    "publish", holder: "test", now: stage.clock.withLock { $0 }, term: .seconds(60))
                try await stage.ledger.setCheckpoint("settled", "another", lease: lease)
                try await stage.ledger.release(lease)
            default: stage.settled.withLock { $0 = nil }
            }
            let ledger = CountingLedger(stage.ledger)
            #expect(try await run(ledger).published.isEmpty)
            #expect(ledger.read.withLock { $0 } == Set(desired.items))
            ledger.read.withLock { $0 = [] }
            _ = try await run(ledger)
            #expect(ledger.read.withLock { $0 }.isEmpty)
        }
    }

    @Test("a plan that remembers is the plan that reads all, whatever happened", arguments: 0..<6 as Range<UInt64>)
    func same(_ seed: UInt64) async throws {
        try await onStage { stage in
            var random = Chance(seed: seed)
            var desired = try wanted()
            var version = 1
            for step in 0..<14 {
                let layer = desired.layers[random.below(desired.layers.count)].name
                let lifecycle = Lifecycle(stage.context(desired))
                let known =
                    try await stage.ledger.states(of: desired.items).flatMap(\.builds).map(\.buildNumber).max() ?? 1
                let selection = Lifecycle.Selection(
                    layer: layer, target: nil, buildNumber: 1 + random.below(max(1, known)))
                switch random.below(9) {
                case 0: version += 1
                case 1: version = max(1, version - 1)
                case 2: _ = try? await lifecycle.yank(selection, reason: "bad", revoking: random.below(2) == 0)
                case 3: _ = try? await lifecycle.hold(layer, target: nil, buildNumber: selection.buildNumber)
                case 4: desired.regions = Array(regions.prefix(1 + random.below(3)))
                case 5: desired.visibility = random.below(2) == 0 ? .private : .public
                case 6: stage.pass(86_400 * random.below(400))
                case 7: desired.layers[0].options = BuildOptions(exclude: random.below(2) == 0 ? [] : ["*.pyx"])
                default: break
                }
                func context(remembering: Bool) -> PublishingContext {
                    stage.context(
                        desired, options: .init(allowances: .init(overLimits: true, vanished: true, revocations: true)),
                        buildService: stage.buildService(version: version, dependency: 1), remembering: remembering)
                }
                let whole = try await Run(context(remembering: false)).rehearse().plan
                #expect(
                    try await Run(context(remembering: true)).rehearse().plan == whole, "seed \(seed), step \(step)")
                if random.below(3) > 0 { _ = try await Run(context(remembering: true)).run() }
            }
        }
    }
}

extension Chance {
    fileprivate mutating func below(_ count: Int) -> Int { Int.random(in: 0..<count, using: &self) }
}

/// A ledger that knows which items' states were asked for.
private final class CountingLedger: Ledger {
    let read = Mutex<Set<Item>>([])
    private let ledger: any Ledger

    init(_ ledger: any Ledger) { self.ledger = ledger }

    func states(of items: [Item]) async throws -> [ItemState] {
        read.withLock { $0.formUnion(items) }
        return try await ledger.states(of: items)
    }

    func acquire(_ name: String, holder: String, now: Timestamp, term: Duration) async throws -> Lease {
        try await ledger.acquire(name, holder: holder, now: now, term: term)
    }
    func renew(_ lease: Lease, now: Timestamp, term: Duration) async throws -> Lease {
        try await ledger.renew(lease, now: now, term: term)
    }
    func check(_ lease: Lease) async throws { try await ledger.check(lease) }
    func release(_ lease: Lease) async throws { try await ledger.release(lease) }
    func begin(_ intents: [Intent], lease: Lease) async throws { try await ledger.begin(intents, lease: lease) }
    func close(_ intent: Intent.ID, events: [Event], lease: Lease) async throws {
        try await ledger.close(intent, events: events, lease: lease)
    }
    func record(_ events: [Event], lease: Lease) async throws { try await ledger.record(events, lease: lease) }
    func items(after: Item?, limit: Int) async throws -> [Item] { try await ledger.items(after: after, limit: limit) }
    func changes(since revision: Int, limit: Int) async throws -> [ItemState] {
        try await ledger.changes(since: revision, limit: limit)
    }
    func openIntents(after: Intent.ID?, limit: Int) async throws -> [Intent] {
        try await ledger.openIntents(after: after, limit: limit)
    }
    func expiring(by moment: Timestamp, limit: Int) async throws -> [Release] {
        try await ledger.expiring(by: moment, limit: limit)
    }
    func checkpoint(_ name: String) async throws -> String? { try await ledger.checkpoint(name) }
    func setCheckpoint(_ name: String, _ value: String?, lease: Lease) async throws {
        try await ledger.setCheckpoint(name, value, lease: lease)
    }
}
