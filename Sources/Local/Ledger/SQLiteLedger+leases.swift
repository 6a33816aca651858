import GRDB
import Model

extension SQLiteLedger {
    public func acquire(_ name: String, holder: String, now: Timestamp, term: Duration) async throws -> Lease {
        // What a refusal writes is kept, so it is no error inside the transaction.
        let lease = try await write { [signs] in
            try LeaseTable($0, signs).acquire(name, holder: holder, now: now, term: term)
        }.get()
        // Not before the ledger says so: a process that dies in between must be known as gone.
        signs.lower(name, token: lease.token - 1)
        return lease
    }

    public func check(_ lease: Lease) async throws {
        try await read { [signs] in try LeaseTable($0, signs).check(lease) }
    }

    public func renew(_ lease: Lease, now: Timestamp, term: Duration) async throws -> Lease {
        try await write { [signs] in try LeaseTable($0, signs).renew(lease, until: now + term) }
    }

    public func release(_ lease: Lease) async throws {
        try await write { [signs] in try LeaseTable($0, signs).release(lease) }
        signs.lower(lease.name, token: lease.token)
    }
}

/// The leases, inside a transaction.
struct LeaseTable {
    private let db: Database
    private let signs: LifeSigns

    init(_ db: Database, _ signs: LifeSigns) {
        self.db = db
        self.signs = signs
    }

    func acquire(
        _ name: String, holder: String, now: Timestamp, term: Duration
    ) throws -> Result<Lease, StrataError> {
        let row = try current(name)
        if let row, row.holder != nil {
            guard row.until <= now || signs.isGone(name, token: row.token) else {
                let latest = now + max(term, Lease.longestTerm)
                if row.until > latest {
                    try db.execute(
                        sql: "UPDATE lease SET until = ? WHERE name = ?", arguments: [latest.seconds, name])
                }
                return .failure(held(name, row))
            }
        }
        let lease = Lease(name: name, holder: holder, token: (row?.token ?? 0) + 1, until: now + term)
        signs.raise(name, token: lease.token)
        try db.cachedStatement(sql: "INSERT OR REPLACE INTO lease (name, holder, token, until) VALUES (?, ?, ?, ?)")
            .execute(arguments: [name, holder, lease.token, lease.until.seconds])
        return .success(lease)
    }

    func renew(_ lease: Lease, until: Timestamp) throws -> Lease {
        try check(lease)
        try db.execute(sql: "UPDATE lease SET until = ? WHERE name = ?", arguments: [until.seconds, lease.name])
        return Lease(name: lease.name, holder: lease.holder, token: lease.token, until: until)
    }

    func release(_ lease: Lease) throws {
        try db.execute(
            sql: "UPDATE lease SET holder = NULL, until = 0 WHERE name = ? AND token = ?",
            arguments: [lease.name, lease.token])
    }

    /// Refuses a lease that somebody else has taken, or that was given back. One whose term has passed is still good
    /// as long as nobody took it: the token says so, and no clock.
    func check(_ lease: Lease) throws {
        let row = try current(lease.name)
        guard let row, row.holder != nil, row.token == lease.token else { throw held(lease.name, row) }
    }

    private struct Current {
        let holder: String?
        let token: Int
        let until: Timestamp
    }

    private func current(_ name: String) throws -> Current? {
        let statement = try db.cachedStatement(sql: "SELECT holder, token, until FROM lease WHERE name = ?")
        return try Row.fetchOne(statement, arguments: [name]).map {
            Current(holder: $0[0], token: $0[1], until: Timestamp(seconds: $0[2]))
        }
    }

    private func held(_ name: String, _ row: Current?) -> StrataError {
        guard let row, let holder = row.holder else {
            return StrataError(.leaseHeld, "the lease '\(name)' is not held any more", hint: "run again")
        }
        return StrataError(
            .leaseHeld, "the lease '\(name)' is held by \(holder) until \(row.until)",
            hint: "wait for it to end, or for that time to pass")
    }
}
