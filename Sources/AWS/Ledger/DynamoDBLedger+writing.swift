import Model

extension DynamoDBLedger {
    public func begin(_ intents: [Intent], lease: Lease) async throws {
        try LedgerUnit.check(intents)
        try await write(Unit(opening: intents), lease: lease)
    }

    public func close(_ intent: Intent.ID, events: [Event], lease: Lease) async throws {
        try LedgerUnit.check(events, ending: true)
        try await write(Unit(closing: intent, events: events), lease: lease)
    }

    public func record(_ events: [Event], lease: Lease) async throws {
        try LedgerUnit.check(events)
        try await write(Unit(events: events), lease: lease)
    }

    public func setCheckpoint(_ name: String, _ value: String?, lease: Lease) async throws {
        let key = LedgerTable.checkpoint(name)
        let step: DynamoDB.Write =
            if let value {
                .put(key.record.merging(["value": .text(value)]) { $1 }, if: nil)
            } else {
                .delete(key, if: nil)
            }
        try await transact(lease: lease) { TransactionPlan(steps: [step]) }
    }

    /// What a call asks to be written as one.
    struct Unit: Sendable {
        var opening: [Intent] = []
        var closing: Intent.ID?
        var events: [Event] = []

        var items: Set<Item> { Set(events.map(\.item) + opening.compactMap(\.item)) }
    }

    private func write(_ unit: Unit, lease: Lease) async throws {
        try await turns.take(unit.items) {
            try await transact(lease: lease) {
                guard let draft = try await draft(unit) else { return nil }
                let count = draft.touched.count
                let first = count > 0 ? try await takeRevisions(count) : nil
                return TransactionPlan(
                    steps: try await draft.steps(from: first ?? 0, body), revision: first, outdated: draft.outdated)
            }
        }
    }

    /// Reads what the unit is about in one transaction, and works out what is to be written.
    /// - Returns: nil if nothing is.
    private func draft(_ unit: Unit) async throws -> LedgerDraft? {
        var items = unit.items
        var keys = unit.recordKeys
        while true {
            let read = try await Reading(self, keys, heads: items, intents: unit.intentIDs)
            var draft = LedgerDraft()
            for (item, head) in read.heads { draft.add(item, head) }
            for slot in read.slots { draft.add(slot.item, slot.sort, slot.record, revision: slot.revision) }
            if let id = unit.closing {
                guard let open = read.open[id] else { return nil }
                let item = open.intent.item
                guard items.contains(item) else {
                    items.insert(item)
                    continue
                }
                draft.add(item, ItemRecord.intent(id), .intent(open.intent), revision: open.revision)
                draft.close(open.intent)
            }
            let elsewhere = unit.releases.filter(draft.isElsewhere).filter {
                keys[$0.item, default: []].insert(ItemRecord.release(besides: $0.id)).inserted
            }
            guard elsewhere.isEmpty else { continue }
            for intent in unit.opening where read.open[intent.id] == nil { draft.open(intent) }
            for event in unit.events { try draft.apply(event) }
            try draft.check()
            return draft.isEmpty ? nil : draft
        }
    }

    /// What one transaction read.
    private struct Reading {
        struct Slot {
            let item: Item
            let sort: String
            let record: ItemRecord?
            let revision: Int?
        }
        struct Open {
            let intent: Intent
            let revision: Int?
        }
        var heads: [Item: ItemHead] = [:]
        var slots: [Slot] = []
        var open: [Intent.ID: Open] = [:]

        init(
            _ ledger: DynamoDBLedger, _ records: [Item: Set<String>], heads items: Set<Item>, intents: [Intent.ID]
        ) async throws {
            let items = items.sorted()
            let sorts = items.flatMap { item in (records[item] ?? []).sorted().map { (item, $0) } }
            let keys =
                items.map(LedgerTable.head)
                + sorts.map { RecordKey(LedgerTable.partition(of: $0.0), $0.1) } + intents.map(LedgerTable.open)
            var found = try await ledger.database.getTogether(keys)[...]
            for item in items {
                let record = found.removeFirst()
                heads[item] = if let record { try await ItemHead(record, ledger.body) } else { ItemHead() }
            }
            for (item, sort) in sorts {
                let record = found.removeFirst()
                let value: ItemRecord? = if let record { try await ItemRecord(record, ledger.body) } else { nil }
                slots.append(Slot(item: item, sort: sort, record: value, revision: record?["revision"]?.number))
            }
            for id in intents {
                guard let record = found.removeFirst() else { continue }
                open[id] = Open(
                    intent: try await ledger.body.value(of: record), revision: record["revision"]?.number)
            }
        }
    }
}

extension DynamoDBLedger.Unit {
    /// The records beside heads that decide what the events change.
    var recordKeys: [Item: Set<String>] {
        var keys: [Item: Set<String>] = [:]
        for event in events {
            switch event {
            case .built(let build): keys[build.item, default: []].insert(ItemRecord.build(build.buildNumber))
            case .same(let item, let contents, _): keys[item, default: []].insert(ItemRecord.alias(contents))
            case .released(let release): keys[release.item, default: []].insert(ItemRecord.release(release.id))
            case .noted(let item, let region, _): keys[item, default: []].insert(ItemRecord.note(region))
            case .resolved, .held: break
            }
        }
        return keys
    }

    var releases: [Release] { events.compactMap { if case .released(let release) = $0 { release } else { nil } } }

    var intentIDs: [Intent.ID] { Array(Set(opening.map(\.id) + (closing.map { [$0] } ?? []))) }
}
