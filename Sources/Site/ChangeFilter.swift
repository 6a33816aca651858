import Model

/// The files that a branch has now: a path's bytes, or nil if there is no such file.
public typealias ExistingFiles = (String) throws -> [UInt8]?

/// Passes on only what differs from the files that exist.
struct ChangeFilter {
    let existing: ExistingFiles
    let sink: (FileChange) throws -> Void
    /// Counts what is passed on, where somebody wants to know.
    var tally: SizeTally?

    init(existing: @escaping ExistingFiles, tally: SizeTally? = nil, sink: @escaping (FileChange) throws -> Void) {
        self.existing = existing
        self.sink = sink
        self.tally = tally
    }

    /// Writes a file unless it already has these bytes.
    func write(_ bytes: [UInt8], to path: String) throws { try replace(path, with: bytes) }

    func delete(_ path: String) throws { try replace(path, with: nil) }

    /// Writes a file, or removes it if there is nothing to say.
    func replace(_ path: String, with bytes: [UInt8]?) throws {
        let old = try existing(path)
        guard old != bytes else { return }
        tally?.note(old: old?.count, new: bytes?.count)
        try sink(FileChange(path: path, content: bytes.map { .write($0) } ?? .delete))
    }
}
