import Model

/// One file that a commit writes (as a regular file, mode 100644) or removes.
public struct TreeChange: Sendable, Hashable {
    public enum Content: Sendable, Hashable {
        case write([UInt8])
        /// Removing what is not there is no error. A folder that becomes empty goes with its last file.
        case delete
    }

    /// From the root of the tree, with `/` between names.
    public let path: String
    public let content: Content

    public init(_ path: String, _ content: Content) {
        self.path = path
        self.content = content
    }

    public static func write(_ path: String, _ text: String) -> TreeChange {
        TreeChange(path, .write(Array(text.utf8)))
    }
    public static func delete(_ path: String) -> TreeChange { TreeChange(path, .delete) }

    /// Refuses what git would refuse, before anything is written.
    /// - Throws: `inconsistent`: a path is a bug of the caller, never a user's input.
    static func check(_ changes: [TreeChange]) throws(StrataError) {
        var seen: Set<String> = []
        for change in changes {
            let names = change.path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            let good = names.allSatisfy { name in
                !name.isEmpty && !name.contains(0) && !name.elementsEqual(".".utf8) && !name.elementsEqual("..".utf8)
                    && String(Substring(name)).lowercased() != ".git"
            }
            guard good else { throw StrataError(.inconsistent, "'\(change.path)' is not a valid path in a git tree") }
            guard seen.insert(change.path).inserted else {
                throw StrataError(.inconsistent, "'\(change.path)' is changed twice in one commit")
            }
        }
    }
}
