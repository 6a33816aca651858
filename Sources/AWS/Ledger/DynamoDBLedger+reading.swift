import Model
import Tasks

extension DynamoDBLedger {
    /// Each state is one of a single moment. Up to 100 items are of the same moment; more are read 100 at a time.
    public func states(of items: [Item]) async throws -> [ItemState] {
        var known: [Item: ItemState] = [:]
        let distinct = Array(Set(items))
        for start in stride(from: 0, to: distinct.count, by: 100) {
            for state in try await statesTogether(Array(distinct[start..<min(start + 100, distinct.count)])) {
                known[state.item] = state
            }
        }
        return items.map { known[$0] ?? ItemState(item: $0) }
    }

    /// Reads each item, then compares all heads in one transaction: what has changed meanwhile is read again.
    private func statesTogether(_ items: [Item]) async throws -> [ItemState] {
        var states: [Item: ItemState] = [:]
        var stale = items
        var failures = 0
        while true {
            for state in try await stale.boundedMap(limit: 16, { try await state(of: $0) }) {
                states[state.item] = state
            }
            guard items.count > 1 else { break }
            let heads = try await database.getTogether(items.map(LedgerTable.head))
            stale = zip(items, heads).filter { ($1?["revision"]?.number ?? 0) != states[$0]?.revision }.map(\.0)
            if stale.isEmpty { break }
            failures += 1
            try await database.pause(after: failures, "the ledger changes faster than it can be read")
        }
        return items.compactMap { states[$0] }
    }

    /// One item, in one query; again if it saw half of a transaction.
    private func state(of item: Item) async throws -> ItemState {
        var failures = 0
        while true {
            if let state = try await sealedState(of: item) { return state }
            failures += 1
            try await database.pause(after: failures, "\(item) changes faster than it can be read")
        }
    }

    /// - Returns: nil if the records do not belong together.
    private func sealedState(of item: Item) async throws -> ItemState? {
        let records = try await database.query(.partition(LedgerTable.partition(of: item)))
        // Without a head nothing is known yet: what else is there belongs to a transaction, or a copy, on its way.
        guard let found = records.first(where: { $0["sk"]?.text == "head" }) else { return ItemState(item: item) }
        let head = try await ItemHead(found, body)
        var state = ItemState(
            item: item, revision: head.revision, resolution: head.content.resolution, hold: head.content.hold)
        var seal: UInt64 = 0
        for record in records {
            guard let sort = record["sk"]?.text, sort != "head" else { continue }
            guard let revision = record["revision"]?.number else {
                throw StrataError(.inconsistent, "the record '\(sort)' has no revision", place: item.place)
            }
            seal ^= Seal.of(sort, revision)
        }
        guard seal == head.seal else { return nil }
        for record in records where record["sk"]?.text != "head" {
            switch try await ItemRecord(record, body) {
            case .build(let build): state.builds.append(build)
            case .alias(let contents, let buildNumber): state.aliases[contents] = buildNumber
            case .release(let release): state.releases.append(release)
            case .note(let region, let note): state.notes[region] = note
            case .intent(let intent): state.openIntents.append(intent)
            }
        }
        // Already in order as the table sorts; the model's order is what counts.
        state.builds.sort { $0.buildNumber < $1.buildNumber }
        state.releases.sort { $0.id < $1.id }
        state.openIntents.sort { $0.id < $1.id }
        return state
    }

    public func items(after: Item?, limit: Int) async throws -> [Item] {
        guard limit > 0 else { return [] }
        return try await database.query(
            .partition(LedgerTable.items, after: after.map(LedgerTable.sort), limit: limit)
        ).map { try item($0) }
    }

    public func openIntents(after: Intent.ID?, limit: Int) async throws -> [Intent] {
        guard limit > 0 else { return [] }
        let pages = try await database.query(
            each: (0..<LedgerTable.shards).map { shard in
                .partition(LedgerTable.open(shard: shard), after: after.map(LedgerTable.sort), limit: limit)
            })
        let first = pages.joined().sorted { ($0["sk"]?.text ?? "") < ($1["sk"]?.text ?? "") }.prefix(limit)
        var intents: [Intent] = []
        for record in first { intents.append(try await body.value(of: record)) }
        return intents
    }

    /// By the index, which may lag a moment behind the table.
    public func expiring(by moment: Timestamp, limit: Int) async throws -> [Release] {
        guard limit > 0 else { return [] }
        // ':' comes right after the digits and '#'.
        let end = "\(LedgerTable.pad(moment.seconds, 12)):"
        let pages = try await database.query(
            each: (0..<LedgerTable.shards).map { shard in
                .listing(
                    Expression("gpk = :p AND gsk < :e", values: [":p": .text("due#\(shard)"), ":e": .text(end)]),
                    limit: limit)
            })
        let first = pages.joined().sorted { ($0["gsk"]?.text ?? "") < ($1["gsk"]?.text ?? "") }.prefix(limit)
        return try await releases(Array(first))
    }

    /// The index repeats what small releases hold. Of others it only tells where they are; one that is gone meanwhile is
    /// left out.
    func releases(_ records: [Record]) async throws -> [Release] {
        try await records.boundedMap(limit: 16) { record in
            if record["json"] != nil { return [try await body.value(of: record, Release.self)] }
            guard let key = RecordKey(record), let whole = try await database.get(key) else { return [] }
            return [try await body.value(of: whole, Release.self)]
        }.flatMap(\.self)
    }

    public func checkpoint(_ name: String) async throws -> String? {
        try await database.get(LedgerTable.checkpoint(name))?["value"]?.text
    }

    func item(_ record: Record) throws -> Item {
        guard let layer = record["layer"]?.text.flatMap(LayerName.init),
            let target = record["target"]?.text.flatMap(Target.init)
        else { throw StrataError(.inconsistent, "the record '\(record["sk"]?.text ?? "")' names no item") }
        return Item(layer, target)
    }
}

extension DynamoDB.Query {
    /// A range of the table's one index.
    static func listing(_ condition: Expression, isDescending: Bool = false, limit: Int = .max) -> Self {
        Self(condition: condition, index: LedgerTable.definition.index.name, isDescending: isDescending, limit: limit)
    }
}

extension Item {
    /// The attributes by which a record names an item.
    var attributes: Record { ["layer": .text(layer.text), "target": .text(target.description)] }
}
