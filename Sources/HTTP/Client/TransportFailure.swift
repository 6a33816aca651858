/// The cause of a `StrataError` that says how a transfer failed, as far as the caller must know it.
public struct TransportFailure: Error, Sendable, CustomStringConvertible {
    /// False if the failure came before all of the request was sent, so it surely had no effect.
    public let mayHaveTakenEffect: Bool
    /// What curl says about it.
    public let detail: String

    public var description: String { detail }
}
