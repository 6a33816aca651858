import CGit2
import Model

extension Clone {
    /// Writes exactly these objects as one pack with its index into a folder of packs, under a temporary name first.
    /// - Parameter folder: nil for the clone's own.
    /// - Throws: `file` when the disk is full or closed to us.
    func pack(_ ids: [ObjectID], into folder: String? = nil) throws(StrataError) {
        let builder = try Handle("pack a commit", free: git_packbuilder_free) {
            git_packbuilder_new(&$0, repository.pointer)
        }
        // One thread per core: the objects are few, and the delta search is most of the work.
        _ = git_packbuilder_set_threads(builder.pointer, 0)
        for id in ids {
            try git("pack a commit") { id.withPointer { git_packbuilder_insert(builder.pointer, $0, nil) } }
        }
        try git("write a pack") {
            if let folder {
                git_packbuilder_write(builder.pointer, folder, 0o444, nil, nil)
            } else {
                git_packbuilder_write(builder.pointer, nil, 0, nil, nil)
            }
        }
    }

    /// Keeps a commit of this process on disk, so that it can be pushed and need not be fetched later.
    func keep(_ commit: ObjectID) throws(StrataError) {
        guard let ids = unpacked[commit] else { return }
        try pack(ids)
        unpacked[commit] = nil
        // Others may still be needed from memory, so it is emptied only when nothing is.
        if unpacked.isEmpty { try forgetMemory() }
    }
}
