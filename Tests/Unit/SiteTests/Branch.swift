import Model
import Site

/// A branch in memory, to which changes are applied.
struct Branch: Equatable {
    private(set) var files: [String: [UInt8]] = [:]

    mutating func apply(_ changes: [FileChange]) {
        for change in changes {
            switch change.content {
            case .write(let bytes): files[change.path] = bytes
            case .delete: files[change.path] = nil
            }
        }
    }

    func existing(_ path: String) -> [UInt8]? { files[path] }
    func text(_ path: String) -> String? { files[path].map { String(decoding: $0, as: UTF8.self) } }

    /// The first path on which two branches differ, with both texts: what a failing comparison prints.
    func difference(from other: Branch) -> String? {
        let paths = Set(files.keys).union(other.files.keys).sorted()
        guard let path = paths.first(where: { files[$0] != other.files[$0] }) else { return nil }
        return "\(path)\n--- here\n\(text(path) ?? "no file")\n--- there\n\(other.text(path) ?? "no file")"
    }
}
