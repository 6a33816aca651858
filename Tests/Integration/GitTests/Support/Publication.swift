import Git
import Model
import Publishing

/// One update of a branch, as a run makes it.
struct Publication: Sendable {
    enum History: Sendable { case append, squash(budget: Int) }

    var branch: String
    var message: String
    var history: History
    var attempts: Int
    /// The changes, for a branch as it is. May be asked several times.
    var draft: @Sendable (any RegistrySnapshot) throws -> [TreeChange]

    static func of(
        _ changes: [TreeChange], branch: String = "main", message: String = "Publish", history: History = .append,
        attempts: Int = 5
    ) throws -> Publication {
        Publication(branch: branch, message: message, history: history, attempts: attempts) { _ in changes }
    }
}

/// How a publication ended.
enum PublishOutcome: Hashable {
    case unchanged(tip: ObjectID?)
    case pushed(Pushed)

    struct Pushed: Hashable {
        let commit: ObjectID
        let previous: ObjectID?
        let squashed: Bool
        let attempts: Int
    }

    var tip: ObjectID? {
        switch self {
        case .unchanged(let tip): tip
        case .pushed(let pushed): pushed.commit
        }
    }
}

extension RegistryRepository {
    /// Publishes through the loop that a run uses, at a fixed time.
    nonisolated func publish(_ publication: Publication) async throws -> PublishOutcome {
        let update = BranchUpdate(
            publication.branch, of: self, attempts: publication.attempts, note: settings.note)
        let done = try await update.run { snapshot in
            var budget: Int?
            if case .squash(let number) = publication.history { budget = number }
            let draft = RegistryDraft(
                message: publication.message, date: Timestamp(seconds: 1_800_000_000),
                changes: try publication.draft(snapshot).map(FileChange.init), historyBudget: budget)
            return (draft, snapshot.tip)
        }
        switch done?.outcome {
        case nil: return .unchanged(tip: nil)
        case .unchanged(let tip): return .unchanged(tip: tip.flatMap(ObjectID.init))
        case .pushed(let commit, let attempts):
            guard let id = ObjectID(commit.id) else { throw StrataError(.inconsistent, commit.id) }
            return .pushed(
                .init(
                    commit: id, previous: done?.basis.flatMap(ObjectID.init), squashed: commit.replaces,
                    attempts: attempts))
        }
    }
}

extension FileChange {
    fileprivate init(_ change: TreeChange) {
        switch change.content {
        case .write(let bytes): self.init(path: change.path, content: .write(bytes))
        case .delete: self.init(path: change.path, content: .delete)
        }
    }
}

extension Author {
    /// Who the tests' commits are by.
    static func tests() throws -> Author { try Author("Strata <strata@example.invalid>") }
}
