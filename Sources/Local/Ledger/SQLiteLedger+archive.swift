import GRDB
import Model

extension SQLiteLedger: LedgerArchive {
    public func revision() async throws -> Int {
        try await read { try Int.fetchOne($0, sql: "SELECT value FROM counter WHERE name = 'revision'") ?? 0 }
    }

    public func checkpoints() async throws -> [String: String] {
        try await read { db in
            let rows = try Row.fetchAll(db, sql: "SELECT name, value FROM mark")
            return Dictionary(rows.map { ($0[0] as String, $0[1] as String) }, uniquingKeysWith: { $1 })
        }
    }

    /// In one transaction, whatever the state's size.
    public func restore(_ state: ItemState, lease: Lease) async throws {
        try await write { [signs] db in
            try LeaseTable(db, signs).check(lease)
            var changes = LedgerChanges(db)
            let row = try changes.row(of: state.item)
            for table in ["release", "alias", "note", "resolution", "hold", "intent", "build"] {
                try db.execute(sql: "DELETE FROM \(table) WHERE item = ?", arguments: [row])
            }
            for event in state.events { try changes.apply(event) }
            for intent in state.openIntents { try changes.open(intent) }
            try db.execute(sql: "UPDATE item SET revision = ? WHERE id = ?", arguments: [state.revision, row])
            try raise(db, to: state.revision)
        }
    }

    public func raiseRevision(to revision: Int, lease: Lease) async throws {
        try await write { [signs] db in
            try LeaseTable(db, signs).check(lease)
            try raise(db, to: revision)
        }
    }
}

private func raise(_ db: Database, to revision: Int) throws {
    try db.execute(
        sql: "UPDATE counter SET value = ? WHERE name = 'revision' AND value < ?", arguments: [revision, revision])
}
