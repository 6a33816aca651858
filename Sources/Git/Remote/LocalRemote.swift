import CGit2
import FoundationEssentials
import Model

/// A bare repository in the file system. It runs no hooks, and its branches are replaced by compare-and-swap.
struct LocalRemote {
    let path: String

    init(path: String) { self.path = path }

    /// Whether there is a repository at the path, whole or damaged.
    var exists: Bool { FileManager.default.fileExists(atPath: path + "/HEAD") }

    /// - Throws: `notFound`, or `git` for what is no bare repository.
    private func open() throws(StrataError) -> Handle {
        if FileManager.default.fileExists(atPath: path + "/.git") {
            throw StrataError(
                .git, "the registry's remote is a repository with a work tree",
                hint: "use a bare one, as 'git init --bare' makes it", place: .init(file: path))
        }
        guard exists else {
            throw StrataError(
                .notFound, "there is no git repository", hint: "check git.remote, or make one with 'git init --bare'",
                place: .init(file: path))
        }
        return try Handle("open the registry's repository \(path)", free: git_repository_free) {
            git_repository_open_bare(&$0, path)
        }
    }

    /// Copies what the clone does not have of these branches, as one pack. (libgit2's own transport for local paths
    /// would take every branch and tag.)
    func fetch(_ branches: [String], into clone: Clone) throws(StrataError) -> [String: ObjectID] {
        let remote = try open()
        var tips: [String: ObjectID] = [:]
        for branch in branches { tips[branch] = try Self.target(of: "refs/heads/\(branch)", in: remote.pointer) }
        let missing = tips.values.filter { !clone.holds($0) }
        if !missing.isEmpty {
            var known: [ObjectID] = []
            for branch in try clone.trackedBranches() {
                if let tip = try clone.tip(of: branch) { known.append(tip) }
            }
            try History(repository: remote.pointer, of: missing, without: known).pack(into: clone.packsPath)
        }
        return tips
    }

    /// Writes the commit's objects as one pack, then moves the branch if it is where it was expected to be.
    func push(_ commit: ObjectID, _ push: Push, from clone: Clone) throws(StrataError) -> PushReply {
        let repository = try open()
        let remote = repository.pointer
        let name = "refs/heads/\(push.branch)"
        let tip = try Self.target(of: name, in: remote)
        guard tip == push.expected else { return .moved(to: tip) }
        if let tip, !push.replaces, try !clone.isAncestor(tip, of: commit) { return .moved(to: tip) }
        if let added = clone.unpacked[commit] {
            try clone.pack(added, into: path + "/objects/pack")
        } else {
            try History(repository: clone.repository.pointer, of: [commit], without: [tip].compactMap(\.self))
                .pack(into: path + "/objects/pack")
        }
        var new = commit.raw
        var made: OpaquePointer?
        let status: Int32
        if var old = push.expected?.raw {
            status = git_reference_create_matching(&made, remote, name, &new, 1, &old, "push")
        } else {
            status = git_reference_create(&made, remote, name, &new, 0, "push")
        }
        git_reference_free(made)
        switch status {
        case GIT_EMODIFIED.rawValue, GIT_EEXISTS.rawValue, GIT_ELOCKED.rawValue:
            return .moved(to: try Self.target(of: name, in: remote))
        case ..<0: throw GitFailure.last(status).error("move \(push.branch)")
        default: return .taken(tip: try Self.target(of: name, in: remote))
        }
    }

    private static func target(of name: String, in repository: OpaquePointer) throws(StrataError) -> ObjectID? {
        var id = git_oid()
        let status = git_reference_name_to_id(&id, repository, name)
        if status == GIT_ENOTFOUND.rawValue { return nil }
        if status < 0 { throw GitFailure.last(status).error("read \(name)") }
        return ObjectID(id)
    }
}

/// The objects of some commits and all before them, without those of others.
private struct History {
    let repository: OpaquePointer
    let tips: [ObjectID]
    let others: [ObjectID]

    init(repository: OpaquePointer, of tips: [ObjectID], without others: [ObjectID]) {
        self.repository = repository
        self.tips = tips
        self.others = others
    }

    /// Writes them as one pack with its index, under a temporary name first.
    func pack(into folder: String) throws(StrataError) {
        let walk = try Handle("walk the history", free: git_revwalk_free) { git_revwalk_new(&$0, repository) }
        let builder = try Handle("pack the history", free: git_packbuilder_free) {
            git_packbuilder_new(&$0, repository)
        }
        _ = git_packbuilder_set_threads(builder.pointer, 0)
        for tip in tips { try git("walk the history") { tip.withPointer { git_revwalk_push(walk.pointer, $0) } } }
        for other in others {
            // One that this side has never seen leaves nothing out.
            _ = other.withPointer { git_revwalk_hide(walk.pointer, $0) }
        }
        try git("pack the history") { git_packbuilder_insert_walk(builder.pointer, walk.pointer) }
        try git("write a pack") { git_packbuilder_write(builder.pointer, folder, 0o444, nil, nil) }
    }
}
