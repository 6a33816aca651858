import FoundationEssentials
import Model
import Publishing

extension FleetContext {
    /// Works under the run's lease, and renews it.
    ///
    /// - Parameters:
    ///   - report: what is known of the run already.
    ///   - tell: is told of each event, besides the log.
    ///   - isShort: true for calls that come by the thousand and are over before the lease is: they do not renew it at
    ///     their beginning.
    func session<Value: Sendable>(
        _ run: RunContext, _ report: RunReport = RunReport(), isShort: Bool = false,
        tell: @escaping @Sendable (RunEvent) -> Void = { _ in },
        _ body: @escaping @Sendable (Session) async throws -> Value
    ) async throws -> Value {
        let files = try files(run)
        let lease =
            isShort
            ? Lease(
                name: run.lease.name, holder: run.lease.holder, token: run.lease.token, until: now + Self.leaseTerm)
            : run.lease
        return try await publishing.withdrawingIfOvertaken { sent in
            let session = Session(
                publishing, lease, recorder(report, tell: tell), circuits: CircuitBreakers(files),
                publicationID: { order in
                    // The same id for every delivery of a call: an intent is open once, and a version that is published
                    // is found by its description.
                    PublicationID.repeatable(
                        at: run.lease.until - Self.leaseTerm,
                        seed: "\(run.run) \(run.lease.token) \(order.item) \(order.buildNumber)")
                }, sent: sent)
            return try await Leasing(ledger: ledger, environment: publishing.environment, term: Self.leaseTerm)
                .keep(lease) { try await body(session) }
        }
    }

    /// Does a piece of the run that no other call is doing. One that died keeps it until its own time would have been up.
    ///
    /// - Parameter body: is told whether no call has begun before.
    func claiming<Value: Sendable>(
        _ name: String, _ run: RunContext, _ invocation: Invocation, isDone: (Value) -> Bool,
        _ body: (_ isFirst: Bool) async throws -> Value
    ) async throws -> Value {
        let end = now + invocation.remaining + .seconds(1)
        return try await Claim.holding(
            name, files(run), blobs, holder: invocation.requestID, now: now, until: end, isDone: isDone, body)
    }
}

extension CircuitBreakers {
    /// Kept in the run's files, where all calls see them. Of calls that fail in the same moment one may not be counted.
    fileprivate init(_ files: RunFiles) {
        @Sendable func read(_ region: Region) async throws -> CircuitBreaker {
            let kept: KeptBreaker? = try await files.find(KeptBreaker.name(region))
            return kept?.breaker ?? CircuitBreaker()
        }
        self.init(read: read) { region, change in
            let before = try await read(region)
            var after = before
            change(&after)
            if after != before { try await files.write(KeptBreaker(breaker: after), as: KeptBreaker.name(region)) }
            return after
        }
    }
}

/// `circuits/REGION.json`: what one call has found out of a region, told to all others. Without it each would wait for a
/// dead region as long as the first.
private struct KeptBreaker: Sendable, Codable {
    var v = PayloadVersion()
    let breaker: CircuitBreaker

    static func name(_ region: Region) -> String { "circuits/\(region.code).json" }
}
