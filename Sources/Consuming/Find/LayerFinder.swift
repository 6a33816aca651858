import Model

/// Finds the newest ARNs of a layer.
public struct LayerFinder: Sendable {
    private let catalog: RegistryCatalog

    public init(_ catalog: RegistryCatalog) { self.catalog = catalog }

    /// The newest release of a layer for each target.
    ///
    /// - Parameters:
    ///   - words: a layer's name, or a requirement as the configuration writes it: `psycopg[binary,pool]`.
    ///   - target: only this one.
    ///   - region: only this one; releases that are not there are left out.
    /// - Returns: sorted by target; empty if nothing of the layer is where it was asked for.
    /// - Throws: `notFound`, with the nearest names, if the registry has no such layer.
    public func find(_ words: String, target: Target? = nil, region: Region? = nil) async throws -> [FoundLayer] {
        guard let history = try await history(of: words) else {
            let near = try await similar(to: words, region: region)
            throw StrataError(
                .notFound, "the registry has no layer '\(PlainLine.of(words))'",
                hint: near.isEmpty ? nil : "it has " + near.map { "'\($0)'" }.joined(separator: ", "))
        }
        let latest = history.releases.filter { release in
            release.status == .latest && (target.map { $0 == release.item.target } ?? true)
                && (region.map { release.numbers[$0] != nil } ?? true)
        }
        var found: [FoundLayer] = []
        for release in latest {
            let build = try await catalog.build(release.build, of: release.item)
            let regions = region.map { [$0] } ?? release.numbers.keys.sorted()
            found.append(
                FoundLayer(
                    item: release.item, build: release.build, version: build?.version,
                    published: release.published, contents: build,
                    arns: regions.compactMap { release.arn(in: $0) }))
        }
        return found.sorted { ($0.item, $0.build) < ($1.item, $1.build) }
    }

    private func history(of words: String) async throws -> LayerHistory? {
        var names: [LayerName] = []
        if let name = LayerName(words) { names.append(name) }
        if let requirement = try? Requirement(parsing: words), let name = LayerName(for: requirement) {
            names.append(name)
        }
        for name in names {
            if let history = try await catalog.history(of: name) { return history }
        }
        return nil
    }

    /// Layers whose names hold the words, or are held by them; at most five, the shortest first.
    private func similar(to words: String, region: Region?) async throws -> [LayerName] {
        let registry = try await catalog.registry()
        guard let region = region ?? registry.regions.compactMap({ Region($0) }).first else { return [] }
        let wanted = words.lowercased().filter { $0.isLetter || $0.isNumber }
        guard wanted.count >= 2 else { return [] }
        var near: Set<LayerName> = []
        for target in registry.targets.compactMap({ Target($0) }) {
            for row in try await catalog.rows(of: target, in: region, near: words) {
                let name = row.layer.lowercased().filter { $0.isLetter || $0.isNumber }
                guard name.contains(wanted) || name.count > 2 && wanted.contains(name) else { continue }
                if let layer = LayerName(row.layer) { near.insert(layer) }
            }
        }
        return Array(near.sorted { ($0.text.utf8.count, $0) < ($1.text.utf8.count, $1) }.prefix(5))
    }
}

/// The newest release of a layer for a target.
public struct FoundLayer: Sendable, Hashable {
    public let item: Item
    public let build: Int
    /// nil if the registry's build could not be read.
    public let version: String?
    public let published: Timestamp
    public let contents: BuildSummary?
    /// Sorted by region.
    public let arns: [LayerARN]
}
