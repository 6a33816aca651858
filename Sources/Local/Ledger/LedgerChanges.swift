import GRDB
import Model

/// One unit of changes in the transaction that makes it. It remembers which items truly changed; `stamp` gives each of
/// those the next revision.
///
/// No two items share a revision, so a page of `changes(since:limit:)` can end anywhere without losing an item.
struct LedgerChanges {
    let db: Database
    private var rows: [Item: Int64] = [:]
    private var touched: Set<Int64> = []

    init(_ db: Database) { self.db = db }

    mutating func touch(_ row: Int64) { touched.insert(row) }

    /// The item's row, made if it is new.
    mutating func row(of item: Item) throws -> Int64 {
        if let known = try existingRow(of: item) { return known }
        try db.cachedStatement(sql: "INSERT INTO item (layer, major, minor, arm) VALUES (?, ?, ?, ?)")
            .execute(arguments: item.key)
        rows[item] = db.lastInsertedRowID
        return db.lastInsertedRowID
    }

    mutating func existingRow(of item: Item) throws -> Int64? {
        if let known = rows[item] { return known }
        let query = try db.cachedStatement(
            sql: "SELECT id FROM item WHERE layer = ? AND major = ? AND minor = ? AND arm = ?")
        guard let row = try Int64.fetchOne(query, arguments: item.key) else { return nil }
        rows[item] = row
        return row
    }

    /// Raises the ledger's revision once for each item that changed.
    func stamp() throws {
        guard !touched.isEmpty else { return }
        let raise = try db.cachedStatement(
            sql: "UPDATE counter SET value = value + 1 WHERE name = 'revision' RETURNING value")
        let stamp = try db.cachedStatement(sql: "UPDATE item SET revision = ? WHERE id = ?")
        for row in touched.sorted() {
            guard let revision = try Int.fetchOne(raise) else {
                throw StrataError(.inconsistent, "the ledger has lost its revision")
            }
            try stamp.execute(arguments: [revision, row])
        }
    }

    mutating func open(_ intent: Intent) throws {
        let row = try row(of: intent.item)
        let insert = try db.cachedStatement(
            sql: """
                INSERT INTO intent (publication, part, item, begun, work) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT DO NOTHING
                """)
        try insert.execute(
            arguments: [
                intent.id.publication, intent.id.part, row, intent.begun.seconds, try LedgerJSON.text(of: intent.work),
            ])
        if db.changesCount > 0 { touch(row) }
    }

    /// - Returns: false if the intent is not open.
    mutating func close(_ id: Intent.ID) throws -> Bool {
        let delete = try db.cachedStatement(
            sql: "DELETE FROM intent WHERE publication = ? AND part = ? RETURNING item")
        guard let deleted = try Row.fetchOne(delete, arguments: [id.publication, id.part]) else { return false }
        if let row = deleted[0] as Int64? { touch(row) }
        return true
    }
}

extension Item {
    /// The columns that identify the item, in the order of `Item`'s own sorting.
    var key: StatementArguments {
        [layer.text, target.python.major, target.python.minor, target.architecture == .arm64]
    }
}
