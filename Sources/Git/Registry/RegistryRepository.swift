import Model

/// The registry's git repository: read through a cached bare clone, changed in memory, pushed.
///
/// ```swift
/// let registry = try await RegistryRepository.open(
///     .init(cache: folder, remote: RemoteAddress("registry.git"), author: Author("Strata <strata@example.org>")))
/// let snapshot = try await registry.fetch("main")
/// let draft = RegistryDraft(message: "publish requests 2.32.3", date: now, changes: changes)
/// if let commit = try await registry.commit(draft, on: snapshot) {
///     let outcome = try await registry.push(commit, expecting: snapshot.tip)
/// }
/// ```
///
/// All of it runs on a thread of its own, since libgit2 blocks. The clone is disposable: a damaged one is made again.
public actor RegistryRepository {
    public struct Settings: Sendable {
        /// The folder of the cached clone. Made when missing; used by one process at a time.
        public var cache: String
        public var remote: RemoteAddress
        /// Who commits are by.
        public var author: Author
        /// Needed for a remote behind SSH.
        public var access: SSHAccess?
        /// Needed for a remote behind HTTPS.
        public var webAccess: HTTPSAccess?
        /// Fetches the key that commits are signed with, only when there is one to sign; nil: they are not signed.
        public var signingKey: (@Sendable () async throws -> SigningKey)?
        /// How long one call may take.
        public var deadline: Duration
        /// How long a server may give no sign of life. Its hooks have until the deadline.
        public var patience: Duration
        /// The most that one fetch may bring over the network.
        public var fetchLimit: ByteCount
        /// Told, in a sentence each, what a person may want to know: a clone made again, a conflict, a retry.
        public var note: @Sendable (String) -> Void

        public init(
            cache: String, remote: RemoteAddress, author: Author, access: SSHAccess? = nil,
            webAccess: HTTPSAccess? = nil,
            signingKey: (@Sendable () async throws -> SigningKey)? = nil, deadline: Duration = .seconds(120),
            patience: Duration = .seconds(30), fetchLimit: ByteCount = ByteCount(2 << 30),
            note: @escaping @Sendable (String) -> Void = { _ in }
        ) {
            self.cache = cache
            self.remote = remote
            self.author = author
            self.access = access
            self.webAccess = webAccess
            self.signingKey = signingKey
            self.deadline = deadline
            self.patience = patience
            self.fetchLimit = fetchLimit
            self.note = note
        }
    }

    private let executor = GitExecutor()
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    public nonisolated let settings: Settings
    let folder: CloneFolder
    /// Replaced when it turns out to be damaged.
    var clone: Clone
    var clonesReplaced = 0
    /// Whether the key from before the last rotation is the one that works.
    var usesPreviousKey = false

    /// Opens the cached clone, or makes an empty one. Nothing is asked of the remote yet.
    /// - Throws: `leaseHeld` when another process uses the cache, `file`, `configuration` for SSH without a key.
    public static func open(_ settings: Settings) async throws -> RegistryRepository {
        // A registry of this process that was just let go, or another process's short run, is waited for.
        let deadline = Deadline(in: min(settings.deadline, .seconds(5)))
        while true {
            do { return try RegistryRepository(settings) } catch let error as StrataError {
                guard error.code == .leaseHeld, !deadline.hasPassed else { throw error }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    private init(_ settings: Settings) throws {
        if case .ssh(let address) = settings.remote, settings.access == nil {
            throw StrataError(
                .configuration, "the remote \(address) needs an SSH key, and none is configured",
                hint: "name one in git.ssh-key; 'strata keys new' makes one")
        }
        if case .https(let address) = settings.remote, settings.webAccess == nil {
            throw StrataError(
                .configuration, "the remote \(address) needs a token, and none is configured",
                hint: "name one in git.token, or an App in git.github-app")
        }
        self.settings = settings
        folder = try CloneFolder(path: settings.cache)
        clone = try folder.open(for: settings.remote, note: settings.note)
    }

    /// Makes an empty bare repository at a local remote's path, unless there is one. Its HEAD names `branch`.
    /// - Throws: `file`.
    public static func createIfMissing(_ path: String, branch: String = "main") throws {
        if !LocalRemote(path: path).exists { try BareRepository.create(at: path, head: branch) }
    }

    // MARK: reading

    /// Lends the files of a commit that was fetched, or no files for nil.
    public func read<Result: Sendable>(
        at tip: ObjectID?, _ body: @Sendable (Snapshot) throws -> Result
    ) throws -> Result {
        try body(try Snapshot(of: tip, in: clone))
    }

    /// The bytes of one file; nil when the commit has none of that name.
    public func read(_ path: String, at tip: ObjectID) throws -> [UInt8]? {
        try Snapshot(of: tip, in: clone).read(path)
    }

    /// Everything below a folder, `""` for all.
    public func list(_ folder: String = "", at tip: ObjectID) throws -> [Snapshot.Entry] {
        try Snapshot(of: tip, in: clone).list(folder)
    }

    // MARK: writing

    /// Makes a commit in memory; nothing is on disk before it is pushed.
    /// - Returns: nil when nothing would change.
    public func commit(_ request: CommitRequest) async throws -> ObjectID? {
        guard var tree = try clone.tree(for: request) else { return nil }
        guard let signingKey = settings.signingKey else { return try clone.commit(request, tree: tree) }
        let key = try await signingKey()
        // While the key was fetched, another publication may have emptied the memory that held the tree.
        guard let again = try clone.tree(for: request) else { return nil }
        tree = again
        return try clone.commit(request, tree: tree) { bytes throws(StrataError) in try key.signature(of: bytes) }
    }
}
