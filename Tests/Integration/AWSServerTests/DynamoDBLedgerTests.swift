import AWS
import Consuming
import Contracts
import Foundation
import Local
import Model
import Testing

@Suite("A ledger in DynamoDB")
struct DynamoDBLedgerTests {
    private static let hour = Duration.seconds(3600)

    private func ledger(pageSize: Int? = nil, inline: Int? = nil) async throws -> DynamoDBLedger {
        let stage = try Stage.common()
        let account = try await stage.account()
        _ = try await stage.table(account)
        return try stage.ledger(account, pageSize: pageSize, inline: inline)
    }

    @Test("keeps the contract page by page, with its larger values in S3", arguments: LedgerContract.cases)
    func smallPages(_ promise: ContractCase<LedgerSubject>) async throws {
        let stage = try Stage.common()
        let account = try await stage.account()
        _ = try await stage.table(account)
        let ledger = try stage.ledger(account, pageSize: 5, inline: 100)
        try await promise.check(
            LedgerSubject(ledger: ledger, other: try stage.ledger(account, pageSize: 7, inline: 100)))
    }

    @Test(
        "knows what the ledger in SQLite knows after the same events, whatever fails on the way; copied there and back it is the same",
        arguments: seeds(2) + [2_261_621_248_769_777_513])
    func sameAsSQLite(seed: UInt64) async throws {
        let stage = try Stage.common()
        let account = try await stage.account()
        _ = try await stage.table(account)
        let table = try stage.ledger(account, pageSize: 7, inline: 400)
        try await stage.fail(
            account,
            #"""
            [{"fault": "throttle", "share": 0.05}, {"operation": "TransactWriteItems", "fault": "conflict", "share": 0.1},
             {"operation": "TransactGetItems", "fault": "conflict", "share": 0.05},
             {"operation": "TransactWriteItems", "fault": "lost", "share": 0.1},
             {"operation": "UpdateItem", "fault": "lost", "share": 0.05},
             {"operation": "BatchWriteItem", "fault": "unprocessed", "share": 0.5}]
            """#)
        try await withTemporaryFolder { folder in
            let file = try await SQLiteLedger.open(path: "\(folder)/ledger.sqlite")
            let leases = [
                try await table.acquire("publish", holder: "a", now: Samples.start, term: Self.hour),
                try await file.acquire("publish", holder: "a", now: Samples.start, term: Self.hour),
            ]
            var events = try RandomEvents(seed: seed)
            for number in 0..<100 {
                let step = try events.next()
                let refusals = [try await table.take(step, leases[0]), try await file.take(step, leases[1])]
                #expect(refusals[0] == refusals[1], "seed \(seed), step \(number): \(step)")
            }
            for (name, value) in [("shown:main", "17"), ("empty", "")] {
                try await file.setCheckpoint(name, value, lease: leases[1])
            }
            #expect(try await table.everything() == file.everything(), "seed \(seed)")

            // There, into a table of its own, and back.
            _ = try await stage.table(account, "copy")
            let there = try stage.ledger(account, "copy", pageSize: 5, inline: 400)
            let back = try await SQLiteLedger.open(path: "\(folder)/back.sqlite")
            let thereLease = try await there.acquire("publish", holder: "a", now: Samples.start, term: Self.hour)
            let backLease = try await back.acquire("publish", holder: "a", now: Samples.start, term: Self.hour)
            let first = try await LedgerCopy(from: file, to: there, lease: thereLease).run(resuming: false)
            let second = try await LedgerCopy(from: there, to: back, lease: backLease).run(resuming: false)
            #expect(first == second)
            #expect(try await back.everything() == file.everything())
            let wanted = try await file.changes(since: 0, limit: 1000)
            #expect(try await there.changes(since: 0, limit: 1000) == wanted)
            #expect(try await back.changes(since: 0, limit: 1000) == wanted)
            #expect(try await back.checkpoints() == file.checkpoints())

            // A copy of a copy is refused, and resumed writes nothing that is there.
            await expect(.refused) {
                _ = try await LedgerCopy(from: file, to: there, lease: thereLease).run(resuming: false)
            }
            #expect(
                try await LedgerCopy(from: file, to: there, lease: thereLease).run(resuming: true).written == 0)
            // And the copy lives on: what comes next is newer than all that came before.
            let item = try #require(wanted.first?.item)
            try await there.record(
                [.noted(item, Stage.here, Note(kind: .pending, reason: "new", since: Samples.start))], lease: thereLease
            )
            #expect(try await there.changes(since: first.counts.revision, limit: 10).map(\.item) == [item])
        }
    }

    @Test("a reader who follows the changes misses none while many write")
    func follower() async throws {
        let stage = try Stage.common()
        let account = try await stage.account()
        _ = try await stage.table(account)
        let ledger = try stage.ledger(account)
        let lease = try await ledger.acquire("publish", holder: "a", now: Samples.start, term: Self.hour)
        let items = try (0..<12).map { try Samples.item("layer-\($0)") }
        let seen = try await withThrowingTaskGroup(of: [Item: Int].self) { group in
            for (number, item) in items.enumerated() {
                let writer = try stage.ledger(account)
                group.addTask {
                    for buildNumber in 1...6 {
                        let other = items[(number + buildNumber) % items.count]
                        let note = Note(kind: .pending, reason: "\(number) \(buildNumber)", since: Samples.start)
                        try await writer.record(
                            [.built(Samples.build(buildNumber, of: item)), .noted(other, Stage.here, note)],
                            lease: lease)
                    }
                    return [:]
                }
            }
            group.addTask {
                var seen: [Item: Int] = [:]
                var last = 0
                var isSilent = 0
                while isSilent < 40 {
                    let page = try await ledger.changes(since: last, limit: 5)
                    isSilent = page.isEmpty ? isSilent + 1 : 0
                    for state in page { seen[state.item] = state.revision }
                    last = page.last?.revision ?? last
                }
                return seen
            }
            return try await group.reduce(into: [:]) { $0.merge($1) { $1 } }
        }
        for state in try await ledger.states(of: items) {
            #expect(seen[state.item] == state.revision)
            #expect(state.builds.count == 6)
        }
    }

    @Test("what one change costs does not grow with the ledger")
    func cost() async throws {
        let stage = try Stage.common()
        var costs: [CapacityUsed.Units] = []
        for size in [10, 1000] {
            let account = try await stage.account()
            _ = try await stage.table(account)
            let filler = try stage.ledger(account, gates: LedgerTable.gates)
            var lease = try await filler.acquire("publish", holder: "a", now: Samples.start, term: Self.hour)
            let items = try (0..<size).map { try Samples.item("layer-\($0)") }
            for unit in LedgerUnit.units(of: try items.map { Event.built(try Samples.build(1, of: $0)) }) {
                try await filler.record(unit, lease: lease)
            }
            let shown = try await filler.revision()
            try await filler.release(lease)

            // What a run does of which one item has changed, in three regions.
            let ledger = try stage.ledger(account, gates: LedgerTable.gates)
            lease = try await ledger.acquire("publish", holder: "b", now: Samples.start, term: Self.hour)
            let open = try await ledger.openIntents(after: nil, limit: 200)
            #expect(open.isEmpty)
            let item = items[3]
            _ = try await ledger.states(of: [item])
            try await ledger.record([.built(Samples.build(2, of: item))], lease: lease)
            let intents = Samples.regions.map { Samples.intent("01J", of: item, in: $0) }
            try await ledger.begin(intents, lease: lease)
            for (intent, region) in zip(intents, Samples.regions) {
                let release = Samples.release(1, of: item, buildNumber: 2, in: region)
                try await ledger.close(intent.id, events: [.released(release)], lease: lease)
            }
            #expect(try await ledger.changes(since: shown, limit: 1000).map(\.item) == [item])
            try await ledger.setCheckpoint("shown:main", "x", lease: lease)
            try await ledger.release(lease)
            costs.append(ledger.capacity.units)
        }
        #expect(costs[0] == costs[1])
        #expect(costs[1].read < 120)
        #expect(costs[1].write < 400)
        print("one change in a ledger of 1000 items: \(costs[1])")
    }

    @Test("34 regions that settle one item at once, each from a process of its own, all come through")
    func contention() async throws {
        let stage = try Stage.common()
        let account = try await stage.account()
        _ = try await stage.table(account)
        let ledger = try stage.ledger(account, gates: LedgerTable.gates)
        let lease = try await ledger.acquire("publish", holder: "a", now: Samples.start, term: Self.hour)
        let item = try Samples.item("requests")
        let regions = Array(Region.known.filter { $0.partition == .aws }.prefix(34))
        try await ledger.record([.built(Samples.build(1, of: item))], lease: lease)
        let intents = regions.map { Samples.intent("01J", of: item, in: $0) }
        try await ledger.begin(intents, lease: lease)
        let capacities = try await withThrowingTaskGroup(of: CapacityUsed.self) { group in
            for (region, intent) in zip(regions, intents) {
                let own = try stage.ledger(account, gates: LedgerTable.gates, isPatient: true)
                group.addTask {
                    try await own.close(
                        intent.id, events: [.released(Samples.release(1, of: item, in: region))], lease: lease)
                    return own.capacity
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let state = try await ledger.states(of: [item])[0]
        #expect(state.releases.map(\.id.region) == regions)
        #expect(state.openIntents.isEmpty)
        print(
            "34 at once:", capacities.map(\.units.calls).reduce(0, +), "calls,",
            capacities.map(\.units.write).reduce(0, +), "write units")
    }

    @Test("once a lease was taken over nothing of its former holder's appears any more")
    func staleWriters() async throws {
        let stage = try Stage.common()
        let account = try await stage.account()
        _ = try await stage.table(account)
        let ledger = try stage.ledger(account, gates: LedgerTable.gates)
        let former = try await ledger.acquire("publish", holder: "a", now: Samples.start, term: Self.hour)
        let items = try (0..<8).map { try Samples.item("layer-\($0)") }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for item in items {
                let writer = try stage.ledger(account, gates: LedgerTable.gates)
                group.addTask {
                    // Until it is refused: it ends, since its lease is lost.
                    let refusal = await expect(.leaseHeld) {
                        for buildNumber in 1...1000 {
                            try await writer.record([.built(Samples.build(buildNumber, of: item))], lease: former)
                        }
                    }
                    #expect(refusal?.message.contains("held by b") == true)
                }
            }
            group.addTask {
                while try await ledger.items(after: nil, limit: 10).count < items.count { await Task.yield() }
                let next = try await ledger.acquire(
                    "publish", holder: "b", now: Samples.start + Self.hour, term: Self.hour)
                let before = try await ledger.states(of: items)
                try await Task.sleep(for: .milliseconds(500))
                #expect(try await ledger.states(of: items) == before)
                try await ledger.setCheckpoint("main", "b", lease: next)
            }
            for try await _ in group {}
        }
    }

    @Test("half of a transaction is not believed")
    func tornRead() async throws {
        let stage = try Stage.common()
        let account = try await stage.account()
        let table = try await stage.table(account)
        let ledger = try stage.ledger(account)
        let lease = try await ledger.acquire("publish", holder: "a", now: Samples.start, term: Self.hour)
        let item = try Samples.item("requests")
        try await ledger.record([.built(Samples.build(1, of: item))], lease: lease)
        let record: Record = [
            "pk": .text("item#requests#python3.12"), "sk": .text("alias#\(ContentDigest.of("x"))"),
            "serial": .number(1), "revision": .number(9),
        ]
        try await table.writeEach(putting: [record])
        await expect(.throttled) { _ = try await ledger.states(of: [item]) }
        try await table.writeEach(deleting: [
            RecordKey("item#requests#python3.12", "alias#\(ContentDigest.of("x"))")
        ])
        #expect(try await ledger.states(of: [item])[0].builds.count == 1)
    }

    @Test("a table that is missing, or another's, or closed, is told with what to do")
    func wrongTable() async throws {
        let stage = try Stage.common()
        let account = try await stage.account()
        let missing = await expect(.configuration) { try await stage.ledger(account, "nowhere").check() }
        #expect(missing?.description.contains("strata deploy") == true)
        #expect(missing?.description.contains("nowhere") == true)

        _ = try await stage.ask(
            "foreign-table", ["account": account.account, "region": Stage.here.code, "table": "klayers"])
        let foreign = await expect(.configuration) { try await stage.ledger(account, "klayers").check() }
        #expect(foreign?.message.contains("keys") == true)

        _ = try await stage.table(account)
        try await stage.fail(account, #"[{"fault": "denied", "share": 1}]"#)
        let denied = await expect(.accessDenied) { _ = try await stage.ledger(account).checkpoint("x") }
        #expect(denied?.hint?.contains("dynamodb:GetItem") == true)
        #expect(denied?.hint?.contains("table/strata") == true)
        try await stage.fail(account, "[]")
        let ledger = try stage.ledger(account)
        let lease = try await ledger.acquire("publish", holder: "a", now: Samples.start, term: Self.hour)
        try await stage.fail(account, #"[{"operation": "TransactWriteItems", "fault": "denied", "share": 1}]"#)
        let refused = await expect(.accessDenied) { try await ledger.setCheckpoint("x", "1", lease: lease) }
        #expect(refused?.hint?.contains("dynamodb:ConditionCheckItem") == true)
    }

    @Test("a large value is in S3, and missing there it is told")
    func largeValues() async throws {
        let stage = try Stage.common()
        let account = try await stage.account()
        _ = try await stage.table(account)
        let blobs = try await stage.blobs(account)
        let ledger = try stage.ledger(account)
        let lease = try await ledger.acquire("publish", holder: "a", now: Samples.start, term: Self.hour)
        let item = try Samples.item("requests")
        var chance = SeededGenerator(seed: 1)
        let remarks = (0..<4000).map { _ in chance.text("abcdefghijklmnopqrstuvwxyz0123456789", length: 20...20) }
        let resolution = Resolution(contents: nil, remarks: remarks, since: Samples.start)
        try await ledger.record([.resolved(item, resolution)], lease: lease)
        #expect(try await ledger.states(of: [item])[0].resolution == resolution)
        let keys = try await blobs.list("ledger/", after: nil, limit: 10).map(\.key)
        #expect(keys.count == 1)
        for key in keys { try await blobs.delete(key) }
        let error = await expect(.inconsistent) { _ = try await ledger.states(of: [item]) }
        #expect(error?.message.contains("ledger/") == true)
    }

    @Test("the ways to look into the table give what is there")
    func listings() async throws {
        let ledger = try await ledger(pageSize: 2)
        let lease = try await ledger.acquire("publish", holder: "a", now: Samples.start, term: Self.hour)
        let items = try ["b", "a"].map { try Samples.item($0) }
        let (here, there) = (Samples.regions[0], Samples.regions[1])
        for item in items {
            try await ledger.record(
                [
                    .built(Samples.build(1, of: item)), .built(Samples.build(2, of: item)),
                    .released(Samples.release(9, of: item, in: here, status: .deprecated)),
                    .released(Samples.release(10, of: item, buildNumber: 2, in: here)),
                    .released(Samples.release(3, of: item, buildNumber: 2, in: there)),
                ], lease: lease)
        }
        #expect(try await ledger.latest(in: here).map(\.item) == items.reversed())
        #expect(try await ledger.latest(of: items[0], in: here)?.id.number == 10)
        #expect(try await ledger.latest(of: items[0], in: Samples.regions[2]) == nil)
        #expect(try await ledger.latest(of: items[0]).map(\.id.region) == [there, here])
        #expect(try await ledger.history(of: items[0]).map(\.buildNumber) == [2, 1])
        let month = String(Samples.start.date.prefix(7))
        #expect(try await ledger.builds(in: month, limit: 3).count == 3)
        #expect(
            try await ledger.builds(in: month, limit: 10).last
                == BuildReference(item: items[1], buildNumber: 1, version: "2.32.3", created: Samples.start))
    }
}
