import GRDB
import Model

/// The ledger in one SQLite file: what a laptop, a cron job and a workflow use.
///
/// Several processes may have it open at once: readers never wait, writers wait for each other, and every unit that
/// carries a lease checks its token in the transaction that writes.
public struct SQLiteLedger: Ledger {
    /// The file, as it was named when it was opened.
    public let path: String
    let pool: any DatabaseWriter
    let signs: LifeSigns

    init(path: String, pool: any DatabaseWriter) {
        self.path = path
        self.pool = pool
        signs = LifeSigns(ledger: path)
    }

    /// Closes the file. Nobody may use the ledger afterwards.
    public func close() throws(StrataError) {
        signs.lowerAll()
        do { try pool.close() } catch { throw Self.error(error, path: path) }
    }

    /// Runs one read transaction: all its queries see the same state.
    func read<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        do { return try await pool.read(body) } catch { throw Self.error(error, path: path) }
    }

    /// Runs one immediate write transaction. It is rolled back if `body` throws.
    func write<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        do { return try await pool.write(body) } catch { throw Self.error(error, path: path) }
    }

    /// One unit of changes under a lease: checks the token, makes the changes, stamps the items that they touched.
    func unit(lease: Lease, _ body: @escaping @Sendable (inout LedgerChanges) throws -> Void) async throws {
        try await write { [signs] db in
            try LeaseTable(db, signs).check(lease)
            var unit = LedgerChanges(db)
            try body(&unit)
            try unit.stamp()
        }
    }
}
