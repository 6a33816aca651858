import Model
import Tasks

/// Revisions come from one counter, before the transaction that uses them. A writer may be slow, so a larger revision may
/// be seen before a smaller one. Whoever reads changes first raises a *floor* on every gate to the counter's value; a
/// transaction with a revision that is not above the floor fails and takes a new one. After that nothing can appear
/// below the floor any more, and up to there the changes are complete.
extension DynamoDBLedger {
    /// - Returns: the first of so many revisions that nobody else has.
    func takeRevisions(_ count: Int) async throws -> Int {
        let record = try await database.update(
            LedgerTable.counter,
            Expression("ADD #value :count", names: ["#value": "value"], values: [":count": .number(count)]))
        guard let value = record?["value"]?.number else {
            throw StrataError(.inconsistent, "the ledger has lost its revision")
        }
        return value - count + 1
    }

    /// How far changes can be read.
    struct Horizon: Sendable {
        /// Up to here nothing new can appear.
        let floor: Int
        /// Up to here a reader has made sure that everything shows.
        let complete: Int
    }

    /// Fixes how far changes can be read: all that was written before this call, and nothing will come in between.
    func raiseFloor() async throws -> Horizon {
        let counter = try await database.get(LedgerTable.counter)
        let value = counter?["value"]?.number ?? 0
        let horizon = Horizon(floor: value, complete: counter?["complete"]?.number ?? 0)
        guard value > counter?["floor"]?.number ?? 0 else { return horizon }
        _ = try await (0..<gates).boundedMap(limit: 16) { gate in
            // A gate that a transaction holds refuses this until the transaction is over: so none is overlooked.
            try await raise("floor", to: value, of: LedgerTable.gate(gate))
        }
        // Only now: who finds it here need not look at the gates.
        try await raise("floor", to: value, of: LedgerTable.counter)
        return horizon
    }

    func raise(_ attribute: String, to value: Int, of key: RecordKey) async throws {
        _ = try await database.update(
            key, Expression("SET #a = :value", names: ["#a": attribute], values: [":value": .number(value)]),
            if: "attribute_not_exists(#a) OR #a < :value")
    }
}
