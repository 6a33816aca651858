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

    /// The first line on which two branches differ: what a failing comparison prints.
    func difference(from other: Branch) -> String? {
        let paths = Set(files.keys).union(other.files.keys).sorted()
        guard let path = paths.first(where: { files[$0] != other.files[$0] }) else { return nil }
        guard let here = text(path) else { return "\(path) is only there" }
        guard let there = other.text(path) else { return "\(path) is only here" }
        let lines = zip(here.split(separator: "\n"), there.split(separator: "\n"))
        let line = lines.first { $0 != $1 }
        return "\(path)\n--- here\n\(line?.0 ?? "")\n--- there\n\(line?.1 ?? "")"
    }
}
