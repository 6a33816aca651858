import Model

/// The right to write, held and renewed while work is done.
public struct Leasing: Sendable {
    let ledger: any Ledger
    let environment: RunEnvironment
    let term: Duration

    /// - Parameter term: how long the lease is held without a sign of life.
    public init(ledger: any Ledger, environment: RunEnvironment, term: Duration) {
        self.ledger = ledger
        self.environment = environment
        self.term = term
    }

    /// Holds the lease while `body` runs, and renews it in time. A lease that is lost ends the body.
    ///
    /// - Throws: `leaseHeld` if somebody else has it, and what the body throws.
    public func withLease<Value: Sendable>(_ body: @Sendable @escaping (Lease) async throws -> Value) async throws
        -> Value
    {
        let lease = try await ledger.acquire(
            "publish", holder: environment.holder, now: environment.now(), term: term)
        do {
            let value = try await keep(lease) { try await body(lease) }
            try await ledger.release(lease)
            return value
        } catch {
            // The first error is the one to tell; a lease that cannot be given back ends with its term.
            try? await ledger.release(lease)
            throw error
        }
    }

    /// Renews a lease while `body` works, at once if less than half of its term is left. It is not given back.
    ///
    /// - Throws: `leaseHeld` once somebody else has it; the body is cancelled then.
    public func keep<Value: Sendable>(
        _ lease: Lease, while body: @Sendable @escaping () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                var current = lease
                if current.until - environment.now() < term / 2 {
                    current = try await ledger.renew(current, now: environment.now(), term: term)
                }
                while true {
                    try await environment.sleep(term / 3)
                    current = try await ledger.renew(current, now: environment.now(), term: term)
                }
            }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let result { return result }
            }
            throw StrataError(.inconsistent, "the work ended without a result")
        }
    }
}
