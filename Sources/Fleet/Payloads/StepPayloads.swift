import Model

/// For the steps that need nothing but the run: recover and commit.
public struct StepInput: Sendable, Codable {
    public let v: PayloadVersion
    public let context: RunContext
}

public struct RecoverOutput: Sendable, Codable {
    public let v: PayloadVersion
    /// Time was up: call again.
    public let more: Bool
    /// Intents whose end is known now.
    public let closed: Int
    /// Regions that could not be asked; nothing is repeated there in this run.
    public let silent: [Region]
}

public struct CommitOutput: Sendable, Codable {
    public struct Commit: Sendable, Codable {
        public let branch: String
        public let commit: String
        public let files: Int
    }
    public let v: PayloadVersion
    public let commits: [Commit]
}

public struct PruneInput: Sendable, Codable {
    public let v: PayloadVersion
    public let context: RunContext
    public let dryRun: Bool?
}

public struct PruneOutput: Sendable, Codable {
    public let v: PayloadVersion
    /// Releases that were deleted; in a dry run, those that would be.
    public let deleted: Int
    /// Expired releases that stay, by their promises or for the next run.
    public let left: Int
}
