import Model

/// How a run ended, on a machine or in the fleet: what `--report` and the fleet's `report.json` hold.
/// `docs/report.schema.json` is its schema.
public struct RunOutcome: Sendable, Codable {
    public enum Status: String, Sendable, Codable, CaseIterable {
        case done
        /// Something is left for the next run, or for the maintainer to allow.
        case partly
        case failed
    }

    public let v: Int
    public let status: Status
    /// As `strata publish` exits.
    public let exitCode: Int32
    /// What ended the run early.
    public let error: String?
    /// That error's kind.
    public let errorCode: String?
    /// What was done and what is left; nil if the run ended before it had a plan.
    public let report: RunReport?
    public let registry: String
    /// Of Strata.
    public let version: String
    public let began: Timestamp?
    public let ended: Timestamp

    /// - Parameters:
    ///   - error: what ended the run early, and its kind.
    ///   - exit: the exit status that the error asks for; that of the report without one.
    public init(
        _ report: RunReport?, error: (text: String, code: String?)? = nil, exit: ExitStatus? = nil, registry: String,
        began: Timestamp?, ended: Timestamp
    ) {
        v = 1
        let exit = exit ?? (error != nil ? .failed : report?.status ?? .done)
        exitCode = exit.rawValue
        status = error != nil ? .failed : exit == .done ? .done : .partly
        self.error = error?.text.printable(2000)
        errorCode = error?.code
        self.report = report
        self.registry = registry
        version = strataVersion
        self.began = began
        self.ended = ended
    }

    /// Somebody else held the lease: nothing happened that is worth telling.
    public var isOvertaken: Bool { exitCode == ExitStatus.leaseHeld.rawValue }
}
