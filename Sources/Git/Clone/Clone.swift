import CGit2
import Model

/// The cached bare clone, opened: objects that this process makes stay in memory until they are packed.
///
/// Lives on the git thread only. Every handle is freed with it.
final class Clone {
    let path: String
    let repository: Handle
    let objects: Handle
    /// The in-memory backend; `objects` owns it.
    private let memory: UnsafeMutablePointer<git_odb_backend>
    /// What each commit of this process added, until it is packed.
    var unpacked: [ObjectID: [ObjectID]] = [:]

    /// Opens a bare repository and looks whether its tips can be read.
    /// - Throws: `inconsistent` when it is damaged, `file` when it cannot be reached.
    init(path: String) throws(StrataError) {
        try LibGit2.start()
        self.path = path
        repository = try Handle("open the cached clone", free: git_repository_free) {
            git_repository_open_bare(&$0, path)
        }
        let repository = repository.pointer
        objects = try Handle("open the cached clone's objects", free: git_odb_free) {
            git_repository_odb(&$0, repository)
        }
        var memory: UnsafeMutablePointer<git_odb_backend>?
        try git("keep new objects in memory") { git_mempack_new(&memory) }
        guard let memory else { throw StrataError(.unavailable, "libgit2 gave no store in memory") }
        self.memory = memory
        // Above every other backend, so that new objects go there; the database owns it from here on.
        let objects = objects.pointer
        try git("keep new objects in memory") { git_odb_add_backend(objects, memory, 999) }
        for branch in try trackedBranches() {
            if let tip = try tip(of: branch) { _ = try treeID(of: tip) }
        }
    }

    var packsPath: String { path + "/objects/pack" }

    /// Forgets the objects in memory; what was packed is read from the disk from now on.
    func forgetMemory() throws(StrataError) {
        try git("forget packed objects") { git_mempack_reset(memory) }
        unpacked = [:]
    }

    // MARK: refs

    /// The remote's branch as it was last seen.
    static func tracking(_ branch: String) -> String { "refs/remotes/origin/\(branch)" }

    func tip(of branch: String) throws(StrataError) -> ObjectID? {
        try target(of: Self.tracking(branch))
    }

    func target(of reference: String) throws(StrataError) -> ObjectID? {
        var id = git_oid()
        let status = git_reference_name_to_id(&id, repository.pointer, reference)
        if status == GIT_ENOTFOUND.rawValue { return nil }
        if status < 0 { throw damaged(GitFailure.last(status).error("read \(reference)")) }
        return ObjectID(id)
    }

    /// Sets or, with nil, removes a ref of the clone.
    func point(_ reference: String, to id: ObjectID?) throws(StrataError) {
        guard var raw = id?.raw else {
            let status = git_reference_remove(repository.pointer, reference)
            if status < 0, status != GIT_ENOTFOUND.rawValue {
                throw damaged(GitFailure.last(status).error("remove \(reference)"))
            }
            return
        }
        try local { () throws(StrataError) in
            _ = try Handle("write \(reference)", free: git_reference_free) {
                git_reference_create(&$0, repository.pointer, reference, &raw, 1, nil)
            }
        }
    }

    func trackedBranches() throws(StrataError) -> [String] {
        var names: [String] = []
        let prefix = Self.tracking("")
        let iterator = try Handle("list the cached clone's refs", free: git_reference_iterator_free) {
            git_reference_iterator_glob_new(&$0, repository.pointer, prefix + "*")
        }
        var name: UnsafePointer<CChar>?
        var status = git_reference_next_name(&name, iterator.pointer)
        while status == 0, let text = name {
            names.append(String(String(cString: text).dropFirst(prefix.count)))
            status = git_reference_next_name(&name, iterator.pointer)
        }
        if status != GIT_ITEROVER.rawValue { throw damaged(GitFailure.last(status).error("list the clone's refs")) }
        return names
    }

    // MARK: objects

    func holds(_ id: ObjectID) -> Bool { id.withPointer { git_odb_exists(objects.pointer, $0) == 1 } }

    func commit(_ id: ObjectID) throws(StrataError) -> Handle {
        try lookUp(id, "read a commit", free: git_commit_free) { git_commit_lookup(&$0, $1, $2) }
    }

    func treeID(of commit: ObjectID) throws(StrataError) -> ObjectID {
        let commit = try self.commit(commit)
        guard let id = git_commit_tree_id(commit.pointer) else {
            throw StrataError(.inconsistent, "a commit without a tree")
        }
        return ObjectID(id)
    }

    func tree(_ id: ObjectID) throws(StrataError) -> Handle {
        try lookUp(id, "read a tree", free: git_tree_free) { git_tree_lookup(&$0, $1, $2) }
    }

    private func lookUp(
        _ id: ObjectID, _ doing: String, free: @escaping (OpaquePointer?) -> Void,
        _ call: (inout OpaquePointer?, OpaquePointer, UnsafePointer<git_oid>) -> Int32
    ) throws(StrataError) -> Handle {
        var raw = id.raw
        return try local { () throws(StrataError) in
            try Handle(doing, free: free) { call(&$0, repository.pointer, &raw) }
        }
    }

    /// How many commits the branch that ends here has, counted up to `limit`.
    func depth(of tip: ObjectID, limit: Int) throws(StrataError) -> Int {
        let walk = try Handle("walk the history", free: git_revwalk_free) { git_revwalk_new(&$0, repository.pointer) }
        try local { () throws(StrataError) in
            try git("walk the history") { tip.withPointer { git_revwalk_push(walk.pointer, $0) } }
        }
        var count = 0
        var id = git_oid()
        while count < limit {
            let status = git_revwalk_next(&id, walk.pointer)
            if status == GIT_ITEROVER.rawValue { break }
            if status < 0 { throw damaged(GitFailure.last(status).error("walk the history")) }
            count += 1
        }
        return count
    }

    /// Whether `old` is `new` or one of its ancestors.
    func isAncestor(_ old: ObjectID, of new: ObjectID) throws(StrataError) -> Bool {
        if old == new { return true }
        guard holds(old) else { return false }
        return try local { () throws(StrataError) in
            try git("compare two commits") {
                new.withPointer { new in
                    old.withPointer { git_graph_descendant_of(repository.pointer, new, $0) }
                }
            } == 1
        }
    }

    /// Runs a read of what must be there. If it is not, the clone is damaged: it is thrown away and fetched again.
    @discardableResult
    func local<Result: ~Copyable>(_ read: () throws(StrataError) -> Result) throws(StrataError) -> Result {
        do throws(StrataError) { return try read() } catch { throw damaged(error) }
    }

    private func damaged(_ error: StrataError) -> StrataError {
        guard error.cause is GitFailure else { return error }
        return StrataError(.inconsistent, "the cached clone is damaged", place: .init(file: path), cause: error)
    }
}
