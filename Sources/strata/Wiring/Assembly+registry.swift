import FoundationEssentials
import Git
import Model
import Publishing
import Settings
import Site

extension Assembly {
    /// The registry's repository, opened at its first use, and a way to look at it that keeps it from nobody.
    func remotes(
        report: @escaping @Sendable (RunEvent) -> Void
    ) -> (remote: any RegistryRemote, look: @Sendable () -> any RegistryRemote, proposing: Proposing?) {
        let remote = OpenedAtFirstUse(deadline: settings.git.deadline) {
            try await repository(note: { report(.warning($0)) })
        }
        guard settings.git.via == .pullRequest else { return (remote, { Glance(at: remote) }, nil) }
        let requests = MergeRequests {
            try await remote.repository().ask(mergeRequest())
        } put: { title, body in
            let text = ForgeRequest.Text(title: title, body: body)
            guard let request = try await remote.repository().ask(mergeRequest(saying: text)) else {
                throw StrataError(.inconsistent, "a request was opened, and is not there")
            }
            return request
        }
        return (
            remote, { Glance(at: remote) }, Proposing(branch: settings.git.requestBranch, requests: requests)
        )
    }

    /// The question about what waits to be merged into the main branch.
    func mergeRequest(saying text: ForgeRequest.Text? = nil) throws -> ForgeRequest {
        let git = settings.git
        let forge = try Forge(RemoteAddress(git.remote.url), api: git.api ?? git.gitHubApp?.api)
        return ForgeRequest(forge, from: git.requestBranch, into: git.branch, saying: text)
    }

    /// Looks, offline, whether the remote can be what it is configured as.
    /// - Throws: `configuration`.
    func checkRemote() throws {
        _ = try RemoteAddress(settings.git.remote.url)
        _ = try Author(name: settings.git.author.name, email: settings.git.author.email)
        if case .ssh = settings.git.remote { _ = try pinnedHosts() }
        if settings.git.via == .pullRequest { _ = try mergeRequest() }
    }

    /// False for a folder that nothing was published to yet: looking would make it.
    var hasRegistry: Bool {
        guard case .folder(let path) = settings.git.remote else { return true }
        return FileManager.default.fileExists(atPath: path)
    }

    /// Opens the registry's cached clone. Nothing is asked of the remote, and no secret fetched, before it is used.
    /// - Parameter currentKeyOnly: do without the key from before the last rotation.
    func repository(
        currentKeyOnly: Bool = false, note: @escaping @Sendable (String) -> Void
    ) async throws -> RegistryRepository {
        let remote = try RemoteAddress(settings.git.remote.url)
        if case .folder(let path) = settings.git.remote {
            try RegistryRepository.createIfMissing(path, branch: settings.git.branch)
        }
        let author = settings.git.author
        var access = try sshAccess()
        if currentKeyOnly { access?.previousKey = nil }
        return try await RegistryRepository.open(
            RegistryRepository.Settings(
                cache: places.clone, remote: remote, author: try Author(name: author.name, email: author.email),
                access: access, webAccess: try webAccess(), signingKey: signingKey, deadline: settings.git.deadline,
                note: note))
    }
}

/// A remote whose clone, which one process at a time can hold, is opened when it is needed.
private actor OpenedAtFirstUse: RegistryRemote {
    nonisolated let deadline: Duration
    let open: @Sendable () async throws -> RegistryRepository
    /// The repository, if it is open.
    private(set) var opened: RegistryRepository?

    init(deadline: Duration, open: @escaping @Sendable () async throws -> RegistryRepository) {
        self.deadline = deadline
        self.open = open
    }

    func fetch(branches: [String]) async throws -> [String: any RegistrySnapshot] {
        try await repository().fetch(branches: branches)
    }

    func commit(_ draft: RegistryDraft, on snapshot: any RegistrySnapshot) async throws -> RegistryCommit? {
        try await repository().commit(draft, on: snapshot)
    }

    func push(_ commit: RegistryCommit, expecting tip: String?) async throws -> PushOutcome {
        try await repository().push(commit, expecting: tip)
    }

    func repository() async throws -> RegistryRepository {
        if let opened { return opened }
        let repository = try await open()
        opened = repository
        return repository
    }
}

/// Fetches from the clone that is open already, or from one that is closed again when its snapshots are let go.
private struct Glance: RegistryRemote {
    private let remote: OpenedAtFirstUse
    let deadline: Duration

    init(at remote: OpenedAtFirstUse) {
        self.remote = remote
        deadline = remote.deadline
    }

    func fetch(branches: [String]) async throws -> [String: any RegistrySnapshot] {
        let repository: RegistryRepository
        if let opened = await remote.opened { repository = opened } else { repository = try await remote.open() }
        return try await repository.fetch(branches: branches)
    }

    func commit(_ draft: RegistryDraft, on snapshot: any RegistrySnapshot) async throws -> RegistryCommit? {
        try await remote.commit(draft, on: snapshot)
    }

    func push(_ commit: RegistryCommit, expecting tip: String?) async throws -> PushOutcome {
        try await remote.push(commit, expecting: tip)
    }
}

extension RegistryInput {
    /// Digest of what the files show besides the layers, and of the version that draws them.
    var fingerprint: String {
        var lines = ["strata \(strataVersion)", description.name, description.url]
        lines += regions.map(\.code) + targets.map(\.description)
        lines += ["expire \(retention.expire)", "keep \(retention.keep)"]
        if isSigned { lines.append("signed") }
        lines += accounts.map { "\($0.key.rawValue) \($0.value)" }.sorted()
        if updates.dependenciesOnly > .zero { lines.append("dependencies \(updates.dependenciesOnly)") }
        return ContentDigest.of(lines.joined(separator: "\n")).hex
    }
}
