import Testing

/// One promise of a port: its name, and the check that shows it on a subject that was made for this check alone.
///
///     @Test(arguments: LedgerContract.cases)
///     func `SQLite keeps the ledger's contract`(_ promise: ContractCase<LedgerSubject>) async throws {
///         try await promise.check(LedgerSubject(…))
///     }
public struct ContractCase<Subject: Sendable>: Sendable, CustomTestStringConvertible {
    public let name: String
    public let check: @Sendable (Subject) async throws -> Void

    init(_ name: String, _ check: @escaping @Sendable (Subject) async throws -> Void) {
        self.name = name
        self.check = check
    }

    public var testDescription: String { name }
}
