import Model

/// Renders the registry's `main` branch: what machines and diffs read, and what a lost ledger is rebuilt from.
///
/// Pure: the same state gives the same bytes, whatever the order of the input, and only files that differ are
/// returned. Nothing tells when it was rendered.
public struct MainRenderer: Sendable {
    private let registry: RegistryInput

    public init(_ registry: RegistryInput) { self.registry = registry }

    /// The changes that bring the branch in step with some layers.
    ///
    /// - Parameters:
    ///   - layers: those that changed, each with all its items; all of them for a full render.
    ///   - isComplete: true if these are all layers there are. Then nothing of the shared files is kept, so what others
    ///     wrote into them, or damaged, is mended; without it their rows of other layers are taken over.
    ///   - existing: the branch as it is.
    /// - Throws: `inconsistent` if a file of the branch is damaged that has to be read, lists a target that a layer came
    ///   without, or tells of a build's number what the build is not; and what `existing` throws.
    public func changes(
        for layers: [LayerState], isComplete: Bool = false, existing: ExistingFiles
    ) throws -> [FileChange] {
        try withoutActuallyEscaping(existing) { existing in
            var changes: [FileChange] = []
            try render(layers, isComplete: isComplete, existing: existing) { changes.append($0) }
            return changes.sorted { $0.path < $1.path }
        }
    }

    /// The same, handed out file by file: for a full render, whose layers need not be in memory at once.
    public func render(
        _ layers: some Sequence<LayerState>, isComplete: Bool = false, existing: @escaping ExistingFiles,
        into sink: @escaping (FileChange) throws -> Void
    ) throws {
        let digests = registry.isSigned ? DigestFiles(existing) : nil
        let filter = ChangeFilter(existing: digests?.read ?? existing) { change in
            digests?.note(change)
            try sink(change)
        }
        let file = try filter.existing(RegistryFile.path)
        var told = try LayerFolders.told(in: file)
        var tables = RegionTables()
        for layer in layers {
            let listing = Listing(layer)
            let folders = try told ?? folders(beside: layer.layer, existing)
            told = folders
            for state in layer.items { try writeBuilds(of: state, folders, filter) }
            try writeReleases(of: layer, folders, filter, isComplete: isComplete)
            try AdvisoriesFile.write(layer, listing, in: folders, through: filter)
            try writeRequirements(of: layer, folders, filter)
            tables.add(listing)
            digests?.note(layer)
        }
        try tables.write(through: filter, isComplete: isComplete)
        let folders = told ?? registry.folders
        // Who the registry is, and what wrote it last, is for `stamped` to change.
        try filter.write(RegistryFile.bytes(of: registry, RegistryStamp(in: file), folders), to: RegistryFile.path)
        try filter.write(RegistryReadme.bytes(of: registry, folders), to: "README.md")
        try digests?.write(
            in: folders, through: ChangeFilter(existing: existing, sink: sink), isComplete: isComplete)
    }

    /// The registry's own file with a stamp.
    ///
    /// - Parameter file: what it is without.
    /// - Throws: `unsupported` for folders that this version does not know.
    public func stamped(_ stamp: RegistryStamp, _ file: [UInt8]?) throws -> FileChange {
        let folders = try LayerFolders.told(in: file) ?? registry.folders
        return FileChange(path: RegistryFile.path, content: .write(RegistryFile.bytes(of: registry, stamp, folders)))
    }

    /// How the folders are laid out of a branch that does not tell: a new one, or one whose `registry.json` is damaged.
    private func folders(beside layer: LayerName, _ existing: ExistingFiles) throws -> LayerFolders {
        try LayerFolders.found(of: layer, existing) ?? registry.folders
    }

    private func writeBuilds(of state: ItemState, _ folders: LayerFolders, _ filter: ChangeFilter) throws {
        for build in state.builds {
            for file in BuildFile.files(of: build, folders) {
                guard let old = try filter.existing(file.path) else {
                    try filter.sink(FileChange(path: file.path, content: .write(file.bytes)))
                    continue
                }
                guard file.says(old) else { throw LyingFile.error(file.path, build) }
            }
        }
    }

    /// The files of builds that exist and say something else than the build is: by path, sorted. They never change once
    /// they are written, so either they were edited, or the ledger is another registry's.
    public func lyingFiles(of layers: [LayerState], existing: ExistingFiles) throws -> [String] {
        guard let first = layers.first?.layer else { return [] }
        let folders = try LayerFolders.told(in: existing(RegistryFile.path)) ?? folders(beside: first, existing)
        var paths: [String] = []
        for build in layers.lazy.flatMap(\.items).flatMap(\.builds) {
            for file in BuildFile.files(of: build, folders) {
                if let old = try existing(file.path), !file.says(old) { paths.append(file.path) }
            }
        }
        return paths.sorted()
    }

    private func writeReleases(
        of layer: LayerState, _ folders: LayerFolders, _ filter: ChangeFilter, isComplete: Bool
    ) throws {
        let path = ReleasesFile.path(of: layer.layer, folders)
        let old = try filter.existing(path)
        if let old {
            do {
                try refuseMissingTargets(of: try ReleasesFile.items(in: old, path: path).map(\.item), layer)
            } catch let error as StrataError where error.place.file == path && isComplete {
                // Not such a file any more: somebody has edited it, and all that is known is at hand.
            }
        }
        guard let bytes = ReleasesFile.bytes(of: layer) else { return }
        if bytes != old { try filter.sink(FileChange(path: path, content: .write(bytes))) }
    }

    /// A layer that came without one of its targets would lose that target's history.
    private func refuseMissingTargets(of known: [Item], _ layer: LayerState) throws {
        let lost = Set(known).subtracting(layer.items.map(\.item)).sorted()
        guard let first = lost.first else { return }
        throw StrataError(
            .inconsistent, "the registry lists releases of it that the ledger does not know",
            hint: "rebuild the ledger from the registry before anything is published", place: first.place)
    }

    private func writeRequirements(of layer: LayerState, _ folders: LayerFolders, _ filter: ChangeFilter) throws {
        for state in layer.items {
            let path = "\(folders.requirements(of: state.item))/requirements.txt"
            let packages = state.latestBuild?.packages ?? []
            let lines = packages.map { "\($0.name)==\(PlainText.line($0.version))\n" }.joined()
            try filter.replace(path, with: lines.isEmpty ? nil : Array(lines.utf8))
        }
    }
}

/// Text for formats in which a line break would begin something new.
enum PlainText {
    /// The text with control characters as spaces.
    static func line(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) else { return text }
        return String(decoding: text.utf8.map { $0 < 0x20 || $0 == 0x7f ? 0x20 : $0 }, as: UTF8.self)
    }
}
