import FoundationEssentials
import Model
import Publishing

public struct FinishInput: Sendable, Codable {
    public let v: PayloadVersion
    /// Absent if the run failed before it had the lease.
    public let context: RunContext?
    /// What ended the run, as the state machine caught it.
    public let error: CaughtError?
}

/// An error as Step Functions hands it to `Catch`: `Cause` is what Lambda said, JSON in a string.
public struct CaughtError: Sendable, Codable {
    public let Error: String?
    public let Cause: String?

    /// In a line.
    public var text: String {
        let told = Cause.flatMap { try? JSONDecoder().decode(RuntimeFailure.self, from: Data($0.utf8)) }
        return [Error, told?.errorMessage ?? Cause].compactMap(\.self).joined(separator: ": ")
    }
}

public struct FinishOutput: Sendable, Codable {
    public typealias Status = RunOutcome.Status
    public let v: PayloadVersion
    public let status: Status
    /// The report of the run; nil if there was no run.
    public let report: ObjectReference?
}
