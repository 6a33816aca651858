import Model

/// The whole ledger as JSON lines, in a format with a version: what outlives any ledger's own files.
public enum LedgerExport {
    /// The format's version. It grows when a reader of the former one would misunderstand.
    public static let version = 1

    /// Writes the ledger, a page of items at a time.
    ///
    /// What is exported is true of the moment only if nobody writes meanwhile: hold the lease.
    /// - Parameters:
    ///   - marks: the names of the marks to take along; a ledger cannot list them.
    ///   - write: takes the lines, several at a time, in order.
    /// - Returns: how many records were written.
    @discardableResult
    public static func write(
        _ ledger: any Ledger, marks: [String] = [], at now: Timestamp, to write: ([UInt8]) async throws -> Void
    ) async throws -> Int {
        try await write(ExportRecord.header(version: version, written: now).line())
        var count = 0
        var last: Item?
        while true {
            let items = try await ledger.items(after: last, limit: 50)
            guard let next = items.last else { break }
            last = next
            var page: [UInt8] = []
            for state in try await ledger.states(of: items) {
                for event in state.events {
                    page += try ExportRecord.event(event).line()
                    count += 1
                }
            }
            try await write(page)
        }
        var begun: Intent.ID?
        while true {
            let intents = try await ledger.openIntents(after: begun, limit: 200)
            guard let next = intents.last?.id else { break }
            begun = next
            for intent in intents { try await write(ExportRecord.intent(intent).line()) }
            count += intents.count
        }
        for name in Set(marks).sorted() {
            guard let value = try await ledger.checkpoint(name) else { continue }
            try await write(ExportRecord.mark(name: name, value: value).line())
            count += 1
        }
        try await write(ExportRecord.end(records: count).line())
        return count
    }
}
