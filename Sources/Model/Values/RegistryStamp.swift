/// What a registry says of itself, so that a ledger can tell whether it may write there.
public struct RegistryStamp: Sendable, Hashable, Codable {
    /// The registry's identity: made by chance with its first commit, and the same for ever.
    public let id: String
    /// Rises with each commit.
    public let revision: Int
    /// Names the act of committing that wrote this revision.
    public let run: String

    /// What a revision can be. More was written by somebody else's hand.
    public static let revisions = 1...1_000_000_000_000

    public init(id: String, revision: Int, run: String) {
        self.id = id
        self.revision = revision
        self.run = run
    }
}
