import Model

/// Reads the `main` branch back into states: how a lost ledger is rebuilt.
///
/// What comes back is what was listed: builds, releases, dates, reasons, pins and aliases. Quarantined
/// releases, notes and open intents are not on the branch; the next run finds or makes them again.
public struct RegistryReader {
    private let existing: ExistingFiles
    /// nil if `registry.json` is missing or damaged.
    private let told: LayerFolders?

    /// - Throws: `unsupported` for folders that this version does not know; what `existing` throws.
    public init(existing: @escaping ExistingFiles) throws {
        self.existing = existing
        told = try LayerFolders.told(in: existing(RegistryFile.path))
    }

    private func folders(_ layer: LayerName) throws -> LayerFolders {
        try told ?? LayerFolders.found(of: layer, existing) ?? .flat
    }

    /// A build, from its file.
    ///
    /// - Parameter path: the file's.
    /// - Throws: `inconsistent` if it is no such file, or tells of another build.
    public static func build(_ buildNumber: Int, of item: Item, in file: [UInt8], path: String) throws -> Build {
        let build = try BuildFile.build(in: file, path: path)
        guard build.item == item, build.buildNumber == buildNumber else {
            throw StrataError(
                .inconsistent, "the file tells of \(build.item) build \(build.buildNumber)",
                hint: "restore it from the branch's history", place: .init(file: path))
        }
        return build
    }

    /// The states of all items of a layer, sorted; empty if the registry does not hold the layer.
    ///
    /// - Throws: `inconsistent` if a file is damaged, or a build that has releases is missing.
    public func states(of layer: LayerName) throws -> [ItemState] {
        let folders = try folders(layer)
        let path = ReleasesFile.path(of: layer, folders)
        guard let file = try existing(path) else { return [] }
        return try ReleasesFile.items(in: file, path: path).map { entry in
            let builds = try builds(of: entry, folders)
            return ItemState(
                item: entry.item, builds: builds, releases: entry.releases, aliases: entry.aliases,
                hold: entry.hold)
        }
    }

    /// The releases of a layer that the registry lists; none if it does not hold the layer.
    /// - Throws: `inconsistent` if the file is damaged.
    public func listedReleases(of layer: LayerName) throws -> [Release] {
        let path = ReleasesFile.path(of: layer, try folders(layer))
        guard let file = try existing(path) else { return [] }
        return try ReleasesFile.items(in: file, path: path).flatMap(\.releases)
    }

    private func builds(of entry: ReleasesFile.Entry, _ folders: LayerFolders) throws -> [Build] {
        let needed = Set(entry.releases.map(\.buildNumber))
        var builds: [Build] = []
        for buildNumber in Set(1...max(1, entry.builds)).union(needed).sorted()
        where entry.builds > 0 || !needed.isEmpty {
            let path = BuildFile.path(of: entry.item, buildNumber, folders)
            if let file = try existing(path) {
                builds.append(try Self.build(buildNumber, of: entry.item, in: file, path: path))
            } else if needed.contains(buildNumber) {
                throw StrataError(
                    .inconsistent, "build \(buildNumber) has releases, but its file is missing",
                    hint: "restore it from the branch's history", place: .init(file: path))
            }
        }
        return builds
    }
}
