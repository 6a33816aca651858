import Contracts
import FoundationEssentials
import GRDB
import Local
import Model
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@Suite("SQLite ledger")
struct SQLiteLedgerTests {
    @Test("keeps the ledger's contract", arguments: LedgerContract.cases)
    func contract(_ promise: ContractCase<LedgerSubject>) async throws {
        try await withLedger { ledger in
            let other = try await SQLiteLedger.open(path: ledger.path)
            try await promise.check(LedgerSubject(ledger: ledger, other: other))
            try await ledger.checkIntegrity()
        }
    }

    @Test("opens what the configuration names, and makes the folders")
    func opening() async throws {
        try await withTemporaryFolder { folder in
            let ledger = try await SQLiteLedger.open("sqlite:\(folder)/a/b/ledger.sqlite")
            #expect(try await ledger.items(after: nil, limit: 1).isEmpty)
            await expect(.configuration) { _ = try await SQLiteLedger.open("sqlite:") }
            await expect(.configuration) { _ = try await SQLiteLedger.open("dynamodb:table") }
        }
    }

    @Test("can be read by its owner only, with the files beside it")
    func mode() async throws {
        try await withLedger { ledger in
            let lease = try await ledger.acquire("publish", holder: "test", now: Samples.start, term: .seconds(60))
            try await ledger.setCheckpoint("main", "1", lease: lease)
            for suffix in ["", "-wal", "-shm"] {
                var status = stat()
                #expect(stat(ledger.path + suffix, &status) == 0)
                #expect(status.st_mode & 0o777 == 0o600)
            }
        }
    }

    @Test("keeps everything over closing and opening")
    func reopening() async throws {
        try await withLedger { ledger in
            let item = try Samples.item("requests")
            let lease = try await ledger.acquire("publish", holder: "test", now: Samples.start, term: .seconds(60))
            let events = [Event.built(try Samples.build(1, of: item)), .released(Samples.release(1, of: item))]
            try await ledger.record(events, lease: lease)
            try await ledger.begin([Samples.intent("01J", of: item)], lease: lease)
            let before = try await ledger.states(of: [item])
            try ledger.close()
            let again = try await SQLiteLedger.open(path: ledger.path)
            #expect(try await again.states(of: [item]) == before)
            try await again.checkIntegrity()
        }
    }

    @Test("is opened by many at once when it is new")
    func openingAtOnce() async throws {
        try await withTemporaryFolder { folder in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        let ledger = try await SQLiteLedger.open(path: "\(folder)/new/ledger.sqlite")
                        #expect(try await ledger.checkpoint("main") == nil)
                    }
                }
                for try await _ in group {}
            }
        }
    }

    @Test("need not wait for the term of a holder that is gone, but for that of one that is there")
    func gone() async throws {
        try await withTemporaryFolder { folder in
            let start = Samples.start
            let first = try await SQLiteLedger.open(path: "\(folder)/ledger.sqlite")
            let second = try await SQLiteLedger.open(path: "\(folder)/ledger.sqlite")
            let lost = try await first.acquire("publish", holder: "first", now: start, term: .seconds(600))
            await expect(.leaseHeld) {
                _ = try await second.acquire("publish", holder: "second", now: start, term: .seconds(600))
            }
            // What the kernel does to a process that dies.
            try first.close()
            let lease = try await second.acquire("publish", holder: "second", now: start, term: .seconds(600))
            #expect(lease.token > lost.token)
            try await second.setCheckpoint("main", "1", lease: lease)
            try await second.release(lease)
            let names = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(names.filter { $0.contains("lease") }.isEmpty, "\(names)")
        }
    }

    @Test("knows that a holder is gone that died while it gave its lease back")
    func goneWhileGivingBack() async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/ledger.sqlite"
            let first = try await SQLiteLedger.open(path: path)
            let lost = try await first.acquire(
                "publish", holder: "first", now: Samples.start, term: .seconds(600))
            // The transaction fails at its last step, as one does that a process dies in.
            let queue = try DatabaseQueue(path: path)
            try await queue.write {
                try $0.execute(
                    sql: "CREATE TRIGGER planted AFTER UPDATE ON lease BEGIN SELECT RAISE(ABORT, 'planted'); END")
            }
            await expect(.inconsistent) { try await first.release(lost) }
            try first.close()
            try await queue.write { try $0.execute(sql: "DROP TRIGGER planted") }
            try queue.close()
            let second = try await SQLiteLedger.open(path: path)
            let lease = try await second.acquire(
                "publish", holder: "second", now: Samples.start, term: .seconds(600))
            #expect(lease.token > lost.token)
        }
    }

    @Test("refuses a release of a build that it does not know")
    func foreignKeys() async throws {
        try await withLedger { ledger in
            let lease = try await ledger.acquire("publish", holder: "test", now: Samples.start, term: .seconds(60))
            let item = try Samples.item("requests")
            await expect(.inconsistent) {
                try await ledger.record([.released(Samples.release(1, of: item))], lease: lease)
            }
            // In one unit the order does not matter.
            let events = [Event.released(Samples.release(1, of: item)), .built(try Samples.build(1, of: item))]
            try await ledger.record(events, lease: lease)
            #expect(try await ledger.states(of: [item])[0].releases.count == 1)
        }
    }

    @Test("a ledger from before accounts were part of ids is read with the accounts that its ARNs name")
    func older() async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/ledger.sqlite"
            let arns = [
                "arn:aws:lambda:us-east-1:111122223333:layer:acme-p312-x:1",
                "arn:aws-cn:lambda:cn-north-1:444455556666:layer:acme-p312-x:1",
            ]
            let old = try DatabaseQueue(path: path)
            try LedgerSchema.migrator.migrate(old, upTo: "2026-11-23 announcements and holds")
            try await old.write { db in
                try db.execute(
                    sql: """
                        INSERT INTO item VALUES (1, 'x', 3, 12, 0, 1);
                        INSERT INTO build VALUES (1, 1, '1.0', 0, NULL, NULL, '[]', '[]', NULL);
                        """)
                for arn in arns {
                    try db.execute(
                        sql: """
                            INSERT INTO release (region, name, number, item, serial, arn, external, status, published,
                                pinned, revoked) VALUES (?, 'acme-p312-x', 1, 1, 1, ?, 0, 'latest', 0, 0, 0)
                            """, arguments: [arn.split(separator: ":")[3].description, arn])
                }
            }
            try old.close()
            let ledger = try await SQLiteLedger.open(path: path)
            let releases = try await ledger.states(of: [Samples.item("x")]).flatMap(\.releases)
            #expect(Set(releases.map(\.id)) == Set(arns.compactMap { LayerVersionARN($0)?.release }))
            #expect(releases.allSatisfy { $0.audience == nil && $0.status == .latest })
            try await ledger.checkIntegrity()
        }
    }

    @Test("finds what may be deleted by its index, however large the ledger is")
    func queryPlan() async throws {
        try await withLedger { ledger in
            let plan = try await DatabaseQueue(path: ledger.path).read { db in
                try Row.fetchAll(
                    db,
                    sql: """
                        EXPLAIN QUERY PLAN SELECT 1 FROM release WHERE status = 'deprecated' AND expires IS NOT NULL
                            AND NOT pinned AND NOT external AND expires <= 0 ORDER BY expires, region, name, number
                        """
                ).map { $0["detail"] as String }
            }
            #expect(plan.count == 1)
            #expect(plan.first?.contains("release_expiring") == true, "\(plan)")
        }
    }
}

/// Runs a test with an empty ledger in a folder of its own.
func withLedger(_ body: (SQLiteLedger) async throws -> Void) async throws {
    try await withTemporaryFolder { folder in
        try await body(try await SQLiteLedger.open(path: "\(folder)/ledger.sqlite"))
    }
}
