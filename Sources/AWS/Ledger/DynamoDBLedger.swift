import Model

/// The ledger in one table of DynamoDB: what a fleet uses, and any number of machines at once.
///
/// Whatever must agree is written in one transaction; whatever must not be missed is read strongly consistent.
/// `docs/dynamodb.md` describes the records, the keys and every way they are read.
public struct DynamoDBLedger: Ledger {
    let database: DynamoDB
    let body: RecordBody
    let turns = Turns()
    /// The same for everybody who uses the table.
    let gates: Int

    /// What the calls of this instance have cost so far.
    public var capacity: CapacityUsed { database.capacity }
    public var table: String { database.table }
    public var region: Region { database.region }

    /// - Parameter blobs: where values go that are too large for a record; asked for when the first one is met.
    public init(
        client: AWSClient, table: String, region: Region, blobs: @escaping @Sendable () async throws -> any BlobStore
    ) {
        self.init(DynamoDB(client: client, table: table, region: region), blobs: blobs)
    }

    /// For tests: with other limits.
    package init(
        _ database: DynamoDB, inline: Int? = nil, gates: Int = LedgerTable.gates,
        blobs: @escaping @Sendable () async throws -> any BlobStore
    ) {
        self.database = database
        self.gates = gates
        var limits = RecordBody.Limits()
        if let inline { limits.inline = inline }
        body = RecordBody(blobs: blobs, limits: limits)
    }

    /// Checks that the table is there and is one for a ledger.
    ///
    /// - Throws: `configuration` if it is missing or has other keys, `accessDenied`.
    public func check() async throws {
        let found: TableDescription
        do throws(StrataError) {
            found = try await database.describe()
        } catch {
            guard error.code == .notFound else { throw error }
            throw StrataError(
                .configuration, "there is no table '\(table)' in \(region)",
                hint: "'strata deploy' makes it; or check the name and the region in 'ledger: dynamodb:TABLE@region'",
                place: error.place, cause: error)
        }
        let wanted = LedgerTable.definition
        guard Set(found.keys) == Set(wanted.keys), Set(found.keyTypes) == ["S"] else {
            throw StrataError(
                .configuration, "the table '\(table)' in \(region) is not a ledger's: its keys are not 'pk' and 'sk'",
                hint: "name the table that 'strata deploy' made")
        }
        guard found.indexes[wanted.index.name].map({ Set($0) == Set(wanted.index.keys) }) ?? false else {
            throw StrataError(
                .configuration, "the table '\(table)' in \(region) lacks the index '\(wanted.index.name)'",
                hint: "'strata deploy' adds it")
        }
        guard ["ACTIVE", "UPDATING"].contains(found.status) else {
            throw StrataError(
                .unavailable, "the table '\(table)' in \(region) is \(found.status)",
                hint: "run again when it is ACTIVE")
        }
    }
}

/// Lets the units of one process that touch the same item take turns: together they would only make each other fail.
actor Turns {
    private var waiting: [Item: [CheckedContinuation<Void, Never>]] = [:]

    nonisolated func take<Value: Sendable>(
        _ items: Set<Item>, _ body: @Sendable () async throws -> Value
    ) async throws -> Value {
        // Only one item is waited for, so nobody can wait in a circle. Units of several are rare.
        guard items.count == 1, let item = items.first else { return try await body() }
        await enter(item)
        do {
            let value = try await body()
            await leave(item)
            return value
        } catch {
            await leave(item)
            throw error
        }
    }

    private func enter(_ item: Item) async {
        guard waiting[item] != nil else {
            waiting[item] = []
            return
        }
        await withCheckedContinuation { waiting[item, default: []].append($0) }
    }

    private func leave(_ item: Item) {
        guard var line = waiting[item] else { return }
        if line.isEmpty {
            waiting[item] = nil
        } else {
            let next = line.removeFirst()
            waiting[item] = line
            next.resume()
        }
    }
}
