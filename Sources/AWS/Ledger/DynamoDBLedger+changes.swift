import Model
import Tasks

extension DynamoDBLedger {
    /// The change records up to the floor, then the items that they name. A record that a later change of its item has
    /// outdated is passed over: its writer removes it after its transaction, and may have died before.
    public func changes(since revision: Int, limit: Int) async throws -> [ItemState] {
        guard limit > 0 else { return [] }
        let horizon = try await raiseFloor()
        var states: [ItemState] = []
        var last = revision
        var complete = horizon.complete
        while states.count < limit, last < horizon.floor {
            var page = try await changeRecords(after: last, through: horizon.floor, wanted: limit - states.count)
            page.entries += try await unseen(max(last, complete) + 1, through: page.end, besides: page.entries)
            page.entries.sort { $0.revision < $1.revision }
            if last <= complete, page.end > complete {
                complete = page.end
                // The next reader need not look for what is missing up to here. Who may not write lets it do so.
                try? await raise("complete", to: complete, of: LedgerTable.counter)
            }
            states += try await current(page.entries).prefix(limit - states.count)
            last = page.end
        }
        return states
    }

    private struct Entry: Sendable {
        let revision: Int
        let item: Item
    }

    private struct Page: Sendable {
        var entries: [Entry]
        /// Up to here they are complete.
        var end: Int
    }

    private func changeRecords(after last: Int, through floor: Int, wanted: Int) async throws -> Page {
        let width = wanted / LedgerTable.shards + 8
        let pages = try await database.query(
            each: (0..<LedgerTable.shards).map { shard in
                let partition = LedgerTable.changes(shard)
                return DynamoDB.Query(
                    condition: Expression(
                        "pk = :p AND sk BETWEEN :a AND :b",
                        values: [
                            ":p": .text(partition), ":a": .text(LedgerTable.pad(last + 1, 15)),
                            ":b": .text(LedgerTable.pad(floor, 15)),
                        ]), limit: width)
            })
        // A partition that gave all it was asked for may hold more: what comes after its last is not complete.
        let end =
            pages.filter { $0.count >= width }.compactMap { $0.last?["sk"]?.text.flatMap { Int($0) } }.min() ?? floor
        let entries = try pages.joined().map { record in
            guard let revision = record["sk"]?.text.flatMap({ Int($0) }) else {
                throw StrataError(.inconsistent, "a record of changes cannot be read")
            }
            return Entry(revision: revision, item: try item(record))
        }.filter { $0.revision <= end }
        return Page(entries: entries, end: end)
    }

    /// Revisions without a record: given and not used, or outdated, or, for a moment, written by a transaction whose
    /// parts do not all show yet. Only a transaction that reads can tell, since it waits for those that write.
    private func unseen(_ first: Int, through end: Int, besides entries: [Entry]) async throws -> [Entry] {
        guard first <= end else { return [] }
        let seen = Set(entries.map(\.revision))
        let gaps = (first...end).filter { !seen.contains($0) }
        let chunks = stride(from: 0, to: gaps.count, by: 100).map { Array(gaps[$0..<min($0 + 100, gaps.count)]) }
        return try await chunks.boundedMap(limit: 8) { chunk in
            let records = try await database.getTogether(chunk.map(LedgerTable.change))
            return try zip(chunk, records).compactMap { revision, record in
                try record.map { Entry(revision: revision, item: try item($0)) }
            }
        }.flatMap(\.self)
    }

    /// The items' states as far as the entries are still the last word on them.
    private func current(_ entries: [Entry]) async throws -> [ItemState] {
        var known = try await states(of: entries.map(\.item))
        // What a change record names has been written, even if another of its records shows only in a moment.
        var failures = 0
        while zip(entries, known).contains(where: { $1.revision < $0.revision }) {
            failures += 1
            try await database.pause(after: failures, "a change of the ledger is still not visible")
            known = try await states(of: entries.map(\.item))
        }
        let outdated = zip(entries, known).filter { $1.revision > $0.revision }.map {
            LedgerTable.change($0.0.revision)
        }
        // Nobody needs them any more. Who may not write leaves them, and passes them over again.
        try? await database.writeEach(deleting: outdated)
        return zip(entries, known).filter { $1.revision == $0.revision }.map(\.1)
    }
}
