import Git
import Model
import Publishing
import Settings
import Site
import Synchronization

extension Assembly {
    /// The registry's repository, opened at its first use.
    func remote(report: @escaping @Sendable (RunEvent) -> Void) -> RegistryRemote {
        let opening = LazyRepository(
            open: { try await repository(note: { report(.warning($0)) }) },
            reopen: { try await repository(previousKey: true, note: { report(.warning($0)) }) })
        let author = settings.git.author
        let history = settings.git.history
        return RegistryRemote(
            tips: { branches in
                do {
                    return try await opening.value().fetch(branches).compactMapValues { $0?.description }
                } catch let error as StrataError where error.isAboutTheKey {
                    guard let repository = try await opening.withPreviousKey() else { throw error }
                    let tips = try await repository.fetch(branches).compactMapValues { $0?.description }
                    report(
                        .warning("the new deploy key is not accepted yet (\(error.message)); the old one still works"))
                    return tips
                }
            },
            files: { branch, folder in
                let repository = try await opening.value()
                guard let tip = try await repository.fetch([branch])[branch] ?? nil else { return nil }
                return try await repository.read(at: tip) { snapshot in
                    try snapshot.read(try snapshot.list(folder).filter { $0.kind == .file }.map(\.path))
                }
            },
            push: { update in
                let written = Written()
                let publication = Publication(
                    branch: update.branch, author: try Author(name: author.name, email: author.email),
                    date: update.date, history: update.maySquash ? .squash(budget: history) : .append
                ) { snapshot in
                    guard snapshot.tip?.description == update.tip else { throw Moved() }
                    let changes = try update.changes { try snapshot.read($0) }
                    written.set(changes, overwriting: try snapshot.foreign(since: update.last, among: changes))
                    return Publication.Draft(
                        message: update.message(changes), changes: changes.map(TreeChange.init))
                }
                do {
                    switch try await opening.value().publish(publication) {
                    case .unchanged: return .unchanged
                    case .pushed(let pushed): return written.outcome(pushed.commit)
                    }
                } catch is Moved {
                    return .moved
                }
            })
    }

    /// The branch is not where the changes were made for.
    private struct Moved: Error {}

    /// Opens the registry's cached clone. Nothing is asked of the remote, and no secret fetched, before it is used.
    func repository(
        previousKey: Bool = false, note: @escaping @Sendable (String) -> Void
    ) async throws -> RegistryRepository {
        let remote = try RemoteAddress(settings.git.remote.url)
        if case .folder(let path) = settings.git.remote {
            try RegistryRepository.createIfMissing(path, branch: settings.git.branch)
        }
        return try await RegistryRepository.open(
            RegistryRepository.Settings(
                cache: places.clone, remote: remote, access: try sshAccess(previous: previousKey),
                signingKey: signingKey, deadline: settings.git.deadline, note: note))
    }
}

/// What the last draft of a commit wrote.
private final class Written: Sendable {
    private struct Total {
        var files = 0
        var bytes = ByteCount(0)
        var overwritten: [String] = []
    }
    private let total = Mutex(Total())

    func set(_ changes: [FileChange], overwriting edited: [String]) {
        let bytes = changes.reduce(ByteCount(0)) { $0 + $1.size }
        total.withLock { $0 = Total(files: changes.count, bytes: bytes, overwritten: edited) }
    }

    func outcome(_ commit: ObjectID) -> Publishing.PushOutcome {
        total.withLock {
            .pushed(
                .init(commit: commit.description, files: $0.files, bytes: $0.bytes, overwritten: $0.overwritten))
        }
    }
}

extension Snapshot {
    /// The files among some changes that others edited since our last commit. Empty if that is not known any more.
    fileprivate func foreign(since last: String?, among changes: [FileChange]) throws -> [String] {
        guard let last = last.flatMap(ObjectID.init), last != tip, !changes.isEmpty else { return [] }
        let edited = try paths(changedSince: last, exceptIn: RunTrailer.isIn)
        return changes.map(\.path).filter(edited.contains).sorted()
    }
}

/// The repository, opened at its first use; a second time with the key from before a rotation, if need be.
private actor LazyRepository {
    private let open: @Sendable () async throws -> RegistryRepository
    private let reopen: @Sendable () async throws -> RegistryRepository
    private var current: RegistryRepository?
    private var hasReopened = false

    init(
        open: @escaping @Sendable () async throws -> RegistryRepository,
        reopen: @escaping @Sendable () async throws -> RegistryRepository
    ) {
        self.open = open
        self.reopen = reopen
    }

    func value() async throws -> RegistryRepository {
        if let current { return current }
        let opened = try await open()
        current = opened
        return opened
    }

    /// - Returns: nil if that was tried before, or no former key is kept.
    func withPreviousKey() async throws -> RegistryRepository? {
        guard !hasReopened else { return nil }
        hasReopened = true
        current = nil
        do {
            let opened = try await reopen()
            current = opened
            return opened
        } catch let error as StrataError where error.code == .unsupported || error.code == .notFound {
            return nil
        }
    }
}

extension StrataError {
    /// True if another key may help.
    fileprivate var isAboutTheKey: Bool { code == .credentials || code == .accessDenied }
}

extension TreeChange {
    init(_ change: FileChange) {
        switch change.content {
        case .write(let bytes): self.init(change.path, .write(bytes))
        case .delete: self.init(change.path, .delete)
        }
    }
}

extension RegistryInput {
    /// Digest of what the files show besides the layers, and of the version that draws them.
    var fingerprint: String {
        var lines = ["strata \(strataVersion)", description.name, description.url]
        lines += regions.map(\.code) + targets.map(\.description)
        lines += ["expire \(retention.expire)", "keep \(retention.keep)"]
        lines += accounts.map { "\($0.key.rawValue) \($0.value)" }.sorted()
        return ContentDigest.of(lines.joined(separator: "\n")).hex
    }
}
