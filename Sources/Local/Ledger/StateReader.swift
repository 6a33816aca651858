import GRDB
import Model

/// Reads the states of many items in one query a table, in the transaction that it was made in.
struct StateReader {
    private let db: Database

    init(_ db: Database) { self.db = db }

    /// The states of those of the items that the ledger knows, in no particular order.
    func states(of items: Set<Item>) throws -> [ItemState] {
        let keys = items.map { item in
            let python = item.target.python
            return "[\"\(item.layer)\",\(python.major),\(python.minor),\(item.target.architecture == .arm64 ? 1 : 0)]"
        }
        return try states(
            """
            SELECT item.id, layer, major, minor, arm, revision FROM json_each(?) AS wanted CROSS JOIN item
            WHERE layer = json_extract(wanted.value, '$[0]') AND major = json_extract(wanted.value, '$[1]')
                AND minor = json_extract(wanted.value, '$[2]') AND arm = json_extract(wanted.value, '$[3]')
            """, ["[\(keys.joined(separator: ","))]"])
    }

    /// The items that changed after a revision, in the order in which they last changed.
    func states(changedAfter revision: Int, limit: Int) throws -> [ItemState] {
        try states(
            """
            SELECT id, layer, major, minor, arm, revision FROM item WHERE revision > ? ORDER BY revision LIMIT ?
            """, [revision, limit])
    }

    private func states(_ sql: String, _ arguments: StatementArguments) throws -> [ItemState] {
        var states: [ItemState] = []
        var places: [Int64: Int] = [:]
        for row in try Row.fetchAll(db, sql: sql, arguments: arguments) {
            places[row[0]] = states.count
            states.append(
                ItemState(
                    item: try LedgerText.item(layer: row[1], major: row[2], minor: row[3], arm: row[4]),
                    revision: row[5]))
        }
        let rows = "[\(places.keys.map(String.init).joined(separator: ","))]"

        /// Calls `body` with each row of a table that belongs to one of the states. The first column is the item.
        func each(_ columns: String, _ table: String, by order: String, _ body: (Row, inout ItemState) throws -> Void)
            throws
        {
            let cursor = try Row.fetchCursor(
                db,
                sql: """
                    SELECT \(columns) FROM \(table) WHERE item IN (SELECT value FROM json_each(?)) ORDER BY \(order)
                    """,
                arguments: [rows])
            while let row = try cursor.next() {
                guard let place = places[row[0]] else { continue }
                try body(row, &states[place])
            }
        }

        try each(BuildRow.columns, "build", by: "item, serial") { row, state in
            state.builds.append(try BuildRow.build(row, item: state.item))
        }
        try each(ReleaseRow.columns, "release", by: "region, name, number, account") { row, state in
            state.releases.append(try ReleaseRow.release(row, item: state.item))
        }
        try each("item, contents, serial", "alias", by: "item") { row, state in
            state.aliases[try LedgerText.word(row[1], ContentsKey.init(_:))] = row[2]
        }
        try each("item, region, kind, reason, since", "note", by: "item") { row, state in
            state.notes[try LedgerText.region(row[1])] = Note(
                kind: try LedgerText.word(row[2], Note.Kind.init(rawValue:)), reason: row[3],
                since: Timestamp(seconds: row[4]))
        }
        try each("item, contents, remarks, since, refused, audit", "resolution", by: "item") { row, state in
            state.resolution = Resolution(
                contents: try (row[1] as String?).map { try LedgerText.word($0, ContentsKey.init(_:)) },
                remarks: try LedgerJSON.list(of: row[2]), since: Timestamp(seconds: row[3]),
                refusedBuilds: try LedgerJSON.list(of: row[4]),
                audit: try (row[5] as String?).map { try LedgerJSON.value(of: $0) })
        }
        try each("item, serial, instead_of", "hold", by: "item") { row, state in
            state.hold = Hold(
                buildNumber: row[1], insteadOf: try LedgerText.word(row[2], ContentsKey.init(_:)))
        }
        try each(IntentRow.columns, "intent", by: "publication, part") { row, state in
            state.openIntents.append(try IntentRow.intent(row))
        }
        return states
    }
}
