import Model

/// The files that a branch has now: a path's bytes, or nil if there is no such file.
public typealias ExistingFiles = (String) throws -> [UInt8]?

/// Passes on only what differs from the files that exist.
struct ChangeFilter {
    let existing: ExistingFiles
    let sink: (FileChange) throws -> Void

    /// Writes a file unless it already has these bytes.
    func write(_ bytes: [UInt8], to path: String) throws {
        guard try existing(path) != bytes else { return }
        try sink(FileChange(path: path, content: .write(bytes)))
    }

    /// Writes a file that never changes once it exists. The bytes are made only if they are needed.
    func writeOnce(to path: String, _ bytes: () throws -> [UInt8]) throws {
        guard try existing(path) == nil else { return }
        try sink(FileChange(path: path, content: .write(bytes())))
    }

    func delete(_ path: String) throws {
        guard try existing(path) != nil else { return }
        try sink(FileChange(path: path, content: .delete))
    }

    /// Writes a file, or removes it if there is nothing to say.
    func replace(_ path: String, with bytes: [UInt8]?) throws {
        if let bytes { try write(bytes, to: path) } else { try delete(path) }
    }
}
