import CGit2
import Model

/// A tree that is in memory and in no commit yet.
struct NewTree {
    let id: ObjectID
    /// What it adds to the tree that it was made from.
    let added: [ObjectID]
}

extension Clone {
    /// Applies a request's changes in memory.
    ///
    /// The tree is the base's with the changes applied, so the cost follows the change; a file that is equal costs a
    /// hash. What the base holds besides (submodules, links, other people's files) stays as it is.
    /// - Returns: nil when the tree would be the same as the base's: then there is nothing to say.
    /// - Throws: `inconsistent` for a damaged clone or a bad path, `git` where a file stands in a folder's place.
    func tree(for request: CommitRequest) throws(StrataError) -> NewTree? {
        try TreeChange.check(request.changes)
        let base = try request.base.map { id throws(StrataError) in try treeID(of: id) }
        var writer = TreeWriter(clone: self)
        let tree = try writer.root(FolderChanges(request.changes), base: base)
        return tree == base ? nil : NewTree(id: tree, added: writer.added)
    }

    /// Makes a commit in memory.
    /// - Parameter sign: makes the armoured signature of the commit's bytes; nil for a commit without one.
    func commit(
        _ request: CommitRequest, tree: NewTree,
        sign: (UnsafeRawBufferPointer) throws(StrataError) -> String? = { _ in nil }
    ) throws(StrataError) -> ObjectID {
        let commit = try object(request, tree: tree.id, sign: sign)
        unpacked[commit] = tree.added + [commit]
        return commit
    }

    private func object(
        _ request: CommitRequest, tree: ObjectID, sign: (UnsafeRawBufferPointer) throws(StrataError) -> String?
    ) throws(StrataError) -> ObjectID {
        var author: UnsafeMutablePointer<git_signature>?
        try git("name the author '\(request.author.name)'") {
            git_signature_new(
                &author, request.author.name, request.author.email, git_time_t(request.date.seconds), 0)
        }
        defer { git_signature_free(author) }
        let treeHandle = try self.tree(tree)
        let parent = try request.parent.map { id throws(StrataError) in try commit(id) }
        var parents = [pointer(of: parent)].compactMap { $0 }.map(Optional.some)
        var text = git_buf()
        try git("write a commit") {
            git_commit_create_buffer(
                &text, repository.pointer, author, author, nil, request.text, treeHandle.pointer, parents.count,
                &parents)
        }
        defer { git_buf_dispose(&text) }
        var made = git_oid()
        if let armour = try sign(UnsafeRawBufferPointer(start: text.ptr, count: text.size)) {
            try git("write a signed commit") {
                git_commit_create_with_signature(&made, repository.pointer, text.ptr, armour, nil)
            }
        } else {
            try git("write a commit") {
                git_odb_write(&made, objects.pointer, text.ptr, text.size, GIT_OBJECT_COMMIT)
            }
        }
        return ObjectID(made)
    }
}

/// The changes of one commit as a tree of folders, so that every folder is opened and written once.
struct FolderChanges {
    var files: [String: TreeChange.Content] = [:]
    var folders: [String: FolderChanges] = [:]

    init() {}

    init(_ changes: [TreeChange]) {
        for change in changes {
            insert(change.content, at: change.path.split(separator: "/")[...])
        }
    }

    private mutating func insert(_ content: TreeChange.Content, at names: ArraySlice<Substring>) {
        guard let first = names.first.map(String.init) else { return }
        if names.count == 1 {
            files[first] = content
        } else {
            folders[first, default: FolderChanges()].insert(content, at: names.dropFirst())
        }
    }
}

/// Writes the trees along the changed paths, deepest first, and notes every object that is new.
struct TreeWriter {
    let clone: Clone
    private(set) var added: [ObjectID] = []

    init(clone: Clone) { self.clone = clone }

    /// - Returns: the root's tree: the empty one when nothing is left.
    mutating func root(_ changes: FolderChanges, base: ObjectID?) throws(StrataError) -> ObjectID {
        if let tree = try write(changes, base: base, path: "") { return tree }
        let builder = try Handle("write an empty tree", free: git_treebuilder_free) {
            git_treebuilder_new(&$0, clone.repository.pointer, nil)
        }
        return try finish(builder)
    }

    /// - Returns: the folder's new tree; nil when nothing is left in it, since git has no empty folders.
    private mutating func write(
        _ changes: FolderChanges, base: ObjectID?, path: String
    ) throws(StrataError) -> ObjectID? {
        let old = try base.map { id throws(StrataError) in try clone.tree(id) }
        let oldTree = pointer(of: old)
        let builder = try Handle("change the tree '\(path)'", free: git_treebuilder_free) {
            git_treebuilder_new(&$0, clone.repository.pointer, oldTree)
        }
        var changed = false
        for (name, content) in changes.files {
            if try apply(content, to: name, in: builder.pointer, path: path) { changed = true }
        }
        for (name, inner) in changes.folders {
            if try descend(inner, into: name, in: builder.pointer, path: path) { changed = true }
        }
        if git_treebuilder_entrycount(builder.pointer) == 0 { return nil }
        if !changed, let base { return base }
        return try finish(builder)
    }

    private mutating func apply(
        _ content: TreeChange.Content, to name: String, in builder: OpaquePointer, path: String
    ) throws(StrataError) -> Bool {
        let present = git_treebuilder_get(builder, name)
        switch content {
        case .write(let bytes):
            if let present, ![GIT_OBJECT_BLOB].contains(git_tree_entry_type(present)) {
                throw obstructed(
                    path + name, by: git_tree_entry_type(present) == GIT_OBJECT_TREE ? "folder" : "submodule")
            }
            var id = git_oid()
            try git("store \(path + name)") {
                bytes.withUnsafeBytes {
                    git_blob_create_from_buffer(&id, clone.repository.pointer, $0.baseAddress, $0.count)
                }
            }
            if let present, let old = git_tree_entry_id(present), ObjectID(old) == ObjectID(id),
                git_tree_entry_filemode(present) == GIT_FILEMODE_BLOB
            {
                return false
            }
            added.append(ObjectID(id))
            try git("write \(path + name)") {
                git_treebuilder_insert(nil, builder, name, &id, GIT_FILEMODE_BLOB)
            }
            return true
        case .delete:
            guard let present, git_tree_entry_type(present) == GIT_OBJECT_BLOB else { return false }
            try git("remove \(path + name)") { git_treebuilder_remove(builder, name) }
            return true
        }
    }

    private mutating func descend(
        _ changes: FolderChanges, into name: String, in builder: OpaquePointer, path: String
    ) throws(StrataError) -> Bool {
        let present = git_treebuilder_get(builder, name)
        var base: ObjectID?
        if let present, let id = git_tree_entry_id(present) {
            guard git_tree_entry_type(present) == GIT_OBJECT_TREE else {
                // Nothing to delete below a file; but nothing can be written there either.
                if changes.onlyDeletes { return false }
                throw obstructed(path + name + "/…", by: "file")
            }
            base = ObjectID(id)
        }
        let tree = try write(changes, base: base, path: path + name + "/")
        guard tree != base else { return false }
        if let tree {
            try git("write \(path + name)") {
                tree.withPointer { git_treebuilder_insert(nil, builder, name, $0, GIT_FILEMODE_TREE) }
            }
        } else {
            try git("remove \(path + name)") { git_treebuilder_remove(builder, name) }
        }
        return true
    }

    private mutating func finish(_ builder: borrowing Handle) throws(StrataError) -> ObjectID {
        var id = git_oid()
        try git("write a tree") { git_treebuilder_write(&id, builder.pointer) }
        added.append(ObjectID(id))
        return ObjectID(id)
    }

    private func obstructed(_ path: String, by what: String) -> StrataError {
        StrataError(
            .git, "cannot write \(path): somebody committed a \(what) in its place",
            hint: "remove or rename it in the registry, then run again")
    }
}

extension FolderChanges {
    fileprivate var onlyDeletes: Bool {
        files.values.allSatisfy { $0 == .delete } && folders.values.allSatisfy(\.onlyDeletes)
    }
}
