import Model
import Tasks

/// A registry as consumers look things up in it. Every file is read at most once.
public actor RegistryCatalog {
    public nonisolated let source: RegistrySource
    private var files: [String: Task<[UInt8]?, any Error>] = [:]
    private var known: (layout: RegistryLayout, file: RegistryFile)?
    private var layersByName: [Place: [PublishedName: LayerName]] = [:]

    private struct Place: Hashable {
        let region: Region
        let shards: [String]
    }

    /// Lambda's names are unique in an account and region.
    private struct PublishedName: Hashable {
        let account: String
        let name: String
    }

    public init(_ source: RegistrySource) { self.source = source }

    /// What the registry says of itself.
    ///
    /// - Throws: `notFound` if the source is no registry.
    package func registry() async throws -> RegistryFile {
        try await index().file
    }

    private func layout() async throws -> RegistryLayout { try await index().layout }

    private func index() async throws -> (layout: RegistryLayout, file: RegistryFile) {
        if let known { return known }
        let found = try await readIndex()
        known = found
        return found
    }

    private func readIndex() async throws -> (layout: RegistryLayout, file: RegistryFile) {
        let (branch, site) = (RegistryLayout.branchIndex, RegistryLayout.siteIndex)
        if let bytes = try await file(branch) {
            let file = try RegistryFile.decode(RegistryFile.self, bytes, branch)
            return (.branch(file.folders ?? .flat), file)
        }
        guard let bytes = try await file(site) else { throw noRegistry }
        return (.site, try RegistryFile.decode(RegistryFile.self, bytes, site))
    }

    private var noRegistry: StrataError {
        StrataError(
            .notFound, "there is no registry at '\(source.name)'",
            hint: "name the folder or address of its main branch, or the address of its site")
    }

    /// All that was ever listed of a layer; nil if the registry does not know it.
    public func history(of layer: LayerName) async throws -> LayerHistory? {
        let path = try await layout().history(of: layer)
        return try await file(path).map { try LayerHistory(file: $0, path: path) }
    }

    /// A build's own file, whole, on the branch; nil if there is none, or the source is a site.
    public func file(ofBuild buildNumber: Int, of item: Item) async throws -> (path: String, bytes: [UInt8])? {
        let layout = try await layout()
        guard case .branch = layout else { return nil }
        let path = layout.build(buildNumber, of: item)
        return try await file(path).map { (path, $0) }
    }

    /// What is inside a build; nil if the registry does not tell.
    public func build(_ buildNumber: Int, of item: Item) async throws -> BuildSummary? {
        let path = try await layout().build(buildNumber, of: item)
        return try await file(path).map { try BuildSummary(file: $0, path: path) }
    }

    /// The rows of a region that may have to do with a name; empty if there are none.
    package func rows(of target: Target, in region: Region, near name: String) async throws -> [ListedRow] {
        var rows: [ListedRow] = []
        let shards = try await registry().shards ?? []
        for path in try await layout().tables(target, region, near: name, of: shards) {
            guard let file = try await file(path) else { continue }
            rows += try RegistryFile.decode([ListedRow].self, file, path)
        }
        return rows
    }

    /// The targets that the registry builds for, as far as they are understood; more than these nobody needs.
    package func targets() async throws -> [Target] {
        try await Array(registry().targets.lazy.compactMap(Target.init).prefix(64))
    }

    /// The layer that publishes under a reference's name; nil if the registry knows none.
    ///
    /// A layer's own file tells of all targets and regions that it was ever in, deleted releases included. Its own name
    /// is part of the published one as a rule: the likeliest are asked first, then the tables of the region, then every
    /// run of words.
    public func history(behind reference: LayerReference) async throws -> LayerHistory? {
        let candidates = NameCandidates.layers(in: reference.name)
        for candidate in candidates.prefix(3) {
            if let history = try await history(of: candidate), history.holds(reference) { return history }
        }
        let tabled = try await layersInTables(behind: reference)
        for candidate in tabled + candidates.dropFirst(3) {
            if let history = try await history(of: candidate), history.holds(reference) { return history }
        }
        return nil
    }

    /// What the tables of configured targets say, and then the layers in them whose own name is part of the published
    /// one, the longest first.
    private func layersInTables(behind reference: LayerReference) async throws -> [LayerName] {
        let regions: [Region]
        if let region = reference.region {
            regions = [region]
        } else {
            // Every region that is not pending has the same layers: a few tell of all.
            regions = try await Array(registry().regions.lazy.compactMap { Region($0) }.prefix(3))
        }
        var found: [LayerName] = []
        var known: Set<LayerName> = []
        for region in regions {
            let layers = try await layers(in: region, near: reference.name)
            for (name, layer) in layers where reference.fits(account: name.account, name: name.name) {
                found.append(layer)
            }
            if !found.isEmpty { break }
            known.formUnion(layers.values)
        }
        let name = reference.name.lowercased()
        let near = known.filter { name.contains($0.text.lowercased()) }
            .sorted { ($0.text.utf8.count, $1) > ($1.text.utf8.count, $0) }
        return Array(found.sorted().prefix(5)) + near.prefix(5)
    }

    /// The layers of a region by the names that they are published under.
    private func layers(in region: Region, near name: String) async throws -> [PublishedName: LayerName] {
        let shards = try await registry().shards ?? []
        let place = Place(region: region, shards: RegistryLayout.shards(near: name, of: shards))
        if let known = layersByName[place] { return known }
        let targets = try await targets()
        let rows = try await targets.boundedMap(limit: 8) { try await self.rows(of: $0, in: region, near: name) }
        var layers: [PublishedName: LayerName] = [:]
        for row in rows.joined() {
            guard let layer = LayerName(row.layer), let arn = LayerARN(row.arn) else { continue }
            layers[PublishedName(account: arn.account, name: arn.name)] = layer
        }
        layersByName[place] = layers
        return layers
    }

    private func file(_ path: String) async throws -> [UInt8]? {
        if let task = files[path] { return try await task.value }
        // Unstructured, so that callers who want the same file share one read; it ends by its own deadline.
        let task = Task { [source] in try await source.read(path) }
        files[path] = task
        return try await task.value
    }
}
