import Model

/// The right to change something, while it is held: what every step works in.
public struct Session: Sendable {
    public let context: PublishingContext
    /// Held and renewed by whoever made the session.
    public let lease: Lease
    public let recorder: Recorder
    public let circuits: CircuitBreakers
    /// Names one act of publishing a build; the same name again only for the same act.
    let publicationID: @Sendable (BuildOrder) -> Intent.Publication
    let sent: SentPublications

    /// - Parameters:
    ///   - circuits: what is known of the regions; nil to find out anew, and to keep it in memory.
    ///   - publicationID: how acts of publishing are named; nil for a new name each time.
    ///   - sent: takes in what is published, for whoever has to know if the lease is lost.
    public init(
        _ context: PublishingContext, _ lease: Lease, _ recorder: Recorder, circuits: CircuitBreakers? = nil,
        publicationID: (@Sendable (BuildOrder) -> Intent.Publication)? = nil, sent: SentPublications
    ) {
        self.context = context
        self.lease = lease
        self.recorder = recorder
        self.circuits = circuits ?? .inMemory()
        let new = context.environment.newPublication
        self.publicationID = publicationID ?? { _ in new() }
        self.sent = sent
    }

    var desired: Desired { context.desired }
    /// The items that the run is about.
    public var items: [Item] { context.scope.items }
    var ledger: any Ledger { context.ledger }
    var provider: any LayerProvider { context.provider }
    var now: Timestamp { context.environment.now() }

    /// The account that is published under in a region, as far as it is known.
    func account(in region: Region) -> String? { desired.accounts[region.partition] }

    /// Records what became true, in units that the ledger takes.
    func record(_ events: [Event]) async throws {
        for unit in LedgerUnit.units(of: events) { try await ledger.record(unit, lease: lease) }
    }

    /// What the ledger holds of an item.
    func state(of item: Item) async throws -> ItemState {
        try await ledger.states(of: [item]).first ?? ItemState(item: item)
    }

    /// Lambda knows nothing of leases, so the last moment to notice that ours is lost is just before it is asked.
    func checkBeforeActing() async throws {
        do { try await ledger.check(lease) } catch { throw RunAborted(cause: error) }
    }

    /// Does one stage of a run, and tells when it began and how long it took.
    func stage<Value: Sendable>(_ stage: RunEvent.Stage, _ body: () async throws -> Value) async throws -> Value {
        try await recorder.timing(stage, body)
    }
}

/// The ledger, and not a region, says that the run has to end.
struct RunAborted: Error { let cause: any Error }

extension PublishingContext {
    /// Holds the lease while `body` runs, and renews it in time.
    ///
    /// - Throws: `leaseHeld` if somebody else has the lease or takes it over, and what the body throws.
    func withSession<Value: Sendable>(
        _ recorder: Recorder, _ body: @Sendable @escaping (Session) async throws -> Value
    ) async throws -> Value {
        let leasing = Leasing(ledger: ledger, environment: environment, term: options.leaseTerm)
        return try await withdrawingIfOvertaken { sent in
            try await leasing.withLease { lease in try await body(Session(self, lease, recorder, sent: sent)) }
        }
    }
}
