import Model

extension DynamoDBLedger: LedgerArchive {
    public func revision() async throws -> Int {
        try await database.get(LedgerTable.counter)?["value"]?.number ?? 0
    }

    public func checkpoints() async throws -> [String: String] {
        let records = try await database.query(.partition(LedgerTable.marks))
        return Dictionary(
            records.compactMap { record in
                record["sk"]?.text.flatMap { name in record["value"]?.text.map { (name, $0) } }
            }, uniquingKeysWith: { $1 })
    }

    /// The records one by one, which costs half of what transactions do; then the head in one, under the lease: until
    /// then the item is unknown, or its seal does not fit.
    public func restore(_ state: ItemState, lease: Lease) async throws {
        let item = state.item
        let partition = LedgerTable.partition(of: item)
        let former = try await database.query(.partition(partition))
        let formerRevision = former.first { $0["sk"]?.text == "head" }?["revision"]?.number

        var head = ItemHead()
        head.revision = state.revision
        head.buildNumbers = ItemHead.BuildNumbers(state.builds.map(\.buildNumber))
        head.content = ItemHead.Content(resolution: state.resolution, hold: state.hold)
        var records: [Record] = []
        let placed = state.records
        for (sort, value) in placed {
            head.seal ^= Seal.of(sort, state.revision)
            records.append(try await value.record(of: item, at: sort, revision: state.revision, body))
        }
        for intent in state.openIntents {
            records.append(
                LedgerTable.open(intent.id).record.merging(try await body.attributes(intent)) { $1 }
                    .merging(item.attributes) { $1 }.merging(["revision": .number(state.revision)]) { $1 })
        }

        // What is not to be there any more, and the head, so that a reader meanwhile does not meet one that lies.
        let wanted = Set(placed.keys)
        let gone = former.compactMap(RecordKey.init).filter { !wanted.contains($0.sort) }
        let settled = former.compactMap { $0["sk"]?.text }.filter { $0.hasPrefix("intent#") && !wanted.contains($0) }
            .map { sort in
                let parts = sort.dropFirst("intent#".count).split(separator: "#", maxSplits: 1).map(String.init)
                return LedgerTable.open(Intent.ID(parts.first ?? "", parts.count > 1 ? parts[1] : ""))
            }
        let outdated = formerRevision.map { $0 == state.revision ? [] : [LedgerTable.change($0)] } ?? []
        try await database.writeEach(deleting: gone + settled + outdated)
        try await database.writeEach(putting: records)
        let headRecord = try await head.record(of: item, body)
        let steps: [DynamoDB.Write] = [
            .put(headRecord, if: .isNew),
            .put(LedgerTable.change(state.revision).record.merging(item.attributes) { $1 }, if: nil),
            .put(LedgerTable.known(item).record.merging(item.attributes) { $1 }, if: nil),
        ]
        try await transact(lease: lease) {
            try await database.get(LedgerTable.head(item)) == headRecord ? nil : TransactionPlan(steps: steps)
        }
        try await raiseRevision(to: state.revision, lease: lease)
    }

    public func raiseRevision(to revision: Int, lease: Lease) async throws {
        try await check(lease)
        try await raise("value", to: revision, of: LedgerTable.counter)
        // Most of the revisions below were another ledger's, and have no records here: nobody need look for them.
        try await raise("complete", to: revision, of: LedgerTable.counter)
    }
}

extension ItemState {
    /// All records of the item but its head, by where they lie.
    fileprivate var records: [String: ItemRecord] {
        let records =
            builds.map(ItemRecord.build) + aliases.map { .alias($0.key, buildNumber: $0.value) }
            + releases.map(ItemRecord.release) + notes.map { .note($0.key, $0.value) }
            + openIntents.map(ItemRecord.intent)
        var placed: [String: ItemRecord] = [:]
        for record in records {
            if case .release(let release) = record, placed[record.sort] != nil {
                placed[ItemRecord.release(besides: release.id)] = record
            } else {
                placed[record.sort] = record
            }
        }
        return placed
    }
}
