import Model
import Publishing
import Synchronization

/// A host in memory: a repository whose `main` changes when somebody merges, and requests for that.
final class MemoryHost: RegistryRemote {
    struct Branch {
        var files: [String: [UInt8]] = [:]
        var tip: String?
        /// All commits up to the tip.
        var history: Set<String> = []
        /// What somebody else has changed since the last push.
        var foreign: Set<String> = []

        var tree: String {
            let lines = files.sorted { $0.key < $1.key }.map { "\($0.key) \(ContentDigest.of($0.value).hex)" }
            return ContentDigest.of(lines.joined(separator: "\n")).hex
        }
    }
    struct State {
        var branches: [String: Branch] = [:]
        var messages: [String] = []
        /// The text of the request that is open.
        var open: (title: String, body: String)?
        var opened = 0
        var failure: StrataError?
        fileprivate var commits: [String: Branch] = [:]
    }
    let state = Mutex(State())
    let deadline = Duration.seconds(60)
    private let proposal = "strata/main"

    init() { commit(to: "main", "README", "Layers") }

    var proposing: Proposing {
        Proposing(
            branch: proposal,
            requests: MergeRequests {
                try self.state.withLock { state in
                    if let failure = state.failure { throw failure }
                    return state.open.map { _ in MergeRequest(name: "pull request #\(state.opened)", url: nil) }
                }
            } put: { title, body in
                try self.state.withLock { state in
                    if let failure = state.failure { throw failure }
                    if state.open == nil { state.opened += 1 }
                    state.open = (title, body)
                    return MergeRequest(name: "pull request #\(state.opened)", url: nil)
                }
            })
    }

    /// What people do.
    func commit(to branch: String, _ path: String, _ text: String) {
        state.withLock { state in
            state.branches[branch, default: .init()].files[path] = Array(text.utf8)
            state.branches[branch]?.foreign.insert(path)
            Self.move(branch, &state)
        }
    }

    func merge() {
        state.withLock { state in
            guard state.open != nil, let proposed = state.branches[proposal] else { return }
            let own = state.branches["main"]?.files.filter { !proposed.files.keys.contains($0.key) } ?? [:]
            state.branches["main", default: .init()].files = proposed.files.merging(own) { $1 }
            Self.move("main", &state)
            state.open = nil
        }
    }

    func close() { state.withLock { $0.open = nil } }

    private static func move(_ branch: String, _ state: inout State) {
        let tip = "\(branch)-\(state.commits.count)-\(state.branches[branch]?.history.count ?? 0)"
        state.branches[branch]?.tip = tip
        state.branches[branch]?.history.insert(tip)
    }

    // MARK: - The remote

    func fetch(branches: [String]) async throws -> [String: any RegistrySnapshot] {
        state.withLock { state in
            Dictionary(
                uniqueKeysWithValues: branches.map {
                    ($0, HostSnapshot(branch: $0, state: state.branches[$0] ?? .init()) as any RegistrySnapshot)
                })
        }
    }

    func commit(_ draft: RegistryDraft, on snapshot: any RegistrySnapshot) async throws -> RegistryCommit? {
        try state.withLock { state in
            guard var branch = state.branches[snapshot.branch], branch.tip == snapshot.tip else {
                throw StrataError(.unavailable, "the snapshot is lost")
            }
            let former = branch.tree
            for change in draft.changes {
                if case .write(let bytes) = change.content {
                    branch.files[change.path] = bytes
                } else {
                    branch.files[change.path] = nil
                }
            }
            guard branch.tree != former else { return nil }
            let id = "commit\(state.commits.count + 1)"
            branch.tip = id
            branch.history.insert(id)
            branch.foreign = []
            state.commits[id] = branch
            state.messages.append(draft.message)
            return RegistryCommit(id: id, branch: snapshot.branch, tree: branch.tree)
        }
    }

    func push(_ commit: RegistryCommit, expecting tip: String?) async throws -> PushOutcome {
        try state.withLock { state in
            guard let branch = state.commits[commit.id] else { throw StrataError(.inconsistent, "no such commit") }
            guard state.branches[commit.branch]?.tip == tip else {
                return .moved(to: state.branches[commit.branch]?.tip)
            }
            if commit.branch == "main" { throw StrataError(.git, "main is protected") }
            state.branches[commit.branch] = branch
            return .pushed
        }
    }

    private struct HostSnapshot: RegistrySnapshot {
        let branch: String
        let state: Branch
        var tip: String? { state.tip }

        func withFiles<Value: Sendable>(
            _ body: @Sendable (any RegistryFiles) throws -> Value
        ) async throws -> Value {
            try body(HostFiles(state: state))
        }

        func includes(_ commit: RegistryCommit) async throws -> Bool { state.history.contains(commit.id) }
        func tree() async throws -> String? { state.tree }
    }

    private struct HostFiles: RegistryFiles {
        let state: Branch

        func file(_ path: String) throws -> [UInt8]? { state.files[path] }
        func files(below folder: String) throws -> [String] {
            state.files.keys.filter { $0.hasPrefix("\(folder)/") }.sorted()
        }
        func paths(changedSince commit: String, exceptIn isOurs: (String) -> Bool) throws -> Set<String> {
            state.foreign
        }
    }
}
