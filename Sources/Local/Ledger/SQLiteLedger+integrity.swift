import GRDB
import Model

extension SQLiteLedger {
    /// Reads the whole file and checks its structure, its indexes and every reference between its tables.
    /// - Throws: `inconsistent` with the first things that are wrong.
    public func checkIntegrity() async throws {
        let findings = try await read { db in
            var findings = try String.fetchAll(db, sql: "PRAGMA integrity_check(10)").filter { $0 != "ok" }
            for row in try Row.fetchAll(db, sql: "PRAGMA foreign_key_check").prefix(10) {
                findings.append("a row of '\(row[0] as String)' refers to nothing in '\(row[2] as String)'")
            }
            return findings
        }
        guard findings.isEmpty else {
            throw StrataError(
                .inconsistent, "the ledger is damaged: \(findings.joined(separator: "; "))",
                hint: "restore a copy, or move the file away and run 'strata reconcile --rebuild'",
                place: .init(file: path))
        }
    }
}

extension SQLiteLedger {
    /// Caps the file's size at so many pages of 4096 bytes for writes through this connection: a disk that fills up,
    /// for tests of what happens then.
    package func limitPages(to pages: Int) async throws {
        try await write { try $0.execute(sql: "PRAGMA max_page_count = \(pages)") }
    }
}
