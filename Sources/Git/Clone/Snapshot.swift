import CGit2
import Model

/// The files of one commit, to read from while changes to it are worked out. Valid only inside the closure it is lent to.
public struct Snapshot {
    /// The commit, or nil for a branch that does not exist yet, which has no files.
    public let tip: ObjectID?
    let clone: Clone
    private let root: ObjectID?

    init(of tip: ObjectID?, in clone: Clone) throws(StrataError) {
        self.tip = tip
        self.clone = clone
        root = try tip.map { id throws(StrataError) in try clone.treeID(of: id) }
    }

    /// One entry of a folder.
    public struct Entry: Sendable, Hashable {
        public enum Kind: Sendable, Hashable { case file, executable, link, submodule }
        public let path: String
        public let id: ObjectID
        public let kind: Kind
    }

    /// The bytes of a file.
    /// - Parameter limit: the largest file that is wanted, in bytes. A huge one is never loaded.
    /// - Returns: nil when there is no such file, or something else has its name.
    /// - Throws: `tooLarge`, `inconsistent`.
    public func read(_ path: String, limit: Int = 64 << 20) throws(StrataError) -> [UInt8]? {
        guard let entry = try find(path), git_tree_entry_type(entry.pointer) == GIT_OBJECT_BLOB,
            let id = git_tree_entry_id(entry.pointer)
        else { return nil }
        var size = 0
        var type = GIT_OBJECT_INVALID
        try clone.local { () throws(StrataError) in
            try git("read \(path)") { git_odb_read_header(&size, &type, clone.objects.pointer, id) }
        }
        guard size <= limit else {
            throw StrataError(.tooLarge, "the registry's \(path) has \(size) bytes; at most \(limit) are read")
        }
        let blob = try clone.local { () throws(StrataError) in
            try Handle("read \(path)", free: git_odb_object_free) { git_odb_read(&$0, clone.objects.pointer, id) }
        }
        return Array(
            UnsafeRawBufferPointer(start: git_odb_object_data(blob.pointer), count: git_odb_object_size(blob.pointer)))
    }

    /// Several files; what does not exist is left out.
    public func read(_ paths: some Sequence<String>) throws(StrataError) -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for path in paths { files[path] = try read(path) }
        return files
    }

    /// Everything below a folder (`""` for the root), in git's order.
    public func list(_ folder: String = "") throws(StrataError) -> [Entry] {
        guard let root else { return [] }
        if folder.isEmpty { return try entries(of: root, below: "") }
        guard let entry = try find(folder), git_tree_entry_type(entry.pointer) == GIT_OBJECT_TREE,
            let id = git_tree_entry_id(entry.pointer)
        else { return [] }
        return try entries(of: ObjectID(id), below: folder + "/")
    }

    private func entries(of tree: ObjectID, below prefix: String) throws(StrataError) -> [Entry] {
        let handle = try clone.tree(tree)
        var found: [Entry] = []
        for index in 0..<git_tree_entrycount(handle.pointer) {
            guard let entry = git_tree_entry_byindex(handle.pointer, index), let id = git_tree_entry_id(entry),
                let name = git_tree_entry_name(entry)
            else { continue }
            let path = prefix + String(cString: name)
            switch git_tree_entry_filemode(entry) {
            case GIT_FILEMODE_TREE: found += try entries(of: ObjectID(id), below: path + "/")
            case GIT_FILEMODE_BLOB_EXECUTABLE: found.append(Entry(path: path, id: ObjectID(id), kind: .executable))
            case GIT_FILEMODE_LINK: found.append(Entry(path: path, id: ObjectID(id), kind: .link))
            case GIT_FILEMODE_COMMIT: found.append(Entry(path: path, id: ObjectID(id), kind: .submodule))
            default: found.append(Entry(path: path, id: ObjectID(id), kind: .file))
            }
        }
        return found
    }

    /// The id that a file with these bytes has, to compare with `Entry.id` without reading the file.
    public static func id(of bytes: [UInt8]) -> ObjectID {
        var id = git_oid()
        _ = bytes.withUnsafeBytes { git_odb_hash(&id, $0.baseAddress, $0.count, GIT_OBJECT_BLOB) }
        return ObjectID(id)
    }

    /// Walks down by itself: libgit2 says the same of a path that is not there and of a folder whose object is missing.
    private func find(_ path: String) throws(StrataError) -> Handle? {
        guard let root, !path.isEmpty else { return nil }
        var names = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)[...]
        var tree = try clone.tree(root)
        while let name = names.popFirst() {
            guard let entry = git_tree_entry_byname(tree.pointer, name) else { return nil }
            if names.isEmpty {
                return try Handle("look up \(path)", free: git_tree_entry_free) { git_tree_entry_dup(&$0, entry) }
            }
            guard git_tree_entry_type(entry) == GIT_OBJECT_TREE, let id = git_tree_entry_id(entry) else { return nil }
            let next = ObjectID(id)
            tree = try clone.tree(next)
        }
        return nil
    }
}

extension Clone {
    /// The files that two trees do not have alike.
    func paths(differingBetween old: ObjectID?, and new: ObjectID?) throws(StrataError) -> [String] {
        let oldTree = try old.map { id throws(StrataError) in try tree(id) }
        let newTree = try new.map { id throws(StrataError) in try tree(id) }
        let (oldPointer, newPointer) = (pointer(of: oldTree), pointer(of: newTree))
        let difference = try local { () throws(StrataError) in
            try Handle("compare two trees", free: git_diff_free) {
                git_diff_tree_to_tree(&$0, repository.pointer, oldPointer, newPointer, nil)
            }
        }
        var paths: Set<String> = []
        for index in 0..<git_diff_num_deltas(difference.pointer) {
            guard let delta = git_diff_get_delta(difference.pointer, index)?.pointee else { continue }
            for path in [delta.old_file.path, delta.new_file.path] {
                if let path { paths.insert(String(cString: path)) }
            }
        }
        return paths.sorted()
    }
}
