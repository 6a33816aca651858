import Contracts
import FoundationEssentials
import Local
import Model
import Testing

@Suite("SQLite ledger, opened only to read")
struct SQLiteLedgerReadingTests {
    @Test("reads as empty where there is none, and makes nothing")
    func missing() async throws {
        try await withTemporaryFolder { folder in
            let item = try Samples.item("requests")
            for path in ["\(folder)/ledger.sqlite", "\(folder)/a/b/ledger.sqlite"] {
                let ledger = try await SQLiteLedger.openForReading(path: path)
                #expect(try await ledger.items(after: nil, limit: 10).isEmpty)
                #expect(try await ledger.states(of: [item]) == [ItemState(item: item)])
                #expect(try await ledger.openIntents(after: nil, limit: 10).isEmpty)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        }
    }

    @Test("says the same of a folder that is read-only, and leaves nothing beside the file", arguments: [true, false])
    func readOnly(isWritable: Bool) async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/a ledger?100%.sqlite"
            let item = try Samples.item("requests")
            let writer = try await SQLiteLedger.open(path: path)
            let lease = try await writer.acquire("publish", holder: "test", now: Samples.start, term: .seconds(60))
            try await writer.record([.built(try Samples.build(1, of: item))], lease: lease)
            let states = try await writer.states(of: [item])
            try await writer.release(lease)
            try writer.close()
            let before = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()

            let reader = try await SQLiteLedger.openForReading(path: path) { _ in isWritable }
            #expect(try await reader.states(of: [item]) == states)
            try reader.close()
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == before)
        }
    }

    @Test("refuses a file that is not a ledger")
    func damaged() async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/ledger.sqlite"
            try Data(String(repeating: "no database\n", count: 100).utf8).write(to: URL(filePath: path))
            await expect(.inconsistent) { _ = try await SQLiteLedger.openForReading(path: path) { _ in false } }
        }
    }
}
