import CGit2
import Model

extension Snapshot {
    /// The files that commits of somebody else changed since an earlier commit, on the way of first parents.
    ///
    /// - Parameters:
    ///   - earlier: where to stop. Its history may have been replaced since; then all that is left of the way is looked at.
    ///   - isOurs: whether a commit with this message is ours. A message proves nothing: use the answer to tell people,
    ///     not to decide.
    ///   - limit: at most so many commits are looked at.
    public func paths(
        changedSince earlier: ObjectID, exceptIn isOurs: (_ message: String) -> Bool, limit: Int
    ) throws(StrataError) -> Set<String> {
        var paths: Set<String> = []
        var next = tip
        var seen = 0
        while let id = next, id != earlier, seen < limit {
            seen += 1
            let step = try clone.step(from: id)
            if !isOurs(step.message) {
                paths.formUnion(
                    try clone.paths(
                        differingBetween: try step.parent.map { id throws(StrataError) in try clone.treeID(of: id) },
                        and: try clone.treeID(of: id)))
            }
            next = step.parent
        }
        return paths
    }
}

extension Clone {
    /// A commit's message and first parent.
    fileprivate func step(from id: ObjectID) throws(StrataError) -> (message: String, parent: ObjectID?) {
        let commit = try self.commit(id)
        let message = git_commit_message(commit.pointer).map { String(cString: $0) } ?? ""
        let parent = git_commit_parent_id(commit.pointer, 0).map { ObjectID($0) }
        return (message, parent.flatMap { holds($0) ? $0 : nil })
    }
}
