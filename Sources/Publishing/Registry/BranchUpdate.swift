import Model

/// Fetch, draft, commit, push: again while somebody else moves the branch, or the connection fails.
///
/// When the answer to a push was lost, the branch is looked at before anything is repeated, so that no commit is lost or
/// doubled.
public struct BranchUpdate: Sendable {
    public let remote: any RegistryRemote
    public let branch: String
    /// How often a commit is drafted before giving up, at least once.
    public let attempts: Int
    /// Told, in a sentence, why something is done again.
    public let note: @Sendable (String) -> Void

    public init(
        _ branch: String, of remote: any RegistryRemote, attempts: Int = 5,
        note: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.remote = remote
        self.branch = branch
        self.attempts = max(1, attempts)
        self.note = note
    }

    /// How an update ended.
    public enum Outcome: Sendable, Hashable {
        /// The branch holds all of it already.
        case unchanged(tip: String?)
        /// The branch is at the commit, or was before others went on from it.
        case pushed(RegistryCommit, attempts: Int)
    }

    /// - Parameters:
    ///   - first: the branch as it was fetched already, if it was.
    ///   - draft: what to commit on a snapshot, with whatever the caller wants back of the draft that counted; nil for
    ///     nothing. It may be asked several times.
    /// - Returns: nil if there was nothing to draft.
    /// - Throws: `git` when the server refuses or the branch never stands still; what the remote and the draft throw.
    public func run<Basis>(
        from first: (any RegistrySnapshot)? = nil,
        draft: (any RegistrySnapshot) async throws -> (RegistryDraft, Basis)?
    ) async throws -> (outcome: Outcome, basis: Basis)? {
        var known = first
        var trouble = Trouble(within: remote.deadline, limit: max(2, attempts))
        var drafted = 0
        var unanswered: (commit: RegistryCommit, basis: Basis)?
        while true {
            try Task.checkCancellation()
            do {
                let snapshot: any RegistrySnapshot
                if let known { snapshot = known } else { snapshot = try await remote.fetch(branch) }
                known = nil
                if let unanswered, try await snapshot.includes(unanswered.commit) {
                    return (.pushed(unanswered.commit, attempts: drafted), unanswered.basis)
                }
                guard drafted < attempts, !trouble.isOver else { throw trouble.last ?? neverStill }
                drafted += 1
                unanswered = nil
                guard let (wanted, basis) = try await draft(snapshot) else { return nil }
                guard let commit = try await remote.commit(wanted, on: snapshot) else {
                    return (.unchanged(tip: snapshot.tip), basis)
                }
                unanswered = (commit, basis)
                switch try await remote.push(commit, expecting: snapshot.expected) {
                case .pushed: return (.pushed(commit, attempts: drafted), basis)
                case .moved(let tip):
                    trouble.last = nil
                    note("\(branch) moved to \(tip?.prefix(10) ?? "another commit"); publishing on top of it")
                }
            } catch let error as StrataError {
                // The last attempt, too, is followed by a look at what became of its push.
                let pause = try trouble.pause(after: error, mustLook: unanswered != nil)
                note("\(error.message); looking at the remote again")
                try await Task.sleep(for: pause)
            }
        }
    }

    private var neverStill: StrataError {
        StrataError(
            .git, "\(branch) moved \(attempts) times while it was being published",
            hint: "somebody else is pushing to it; run again when they are done")
    }
}
