import Git
import Model
import Publishing
import Settings
import Site
import Synchronization

extension Assembly {
    /// The registry's repository, opened at its first use.
    func remote(report: @escaping @Sendable (RunEvent) -> Void) -> RegistryRemote {
        let opening = LazyRepository { try await openRepository(report: report) }
        let author = settings.git.author
        let history = settings.git.history
        return RegistryRemote(
            tips: { branches in
                try await opening.value().fetch(branches).compactMapValues { $0?.description }
            },
            push: { update in
                let written = Written()
                let publication = Publication(
                    branch: update.branch, author: try Author(name: author.name, email: author.email),
                    date: update.date, history: update.maySquash ? .squash(budget: history) : .append
                ) { snapshot in
                    guard snapshot.tip?.description == update.tip else { throw Moved() }
                    let changes = try update.changes { try snapshot.read($0) }
                    written.set(changes)
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

    private func openRepository(report: @escaping @Sendable (RunEvent) -> Void) async throws -> RegistryRepository {
        let remote = try RemoteAddress(settings.git.remote.url)
        if case .folder(let path) = settings.git.remote {
            try RegistryRepository.createIfMissing(path, branch: settings.git.branch)
        }
        return try await RegistryRepository.open(
            RegistryRepository.Settings(
                cache: places.clone, remote: remote, deadline: settings.git.deadline,
                note: { report(.warning($0)) }))
    }
}

/// What the last draft of a commit wrote.
private final class Written: Sendable {
    private let total = Mutex((files: 0, bytes: ByteCount(0)))

    func set(_ changes: [FileChange]) {
        let bytes = changes.reduce(ByteCount(0)) { $0 + $1.size }
        total.withLock { $0 = (changes.count, bytes) }
    }

    func outcome(_ commit: ObjectID) -> Publishing.PushOutcome {
        total.withLock { .pushed(commit: commit.description, files: $0.files, bytes: $0.bytes) }
    }
}

private actor LazyRepository {
    private let open: @Sendable () async throws -> RegistryRepository
    private var opening: Task<RegistryRepository, any Error>?

    init(_ open: @escaping @Sendable () async throws -> RegistryRepository) { self.open = open }

    func value() async throws -> RegistryRepository {
        let task = opening ?? Task { try await open() }
        opening = task
        return try await task.value
    }
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
