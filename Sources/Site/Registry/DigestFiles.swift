import Model

/// Renders the files of digests that a checkpoint signs: `SHA256SUMS` of the root and of each layer, and `listed.txt`.
///
/// What is rendered is read first, to see whether it differs, so the digests of the layers at hand are known without
/// reading anything else. What others wrote beside them gets no digest; the lines of other layers are taken over.
final class DigestFiles {
    private let existing: ExistingFiles
    /// Of the files as the branch will have them, as far as they were rendered; nil for those that it will not have.
    private var digests: [String: ContentDigest?] = [:]
    private var listed: [LayerName: ListedDigests.Entry] = [:]

    init(_ existing: @escaping ExistingFiles) { self.existing = existing }

    /// Reads a file that is about to be rendered.
    func read(_ path: String) throws -> [UInt8]? {
        let bytes = try existing(path)
        digests[path] = .some(bytes.map { .of($0) })
        return bytes
    }

    func note(_ change: FileChange) {
        switch change.content {
        case .write(let bytes): digests[change.path] = .some(.of(bytes))
        case .delete: digests[change.path] = .some(nil)
        }
    }

    func note(_ layer: LayerState) {
        var pairs: [(arn: String, sha256: ContentDigest?)] = []
        for state in layer.items {
            let digests = Dictionary(state.builds.map { ($0.buildNumber, $0.artifact?.sha256) }) { first, _ in first }
            for release in state.releases where release.status.isListed && release.status != .deleted {
                pairs.append((release.arn, digests[release.buildNumber] ?? nil))
            }
        }
        listed[layer.layer] = ListedDigests.Entry(pairs)
    }

    /// - Parameter isComplete: true if no lines but those that were noted are to be in the root's files.
    /// - Throws: `inconsistent` if lines have to be taken over from a file of the root that is missing or damaged.
    func write(in folders: LayerFolders, through filter: ChangeFilter, isComplete: Bool) throws {
        let former = try existing(FileDigests.path).flatMap(FileDigests.init)
        // The keys are not rendered here.
        let keys = FileDigests(former?.digests.filter { $0.key.hasPrefix("keys/") } ?? [:])
        var root = isComplete ? keys : try required(former, FileDigests.path)
        var index =
            isComplete
            ? ListedDigests()
            : try required(try existing(ListedDigests.path).flatMap(ListedDigests.init), ListedDigests.path)
        var layers: [LayerName: FileDigests] = listed.mapValues { _ in FileDigests() }
        for (path, digest) in digests {
            if let layer = FileDigests.layer(of: path) {
                layers[layer, default: FileDigests()][path] = digest
            } else {
                root[path] = digest
            }
        }
        for (layer, digests) in layers.sorted(by: { $0.key < $1.key }) {
            let path = FileDigests.path(of: layer, folders)
            let bytes = digests.digests.isEmpty ? nil : digests.bytes
            try filter.replace(path, with: bytes)
            root[path] = bytes.map { .of($0) }
        }
        for (layer, entry) in listed { index[layer] = entry }
        let bytes = index.bytes
        try filter.write(bytes, to: ListedDigests.path)
        root[ListedDigests.path] = .of(bytes)
        try filter.write(root.bytes, to: FileDigests.path)
    }

    private func required<Value>(_ value: Value?, _ path: String) throws -> Value {
        guard let value else {
            throw StrataError(
                .inconsistent, "the file of digests is missing or damaged",
                hint: "write the registry's files anew with 'strata reconcile --fix'", place: .init(file: path))
        }
        return value
    }
}
