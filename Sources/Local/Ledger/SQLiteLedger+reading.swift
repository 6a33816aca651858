import GRDB
import Model

extension SQLiteLedger {
    public func states(of items: [Item]) async throws -> [ItemState] {
        guard !items.isEmpty else { return [] }
        return try await read { db in
            let states = Dictionary(
                uniqueKeysWithValues: try StateReader(db).states(of: Set(items)).map { ($0.item, $0) })
            return items.map { states[$0] ?? ItemState(item: $0) }
        }
    }

    public func items(after: Item?, limit: Int) async throws -> [Item] {
        try await read { db in
            let key: StatementArguments = after?.key ?? ["", 0, 0, 0]
            return try Row.fetchAll(
                db,
                sql: """
                    SELECT layer, major, minor, arm FROM item WHERE (layer, major, minor, arm) > (?, ?, ?, ?)
                    ORDER BY layer, major, minor, arm LIMIT ?
                    """,
                arguments: key + [max(0, limit)]
            ).map { try LedgerText.item(layer: $0[0], major: $0[1], minor: $0[2], arm: $0[3]) }
        }
    }

    public func changes(since revision: Int, limit: Int) async throws -> [ItemState] {
        try await read { db in try StateReader(db).states(changedAfter: revision, limit: max(0, limit)) }
    }

    public func openIntents(after: Intent.ID?, limit: Int) async throws -> [Intent] {
        try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT \(IntentRow.columns) FROM intent WHERE (publication, part) > (?, ?)
                    ORDER BY publication, part LIMIT ?
                    """,
                arguments: [after?.publication ?? "", after?.part ?? "", max(0, limit)]
            ).map(IntentRow.intent)
        }
    }

    public func expiring(by moment: Timestamp, limit: Int) async throws -> [Release] {
        try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT \(ReleaseRow.columns), layer, major, minor, arm
                    FROM release JOIN item AS owner ON owner.id = release.item
                    WHERE status = 'deprecated' AND expires IS NOT NULL AND NOT pinned AND NOT external
                        AND expires <= ?
                    ORDER BY expires, region, name, number LIMIT ?
                    """,
                arguments: [moment.seconds, max(0, limit)]
            ).map { row in
                try ReleaseRow.release(
                    row, item: LedgerText.item(layer: row[16], major: row[17], minor: row[18], arm: row[19]))
            }
        }
    }

    public func checkpoint(_ name: String) async throws -> String? {
        try await read { try String.fetchOne($0, sql: "SELECT value FROM mark WHERE name = ?", arguments: [name]) }
    }
}
