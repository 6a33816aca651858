import Model

/// The three calls of an update, as the port wants them.
extension RegistryRepository: RegistryRemote {
    public nonisolated var deadline: Duration { settings.deadline }

    public func fetch(branches: [String]) async throws -> [String: any RegistrySnapshot] {
        var snapshots: [String: any RegistrySnapshot] = [:]
        for (branch, id) in try await fetch(branches) {
            snapshots[branch] = BranchSnapshot(repository: self, clone: clonesReplaced, branch: branch, id: id)
        }
        return snapshots
    }

    public func commit(_ draft: RegistryDraft, on snapshot: any RegistrySnapshot) async throws -> RegistryCommit? {
        let tip = snapshot.tip.flatMap(ObjectID.init)
        do {
            var request = CommitRequest(
                parent: tip, message: draft.message, author: settings.author, date: draft.date,
                changes: draft.changes.map(TreeChange.init))
            var replaces = false
            if let budget = draft.historyBudget, let tip {
                replaces = try clone.depth(of: tip, limit: max(1, budget)) >= max(1, budget)
                if replaces { request.parent = nil }
            }
            guard let commit = try await commit(request) else { return nil }
            return RegistryCommit(
                id: commit.description, branch: snapshot.branch, replaces: replaces, isReadBack: draft.isReadBack,
                tree: try clone.treeID(of: commit).description)
        } catch { throw cured(error) }
    }

    public func push(_ commit: RegistryCommit, expecting tip: String?) async throws -> PushOutcome {
        guard let id = ObjectID(commit.id) else {
            throw StrataError(.inconsistent, "'\(commit.id)' is not a commit of this repository")
        }
        return try await push(
            id, to: commit.branch, expecting: tip.flatMap(ObjectID.init), replacing: commit.replaces,
            isReadBack: commit.isReadBack)
    }
}

/// A branch of the cached clone, as one fetch brought it.
struct BranchSnapshot: RegistrySnapshot {
    let repository: RegistryRepository
    /// Which of the repository's clones holds it: a clone that is made again has only what is fetched anew.
    let clone: Int
    let branch: String
    let id: ObjectID?

    var tip: String? { id?.description }

    func withFiles<Value: Sendable>(
        _ body: @Sendable (any RegistryFiles) throws -> Value
    ) async throws -> Value {
        try await repository.withFiles(of: self, body)
    }

    func includes(_ commit: RegistryCommit) async throws -> Bool {
        guard let id, let wanted = ObjectID(commit.id) else { return false }
        return try await repository.holds(wanted, below: id)
    }

    func tree() async throws -> String? {
        guard let id else { return nil }
        return try await repository.tree(of: id)
    }
}

extension RegistryRepository {
    fileprivate func withFiles<Value: Sendable>(
        of snapshot: BranchSnapshot, _ body: @Sendable (any RegistryFiles) throws -> Value
    ) throws -> Value {
        guard snapshot.clone == clonesReplaced else {
            throw StrataError(.unavailable, "the cached clone was made again; \(snapshot.branch) is fetched anew")
        }
        do { return try body(try Snapshot(of: snapshot.id, in: clone)) } catch { throw cured(error) }
    }

    fileprivate func tree(of commit: ObjectID) throws -> String {
        do { return try clone.treeID(of: commit).description } catch { throw cured(error) }
    }

    fileprivate func holds(_ commit: ObjectID, below tip: ObjectID) throws -> Bool {
        do { return try clone.isAncestor(commit, of: tip) } catch { throw cured(error) }
    }
}

extension Snapshot: RegistryFiles {
    public func file(_ path: String) throws -> [UInt8]? { try read(path) }

    public func files(below folder: String) throws -> [String] {
        try list(folder).filter { $0.kind == .file || $0.kind == .executable }.map(\.path)
    }

    public func paths(changedSince commit: String, exceptIn isOurs: (String) -> Bool) throws -> Set<String> {
        guard let commit = ObjectID(commit) else { return [] }
        return try paths(changedSince: commit, exceptIn: isOurs, limit: 1000)
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
