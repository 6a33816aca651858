/// The git repository that people read. An update is three calls: fetch a snapshot, commit on it, push the commit
/// expecting the snapshot's tip.
///
/// ```swift
/// let snapshot = try await remote.fetch("main")
/// let changes = try await snapshot.withFiles { files in try render(files.file) }
/// guard let commit = try await remote.commit(RegistryDraft(…changes), on: snapshot) else { return }  // unchanged
/// switch try await remote.push(commit, expecting: snapshot.tip) { case .pushed: …; case .moved: … }
/// ```
///
/// None of them repeats anything by itself, but for what a fetch alone can mend: who calls decides what is worth it.
public protocol RegistryRemote: Sendable {
    /// How long the update of one branch may take, repetitions included.
    var deadline: Duration { get }

    /// The branches as they are now, by name, fetched over one connection. A branch that does not exist has no tip.
    /// - Throws: `connection`, `timedOut` or `unavailable` where a later try may help; `notFound`, `accessDenied`,
    ///   `credentials`, `git`.
    func fetch(branches: [String]) async throws -> [String: any RegistrySnapshot]

    /// Makes a commit on a snapshot. Nothing reaches the remote, and nothing the disk.
    /// - Returns: nil if the files would be the same.
    /// - Throws: `unavailable` if the snapshot is lost and has to be fetched again; `git`, `credentials`.
    func commit(_ draft: RegistryDraft, on snapshot: any RegistrySnapshot) async throws -> RegistryCommit?

    /// Moves the commit's branch to it, if the branch still is where it is expected to be.
    /// - Parameter tip: nil if the branch must not exist.
    /// - Throws: `connection`, `timedOut` or `unavailable`: then the remote may have it or not, and has to be asked. `git` where the
    ///   server refuses, in its words.
    func push(_ commit: RegistryCommit, expecting tip: String?) async throws -> PushOutcome
}

extension RegistryRemote {
    public func fetch(_ branch: String) async throws -> any RegistrySnapshot {
        guard let snapshot = try await fetch(branches: [branch])[branch] else {
            throw StrataError(.inconsistent, "the fetch of '\(branch)' brought nothing")
        }
        return snapshot
    }
}

/// A branch as it was fetched.
public protocol RegistrySnapshot: Sendable {
    var branch: String { get }
    /// The branch's commit; nil if it does not exist. Then there are no files.
    var tip: String? { get }

    /// Lends the files for one piece of work. It runs where reading blocks nobody else, so it should not do much besides.
    /// - Throws: what the work throws; `unavailable` if the snapshot is lost and has to be fetched again.
    func withFiles<Value: Sendable>(
        _ body: @Sendable (any RegistryFiles) throws -> Value
    ) async throws -> Value

    /// Whether the tip is a commit or one that follows it.
    func includes(_ commit: RegistryCommit) async throws -> Bool

    /// A name that snapshots with the same files share; nil if there is none, or it is not known.
    func tree() async throws -> String?

    /// Where a commit that is drafted on the snapshot expects the branch that it is pushed to.
    var expected: String? { get }
}

extension RegistrySnapshot {
    public func tree() async throws -> String? { nil }
    public var expected: String? { tip }
}

/// The files of a snapshot, while they are lent.
public protocol RegistryFiles {
    /// The bytes of a file; nil if there is none.
    func file(_ path: String) throws -> [UInt8]?

    /// The paths of all regular files below a folder; of all there are for `""`.
    func files(below folder: String) throws -> [String]

    /// The files that others changed since a commit: what commits did whose message is not ours. Empty for a commit that
    /// is the tip, or is not known any more.
    func paths(changedSince commit: String, exceptIn isOurs: (_ message: String) -> Bool) throws -> Set<String>
}

/// A commit to make.
public struct RegistryDraft: Sendable {
    public var message: String
    public var date: Timestamp
    public var changes: [FileChange]
    /// If the branch has so many commits already, the new one begins a new history and replaces the branch. Nil for a
    /// branch whose history only ever grows.
    public var historyBudget: Int?
    /// Whether the branch is read back after the push, on a connection of its own. Otherwise the server's report counts.
    public var isReadBack: Bool

    public init(
        message: String, date: Timestamp, changes: [FileChange], historyBudget: Int? = nil, isReadBack: Bool = true
    ) {
        self.message = message
        self.date = date
        self.changes = changes
        self.historyBudget = historyBudget
        self.isReadBack = isReadBack
    }
}

/// A commit that was made and may be pushed.
public struct RegistryCommit: Sendable, Hashable {
    public let id: String
    public let branch: String
    /// Whether it begins a new history in the branch's place.
    public let replaces: Bool
    public let isReadBack: Bool
    /// The name of its files, as `RegistrySnapshot.tree` tells it; nil if it is not known.
    public let tree: String?

    public init(id: String, branch: String, replaces: Bool = false, isReadBack: Bool = true, tree: String? = nil) {
        self.id = id
        self.branch = branch
        self.replaces = replaces
        self.isReadBack = isReadBack
        self.tree = tree
    }
}

/// How a push ended, when the remote gave an answer.
public enum PushOutcome: Sendable, Hashable {
    /// The remote's branch is at the commit.
    case pushed
    /// The branch is not where it was expected, but here, if that is known. Nothing was changed.
    case moved(to: String?)
}

/// A snapshot whose files are told apart without reading them.
public protocol WholeSnapshot: RegistrySnapshot {
    /// - Parameter files: all that there should be.
    /// - Returns: those that the snapshot has otherwise, or not, and removals of those that it has besides.
    func changes(to files: [FileChange]) async throws -> [FileChange]
}
