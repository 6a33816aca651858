import Model

/// A branch as it will be: what is existing, overlaid by what was written in this render.
final class WrittenFiles {
    private let existing: ExistingFiles
    private var written: [String: [UInt8]?] = [:]

    init(_ existing: @escaping ExistingFiles) { self.existing = existing }

    func note(_ change: FileChange) {
        switch change.content {
        case .write(let bytes): written[change.path] = .some(bytes)
        case .delete: written[change.path] = .some(nil)
        }
    }

    func read(_ path: String) throws -> [UInt8]? {
        if let bytes = written[path] { return bytes }
        return try existing(path)
    }
}
