/// One step of a run: a value with small inputs and outputs, so that a laptop can loop over steps and a fleet's functions
/// can be dispatched to them.
///
/// What a step does is read from the ledger and recorded there, so running it again comes to the same.
public protocol Step: Sendable {
    associatedtype Input: Sendable, Codable
    associatedtype Output: Sendable, Codable

    func run(_ input: Input, _ session: Session) async throws -> Output
}

/// For steps that find all they need in the ledger.
public struct NoInput: Sendable, Hashable, Codable {
    public init() {}
}
