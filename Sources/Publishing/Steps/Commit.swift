import Model

/// Brings the registry's branches to what the ledger says, and pushes them. Without a change there is no commit.
public struct CommitStep: Step {
    public init() {}

    /// - Returns: the commits that were made.
    public func run(_ input: NoInput, _ session: Session) async throws -> [RunReport.Commit] {
        try await session.context.registry.update(session)
        try await session.noteTheTime()
        return session.recorder.report.commits
    }
}
