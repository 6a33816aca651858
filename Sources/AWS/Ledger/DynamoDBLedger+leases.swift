import FoundationEssentials
import Model
import Tasks

/// Who has a lease is decided on one record. Who may write is checked on one of many *gates*, by chance: if all writers
/// looked at one record, DynamoDB would make their transactions fail on each other. So a lease is taken in two steps:
/// the record is won, then every gate is set to its token. Between the two its former holder may still finish units;
/// after them it cannot.
extension DynamoDBLedger {
    public func acquire(_ name: String, holder: String, now: Timestamp, term: Duration) async throws -> Lease {
        let key = LedgerTable.lease(name)
        while true {
            let current = try await current(name)
            if let current, current.holder != nil, current.until > now {
                let latest = now + max(term, Lease.longestTerm)
                if current.until > latest { try await shorten(name, current, to: latest) }
                throw held(name, current)
            }
            let lease = Lease(name: name, holder: holder, token: (current?.token ?? 0) + 1, until: now + term)
            let claim = UUID().uuidString
            var values: Record = [
                ":holder": .text(holder), ":token": .number(lease.token), ":until": .number(lease.until.seconds),
                ":claim": .text(claim),
            ]
            var condition = "attribute_not_exists(pk)"
            if let current {
                values[":old"] = .number(current.token)
                values[":then"] = .number(current.until.seconds)
                // The term too: it may have been renewed since.
                condition = "#token = :old AND #until = :then"
            }
            let won = try await database.update(
                key,
                Expression(
                    "SET #holder = :holder, #token = :token, #until = :until, #claim = :claim",
                    names: ["#holder": "holder", "#token": "token", "#until": "until", "#claim": "claim"],
                    values: values),
                if: condition)
            // Somebody was faster; look again who it was. An answer may be lost and the call repeated: then it was us.
            if won == nil, try await self.current(name)?.claim != claim { continue }
            do {
                try await setGates(lease, to: Self.open(lease))
            } catch {
                // Nobody will use it. If it cannot be given back either, it ends with its term.
                try? await release(lease)
                throw error
            }
            return lease
        }
    }

    /// Lets a lease end earlier than its holder's clock says, unless it was renewed meanwhile.
    private func shorten(_ name: String, _ current: Current, to until: Timestamp) async throws {
        _ = try await database.update(
            LedgerTable.lease(name),
            Expression(
                "SET #until = :until", names: ["#until": "until", "#token": "token"],
                values: [
                    ":until": .number(until.seconds), ":token": .number(current.token),
                    ":then": .number(current.until.seconds),
                ]),
            if: "#token = :token AND #until = :then")
    }

    public func renew(_ lease: Lease, now: Timestamp, term: Duration) async throws -> Lease {
        let until = now + term
        let renewed = try await database.update(
            LedgerTable.lease(lease.name),
            Expression(
                "SET #until = :until", names: ["#until": "until", "#token": "token", "#holder": "holder"],
                values: [":until": .number(until.seconds), ":token": .number(lease.token)]),
            if: "#token = :token AND attribute_exists(#holder)")
        guard renewed != nil else { throw held(lease.name, try await current(lease.name)) }
        return Lease(name: lease.name, holder: lease.holder, token: lease.token, until: until)
    }

    public func release(_ lease: Lease) async throws {
        // The gates first: a process that dies in between leaves a lease that ends with its term.
        guard try await current(lease.name)?.isHeld(by: lease) ?? false else { return }
        try await setGates(lease, to: Self.closed(lease))
        _ = try await database.update(
            LedgerTable.lease(lease.name),
            Expression(
                "SET #until = :zero REMOVE #holder",
                names: ["#until": "until", "#holder": "holder", "#token": "token"],
                values: [":zero": .number(0), ":token": .number(lease.token)]),
            if: "#token = :token")
    }

    /// The step of a transaction that lets it fail if the lease is lost, or if a reader has passed its revisions.
    func gateCheck(_ lease: Lease, revision: Int?) -> DynamoDB.Write {
        var condition = Expression(
            "#lease = :token", names: ["#lease": Self.attribute(lease.name)],
            values: [":token": .number(Self.open(lease))])
        if let revision {
            condition.text += " AND (attribute_not_exists(#floor) OR #floor < :revision)"
            condition.names["#floor"] = "floor"
            condition.values[":revision"] = .number(revision)
        }
        return .check(LedgerTable.gate(.random(in: 0..<gates)), if: condition)
    }

    /// Refuses a lease that somebody else has taken, or that was given back. One whose term has passed is still good as
    /// long as nobody took it: the token says so, and no clock.
    public func check(_ lease: Lease) async throws {
        let gate = try await database.get(LedgerTable.gate(.random(in: 0..<gates)))
        guard gate?[Self.attribute(lease.name)]?.number == Self.open(lease) else {
            throw held(lease.name, try await current(lease.name))
        }
    }

    private struct Current {
        let holder: String?
        let token: Int
        let until: Timestamp
        /// Names the call that took it.
        let claim: String?

        func isHeld(by lease: Lease) -> Bool { holder != nil && token == lease.token }
    }

    private func current(_ name: String) async throws -> Current? {
        guard let record = try await database.get(LedgerTable.lease(name)) else { return nil }
        guard let token = record["token"]?.number, let until = record["until"]?.number else {
            throw StrataError(.inconsistent, "the record of the lease '\(name)' cannot be read")
        }
        return Current(
            holder: record["holder"]?.text, token: token, until: Timestamp(seconds: until), claim: record["claim"]?.text
        )
    }

    /// What a gate shows while a lease is held, and once it was given back. It only ever grows, so whoever is late
    /// cannot open a gate that somebody else has passed since.
    private static func open(_ lease: Lease) -> Int { lease.token * 2 }
    private static func closed(_ lease: Lease) -> Int { lease.token * 2 + 1 }

    private func setGates(_ lease: Lease, to value: Int) async throws {
        _ = try await (0..<gates).boundedMap(limit: 16) { gate in
            try await raise(Self.attribute(lease.name), to: value, of: LedgerTable.gate(gate))
        }
    }

    private static func attribute(_ name: String) -> String { "lease:\(name)" }

    private func held(_ name: String, _ current: Current?) -> StrataError {
        guard let current, let holder = current.holder else {
            return StrataError(.leaseHeld, "the lease '\(name)' is not held any more", hint: "run again")
        }
        return StrataError(
            .leaseHeld, "the lease '\(name)' is held by \(holder) until \(current.until)",
            hint: "wait for it to end, or for that time to pass")
    }
}
