import Model

/// What is to be published on a branch, as a recipe: when somebody else pushed meanwhile, it is followed again on top of
/// their commit.
public struct Publication: Sendable {
    /// What happens to the branch's history.
    public enum History: Sendable, Hashable {
        /// Commits are only ever added.
        case append
        /// When the branch would have more than so many commits, the new one begins a new history. It replaces the
        /// branch only if that still is where it was read.
        case squash(budget: Int)
    }

    /// One commit, worked out from the branch as it is.
    public struct Draft: Sendable {
        public var message: String
        public var trailers: [Trailer]
        public var changes: [TreeChange]

        public init(message: String, trailers: [Trailer] = [], changes: [TreeChange]) {
            self.message = message
            self.trailers = trailers
            self.changes = changes
        }
    }

    public var branch: String
    public var author: Author
    public var date: Timestamp
    public var history: History
    /// How often the recipe is followed before giving up, at least once.
    public var attempts: Int
    /// The recipe. It runs on the git thread, must not block on anything else, and may run several times.
    public var draft: @Sendable (Snapshot) throws -> Draft

    public init(
        branch: String, author: Author, date: Timestamp, history: History = .append, attempts: Int = 5,
        draft: @escaping @Sendable (Snapshot) throws -> Draft
    ) {
        self.branch = branch
        self.author = author
        self.date = date
        self.history = history
        self.attempts = attempts
        self.draft = draft
    }
}

/// How a publication ended.
public enum PublishOutcome: Sendable, Hashable {
    /// The branch holds all of it already; no commit was made.
    case unchanged(tip: ObjectID?)
    case pushed(PushedCommit)

    /// The branch's tip, as the remote has it.
    public var tip: ObjectID? {
        switch self {
        case .unchanged(let tip): tip
        case .pushed(let pushed): pushed.commit
        }
    }
}

/// A commit that the remote was read to have.
public struct PushedCommit: Sendable, Hashable {
    public let commit: ObjectID
    /// The tip that it follows or replaces; nil for a new branch.
    public let previous: ObjectID?
    /// Whether a new history was begun.
    public let squashed: Bool
    /// How often the recipe was followed.
    public let attempts: Int
    /// Files of ours that somebody else changed while we worked, and that this commit wrote over.
    public let overwritten: [String]
}

/// How a push ended, when the remote gave an answer.
public enum PushOutcome: Sendable, Hashable {
    /// The remote's branch was read back and is the commit.
    case pushed
    /// The branch is not where it was expected. Nothing was changed.
    case moved(to: ObjectID?)
    /// The server said no, in its own words (a hook, a protected branch, a read-only key).
    case refused(String)
}
