import Model

/// What a check of the ledger's contract works on.
public struct LedgerSubject: Sendable {
    /// An empty ledger.
    public let ledger: any Ledger
    /// The same ledger as another process would have it open.
    public let other: any Ledger

    public init(ledger: any Ledger, other: any Ledger) {
        self.ledger = ledger
        self.other = other
    }

    /// The lease that a check writes under, held for an hour from `Samples.start`.
    package func lease(_ name: String = "publish", holder: String = "the check") async throws -> Lease {
        try await ledger.acquire(name, holder: holder, now: Samples.start, term: .seconds(3600))
    }

    package func state(of item: Item) async throws -> ItemState {
        try Samples.required(try await ledger.states(of: [item]).first)
    }
}

/// The contract of `Ledger`, for every implementation.
public enum LedgerContract {
    public static let cases: [ContractCase<LedgerSubject>] =
        leaseCases + eventCases + intentCases + readingCases + pagingCases + concurrencyCases
}
