import Model

/// The git repository that people read, as a run needs it. A seam: the commands put Git behind it.
public struct RegistryRemote: Sendable {
    /// Fetches branches and tells their tips; a branch that does not exist is absent.
    public var tips: @Sendable (_ branches: [String]) async throws -> [String: String]
    /// Makes one commit on a branch and pushes it, reading the remote back.
    public var push: @Sendable (BranchUpdate) async throws -> PushOutcome

    /// The files below a folder of a branch, by path; nil if the branch does not exist.
    public var files: @Sendable (_ branch: String, _ folder: String) async throws -> [String: [UInt8]]?

    public init(
        tips: @escaping @Sendable ([String]) async throws -> [String: String],
        files: @escaping @Sendable (String, String) async throws -> [String: [UInt8]]?,
        push: @escaping @Sendable (BranchUpdate) async throws -> PushOutcome
    ) {
        self.tips = tips
        self.files = files
        self.push = push
    }
}

/// One commit to make on a tip.
public struct BranchUpdate: Sendable {
    public let branch: String
    /// The tip that the commit is made for; nil if the branch does not exist.
    public let tip: String?
    public let date: Timestamp
    /// The commit that we wrote last, as far as we know: what others changed since is told if it is written over.
    public let last: String?
    /// True for a branch whose history may be cut to its budget.
    public let maySquash: Bool
    /// Makes the changes from the files as they are at the tip. Called where reading a file costs no wait.
    public let changes: @Sendable (_ existing: (String) throws -> [UInt8]?) throws -> [FileChange]
    /// The commit's message for those changes, with its trailers.
    public let message: @Sendable ([FileChange]) -> String
}

public enum PushOutcome: Sendable, Hashable {
    /// The remote's branch is at this commit, read back.
    case pushed(Pushed)
    /// The tree was the same: no commit.
    case unchanged
    /// Somebody else moved the branch; the changes must be made again for its new tip.
    case moved

    public struct Pushed: Sendable, Hashable {
        public let commit: String
        public let files: Int
        public let bytes: ByteCount
        /// The files with somebody else's edits among those that were written. Sorted.
        public let overwritten: [String]

        public init(commit: String, files: Int, bytes: ByteCount, overwritten: [String] = []) {
            self.commit = commit
            self.files = files
            self.bytes = bytes
            self.overwritten = overwritten
        }
    }
}

/// What a branch of the registry holds, as a pure function of the ledger's states.
public struct BranchRenderer: Sendable {
    public let branch: String
    public let maySquash: Bool
    /// True for the branch whose files promise consumers how long a release stays.
    public let announces: Bool
    /// Digest of everything that the files depend on besides the items: when it changes, all is rendered again.
    public let fingerprint: String
    /// Makes the changes for some layers, each with all of its items. Complete is true when these are all there are:
    /// then nothing that the files hold already has to be understood.
    public let render: Render

    public typealias Render =
        @Sendable (_ states: [ItemState], _ isComplete: Bool, _ existing: (String) throws -> [UInt8]?) throws ->
        [FileChange]

    public init(
        branch: String, maySquash: Bool, announces: Bool, fingerprint: String,
        render: @escaping Render
    ) {
        self.branch = branch
        self.maySquash = maySquash
        self.announces = announces
        self.fingerprint = fingerprint
        self.render = render
    }
}
