import Contracts
import FoundationEssentials
import GRDB
import Local
import Model
import Testing

@Suite("SQLite ledger, damaged or foreign")
struct SQLiteLedgerDamageTests {
    @Test("says of a file that is no database that it is damaged, and leaves it as it is")
    func noDatabase() async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/ledger.sqlite"
            let text = Data(String(repeating: "Package,Package Version\n", count: 100).utf8)
            try text.write(to: URL(filePath: path))
            let error = await expect(.inconsistent) { _ = try await SQLiteLedger.open(path: path) }
            #expect(error?.hint?.contains("strata reconcile --rebuild") == true)
            #expect(try Data(contentsOf: URL(filePath: path)) == text)
        }
    }

    @Test("finds damage inside the file")
    func damage() async throws {
        try await withLedger { ledger in
            let lease = try await ledger.acquire("publish", holder: "test", now: Samples.start, term: .seconds(60))
            for number in 1...200 {
                let item = try Samples.item("layer-\(number)")
                try await ledger.record([.built(Samples.build(1, of: item))], lease: lease)
            }
            try ledger.close()
            var bytes = try Data(contentsOf: URL(filePath: ledger.path))
            for index in stride(from: 4096 * 12, to: bytes.count, by: 4096) { bytes[index] ^= 0xff }
            try bytes.write(to: URL(filePath: ledger.path))
            let again = try await SQLiteLedger.open(path: ledger.path)
            await expect(.inconsistent) { try await again.checkIntegrity() }
        }
    }

    @Test("finds a reference to nothing")
    func danglingReference() async throws {
        try await withLedger { ledger in
            try await withoutForeignKeys(ledger.path) { db in
                try db.execute(sql: "INSERT INTO alias VALUES (99, 'x', 1)")
            }
            let error = await expect(.inconsistent) { try await ledger.checkIntegrity() }
            #expect(error?.message.contains("alias") == true)
        }
    }

    @Test("says of a row that it cannot read what is wrong with it")
    func unreadableRow() async throws {
        try await withLedger { ledger in
            let item = try Samples.item("requests")
            let lease = try await ledger.acquire("publish", holder: "test", now: Samples.start, term: .seconds(60))
            let events = [Event.built(try Samples.build(1, of: item)), .released(Samples.release(1, of: item))]
            try await ledger.record(events, lease: lease)
            try await withoutForeignKeys(ledger.path) { try $0.execute(sql: "UPDATE release SET status = 'odd'") }
            let error = await expect(.inconsistent) { _ = try await ledger.states(of: [item]) }
            #expect(error?.message.contains("'odd'") == true)
            try await withoutForeignKeys(ledger.path) { try $0.execute(sql: "UPDATE build SET artifact = '{'") }
            await expect(.inconsistent) { _ = try await ledger.states(of: [item]) }
        }
    }

    @Test("refuses a ledger that a newer version has changed")
    func newer() async throws {
        try await withLedger { ledger in
            try await withoutForeignKeys(ledger.path) { db in
                try db.execute(sql: "INSERT INTO grdb_migrations VALUES ('2999-01-01 from the future')")
            }
            let error = await expect(.unsupported) { _ = try await SQLiteLedger.open(path: ledger.path) }
            #expect(error?.message.contains("newer") == true)
        }
    }

    @Test("says of a folder that cannot be made which one, and why")
    func noFolder() async throws {
        try await withTemporaryFolder { folder in
            try Data().write(to: URL(filePath: "\(folder)/file"))
            let error = await expect(.file) { _ = try await SQLiteLedger.open(path: "\(folder)/file/x/ledger.sqlite") }
            #expect(error?.place.file?.contains("\(folder)/file") == true)
        }
    }

    @Test("says that a full ledger is full, records nothing of the unit, and goes on when there is room")
    func full() async throws {
        try await withLedger { ledger in
            let item = try Samples.item("requests")
            let lease = try await ledger.acquire("publish", holder: "test", now: Samples.start, term: .seconds(60))
            let events = try (1...95).map { Event.built(try Samples.build($0, of: item)) }
            // A limit on pages stands in for the disk: SQLite reports both as SQLITE_FULL.
            try await ledger.limitPages(to: 20)
            let error = await expect(.file) { try await ledger.record(events, lease: lease) }
            #expect(error?.message.contains("full") == true)
            #expect(error?.hint != nil)
            #expect(try await ledger.states(of: [item])[0].builds.isEmpty)
            try await ledger.limitPages(to: 100_000)
            try await ledger.record(events, lease: lease)
            #expect(try await ledger.states(of: [item])[0].builds.count == 95)
            try await ledger.checkIntegrity()
        }
    }

    /// Changes the file behind the ledger's back.
    private func withoutForeignKeys(_ path: String, _ body: @escaping @Sendable (Database) throws -> Void) async throws
    {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        try await DatabaseQueue(path: path, configuration: configuration).write(body)
    }
}
