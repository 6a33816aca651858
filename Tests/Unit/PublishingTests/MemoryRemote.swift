import Model
import Publishing
import Synchronization

/// A registry in memory: what a run pushes, and how often.
final class MemoryRemote: RegistryRemote {
    struct State {
        var files: [String: [UInt8]] = [:]
        var tip: String?
        /// Messages of the commits that were pushed.
        var commits: [String] = []
        /// Answers to the next pushes, first to last; a push that is answered so changes nothing.
        var answers: [Result<PushOutcome, StrataError>] = []
        /// The next pushes arrive, and their answers do not.
        var lostAnswers = 0
        /// The next fetches fail.
        var failingFetches = 0
        var fetches = 0
        var pushes = 0
        /// What somebody else changed since a commit.
        var foreign: (since: String, paths: Set<String>)?
        fileprivate var drafts: [String: RegistryDraft] = [:]
        fileprivate var history: Set<String> = []
    }
    let state = Mutex(State())
    let deadline = Duration.seconds(60)

    func fetch(branches: [String]) async throws -> [String: any RegistrySnapshot] {
        try state.withLock { state in
            state.fetches += 1
            if state.failingFetches > 0 {
                state.failingFetches -= 1
                throw StrataError(.connection, "the remote did not answer")
            }
            return Dictionary(
                uniqueKeysWithValues: branches.map {
                    ($0, MemorySnapshot(branch: $0, tip: state.tip, state: state) as any RegistrySnapshot)
                })
        }
    }

    func commit(_ draft: RegistryDraft, on snapshot: any RegistrySnapshot) async throws -> RegistryCommit? {
        guard !draft.changes.isEmpty else { return nil }
        return state.withLock { state in
            let id = "commit\(state.drafts.count + 1)"
            state.drafts[id] = draft
            return RegistryCommit(id: id, branch: snapshot.branch)
        }
    }

    func push(_ commit: RegistryCommit, expecting tip: String?) async throws -> PushOutcome {
        try state.withLock { state in
            state.pushes += 1
            if !state.answers.isEmpty { return try state.answers.removeFirst().get() }
            guard tip == state.tip else { return .moved(to: state.tip) }
            guard let draft = state.drafts[commit.id] else { throw StrataError(.inconsistent, "no such commit") }
            for change in draft.changes {
                switch change.content {
                case .write(let bytes): state.files[change.path] = bytes
                case .delete: state.files[change.path] = nil
                }
            }
            state.commits.append(draft.message)
            state.tip = commit.id
            state.history.insert(commit.id)
            if state.lostAnswers > 0 {
                state.lostAnswers -= 1
                throw StrataError(.connection, "the answer was lost")
            }
            return .pushed
        }
    }

    private struct MemorySnapshot: RegistrySnapshot {
        let branch: String
        let tip: String?
        let state: State

        func withFiles<Value: Sendable>(
            _ body: @Sendable (any RegistryFiles) throws -> Value
        ) async throws -> Value {
            try body(MemoryFiles(state: state))
        }

        func includes(_ commit: RegistryCommit) async throws -> Bool { state.history.contains(commit.id) }
    }

    private struct MemoryFiles: RegistryFiles {
        let state: State

        func file(_ path: String) throws -> [UInt8]? { state.tip == nil ? nil : state.files[path] }

        func files(below folder: String) throws -> [String] {
            state.files.keys.filter { $0.hasPrefix("\(folder)/") }.sorted()
        }

        func paths(changedSince commit: String, exceptIn isOurs: (String) -> Bool) throws -> Set<String> {
            state.foreign?.since == commit ? state.foreign?.paths ?? [] : []
        }
    }
}
