import CGit2
import FoundationEssentials
import Glibc
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
        let foreign = StrataError(
            .unsupported, "the repository names its objects by SHA-256, which libgit2 1.5 does not support",
            hint: "make the registry with 'git init --bare --object-format=sha1'", place: .init(file: path))
        do throws(StrataError) {
            let repository = try Handle("open the registry's repository \(path)", free: git_repository_free) {
                git_repository_open_bare(&$0, path)
            }
            if try Self.objectFormat(of: repository.pointer) == "sha256" { throw foreign }
            return repository
        } catch {
            throw (error.cause as? GitFailure)?.isForeignHash == true ? foreign : error
        }
    }

    /// What the repository's configuration says of its objects' names; nil for SHA-1, which need not be said.
    private static func objectFormat(of repository: OpaquePointer) throws(StrataError) -> String? {
        let configuration = try Handle("read the repository's configuration", free: git_config_free) {
            git_repository_config_snapshot(&$0, repository)
        }
        var value: UnsafePointer<CChar>?
        guard git_config_get_string(&value, configuration.pointer, "extensions.objectformat") == 0 else { return nil }
        return value.map { String(cString: $0) }
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

    /// The branches' tips, for somebody who may push to them.
    /// - Throws: `accessDenied` if the repository cannot be written.
    func writableTips(of branches: [String]) throws(StrataError) -> [String: ObjectID] {
        let remote = try open()
        for part in ["", "/objects", "/refs/heads"] where access(path + part, W_OK) != 0 {
            throw StrataError(
                .accessDenied, "the registry's repository cannot be written: \(String(cString: strerror(errno)))",
                hint: "give this user write access to it", place: .init(file: path + part))
        }
        var tips: [String: ObjectID] = [:]
        for branch in branches { tips[branch] = try Self.target(of: "refs/heads/\(branch)", in: remote.pointer) }
        return tips
    }

    /// Writes the commit's objects as one pack, then moves the branch if it is where it was expected to be.
    /// - Throws: `unavailable` if another program holds the branch's lock and does not let go.
    func push(_ commit: ObjectID, _ push: Push, from clone: Clone) throws(StrataError) -> PushReply {
        let repository = try open()
        let turn = try PushTurn.begin(in: path, pushing: push.branch)
        defer { turn.end() }
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
        var status = Self.move(name, to: commit, from: push.expected, in: remote)
        if status == GIT_ELOCKED.rawValue {
            try BranchLock(path, push.branch).waitUntilFree()
            status = Self.move(name, to: commit, from: push.expected, in: remote)
        }
        switch status {
        case GIT_EMODIFIED.rawValue, GIT_EEXISTS.rawValue: return .moved(to: try Self.target(of: name, in: remote))
        case GIT_ELOCKED.rawValue:
            throw StrataError(
                .unavailable, "the branch \(push.branch) is locked by another program", place: .init(file: path))
        case ..<0: throw GitFailure.last(status).error("move \(push.branch)")
        default: return .taken(tip: try Self.target(of: name, in: remote))
        }
    }

    /// - Returns: libgit2's status: `GIT_EMODIFIED` or `GIT_EEXISTS` for a branch that is elsewhere.
    private static func move(
        _ name: String, to commit: ObjectID, from expected: ObjectID?, in remote: OpaquePointer
    ) -> Int32 {
        var new = commit.raw
        var made: OpaquePointer?
        defer { git_reference_free(made) }
        guard var old = expected?.raw else { return git_reference_create(&made, remote, name, &new, 0, "push") }
        return git_reference_create_matching(&made, remote, name, &new, 1, &old, "push")
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
