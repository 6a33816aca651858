import Model

/// Where a render reads the files that exist and puts those that changed.
///
/// A repository is one handle for one thread; a folder's files may be read and written by many at once.
enum FileStore {
    case oneByOne(ChangeFilter)
    case atOnce(
        existing: @Sendable (String) throws -> [UInt8]?, tally: SizeTally,
        sink: @Sendable (FileChange) throws -> Void)

    /// For one file after the other.
    var filter: ChangeFilter {
        switch self {
        case .oneByOne(let filter): filter
        case .atOnce(let existing, let tally, let sink): ChangeFilter(existing: existing, tally: tally, sink: sink)
        }
    }

    /// A file that is made from what there is.
    struct Update: Sendable {
        let path: String
        /// The file that holds its rows now; another one if that is split.
        let source: String
        let make: @Sendable ([UInt8]?) throws -> [UInt8]?

        /// - Parameter source: the source's bytes.
        func change(_ source: [UInt8]?, _ tally: SizeTally?) throws -> FileChange? {
            let new = try make(source)
            // What is carved out of another file never was.
            let old = path == self.source ? source : nil
            guard new != old else { return nil }
            tally?.note(old: old?.count, new: new?.count)
            return FileChange(path: path, content: new.map { .write($0) } ?? .delete)
        }
    }

    /// Makes files on all cores.
    func update(_ files: [Update]) throws {
        switch self {
        case .oneByOne(let filter):
            let tally = filter.tally
            // As many at a time as keep all cores busy: their bytes are all in memory.
            for start in stride(from: 0, to: files.count, by: 256) {
                let some = try files[start..<min(start + 256, files.count)].map { file in
                    OldFile(update: file, bytes: try filter.existing(file.source))
                }
                for case let change? in try Parallel.map(some, { try $0.update.change($0.bytes, tally) }) {
                    try filter.sink(change)
                }
            }
        case .atOnce(let existing, let tally, let sink):
            try Parallel.forEach(files) { file in
                if let change = try file.change(existing(file.source), tally) { try sink(change) }
            }
        }
    }

    private struct OldFile: Sendable {
        let update: Update
        let bytes: [UInt8]?
    }
}
