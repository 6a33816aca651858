import Model

/// Finds the newest ARNs of a layer.
public struct LayerFinder: Sendable {
    private let catalog: RegistryCatalog
    private let now: Timestamp

    /// - Parameter now: releases that have ended by then are not found.
    public init(_ catalog: RegistryCatalog, now: Timestamp = Timestamp(seconds: 0)) {
        self.catalog = catalog
        self.now = now
    }

    /// The release of a layer that will do, for each target: the latest, or, where versions are asked for, the highest
    /// of those that will do among all that can be used, deprecated ones included. Where nothing is the latest any
    /// more, the newest that still works.
    ///
    /// - Parameters:
    ///   - words: a layer's name, or a requirement as the configuration writes it: `psycopg[binary,pool]`, `pandas<3`.
    ///   - target: only this one.
    ///   - region: only this one; releases that are not there are left out.
    /// - Returns: sorted by target; empty if nothing that will do is where it was asked for.
    /// - Throws: `notFound`, with the nearest names, if the registry has no such layer, or the layer was never there;
    ///   `configuration` for a requirement that is not understood.
    public func find(_ words: String, target: Target? = nil, region: Region? = nil) async throws -> [FoundLayer] {
        let wish = try FindWish(words)
        guard let history = try await history(of: wish, region: region) else {
            throw try await unknown(wish.name, near: wish.parts?.first, region: region)
        }
        try refuseWrongPlace(history, target, region)
        let usable = history.releases.filter { release in
            release.isUsable(at: now) && (target.map { $0 == release.item.target } ?? true)
                && (region.map { release.numbers[$0] != nil } ?? true)
        }
        var found: [FoundLayer] = []
        for (_, releases) in Dictionary(grouping: usable, by: \.item) {
            found += try await best(of: releases, wish.specifiers, region)
        }
        return found.sorted { ($0.item, $0.build) < ($1.item, $1.build) }
    }

    private func best(
        of releases: [ListedRelease], _ specifiers: VersionSpecifiers?, _ region: Region?
    ) async throws -> [FoundLayer] {
        var releases = releases
        if specifiers == nil {
            let latest = releases.filter { $0.status == .latest }
            let newest = releases.max { ($0.published, $0.build) < ($1.published, $1.build) }
            releases = latest.isEmpty ? [newest].compactMap(\.self) : latest
        }
        var summaries: [Int: BuildSummary] = [:]
        for build in Set(releases.map(\.build)) {
            guard let item = releases.first?.item else { break }
            summaries[build] = try await catalog.build(build, of: item)
        }
        if let specifiers {
            releases = highest(of: releases, summaries, specifiers)
        }
        return releases.map { release in
            let regions = region.map { [$0] } ?? release.numbers.keys.sorted()
            let summary = summaries[release.build]
            return FoundLayer(
                item: release.item, build: release.build, version: summary?.version, published: release.published,
                contents: summary, status: release.status, expires: release.expires, fate: release.fate,
                arns: regions.compactMap { release.arn(in: $0) })
        }
    }

    /// The releases of the highest version that will do; of pre-releases only if nothing else will, or they are asked
    /// for. Of a version, the newest build.
    private func highest(
        of releases: [ListedRelease], _ summaries: [Int: BuildSummary], _ specifiers: VersionSpecifiers
    ) -> [ListedRelease] {
        let fitting = releases.compactMap { release -> (release: ListedRelease, version: PackageVersion)? in
            guard let version = summaries[release.build].flatMap({ PackageVersion($0.version) }),
                specifiers.contains(version)
            else { return nil }
            return (release, version)
        }
        let stable = fitting.filter { specifiers.allowsPreReleases || $0.version.isStable }
        let candidates = stable.isEmpty ? fitting : stable
        let best = candidates.max {
            ($0.version, $0.release.build, $0.release.published) < ($1.version, $1.release.build, $1.release.published)
        }
        guard let best else { return [] }
        // The same build may be listed several times: under other names, or with other ends.
        let same = candidates.map(\.release).filter { $0.build == best.release.build }
        let latest = same.filter { $0.status == .latest }
        return latest.isEmpty ? same : latest
    }

    /// - Throws: `notFound`, with the nearest names, if the registry has no such layer.
    public func requireLayer(_ name: LayerName) async throws {
        guard try await catalog.history(of: name) == nil else { return }
        throw try await unknown(name.text, region: nil)
    }

    private func unknown(_ name: String, near word: String? = nil, region: Region?) async throws -> StrataError {
        let near = try await similar(to: word ?? name, region: region)
        return StrataError(
            .notFound, "the registry has no layer '\(PlainLine.of(name))'",
            hint: near.isEmpty ? nil : "it has " + near.map { "'\($0)'" }.joined(separator: ", "))
    }

    private func history(of wish: FindWish, region: Region?) async throws -> LayerHistory? {
        for name in wish.layers {
            if let history = try await catalog.history(of: name) { return history }
        }
        // A layer with more extras holds what was asked for, too: the one with the fewest.
        guard let parts = wish.parts, let package = parts.first else { return nil }
        let wider = try await names(near: package, region: region).filter { name in
            let held = name.split(separator: "_").map(String.init)
            return held.first == package && Set(parts).isSubset(of: held)
        }.min { ($0.utf8.count, $0) < ($1.utf8.count, $1) }
        guard let wider = wider.flatMap(LayerName.init) else { return nil }
        return try await catalog.history(of: wider)
    }

    /// Refuses a target or a region that the layer was never in, with the nearest.
    private func refuseWrongPlace(_ history: LayerHistory, _ target: Target?, _ region: Region?) throws(StrataError) {
        let targets = Set(history.releases.map(\.item.target)).sorted()
        if let target, !targets.contains(target) {
            throw missing("target", target.description, targets.map(\.description), history.layer)
        }
        let regions = Set(history.releases.flatMap(\.numbers.keys)).sorted()
        if let region, !regions.contains(region) {
            throw missing("region", region.code, regions.map(\.code), history.layer)
        }
    }

    private func missing(_ what: String, _ word: String, _ known: [String], _ layer: LayerName) -> StrataError {
        let near = Suggestion.nearest(to: word, among: known, count: 3)
        let hint =
            near.isEmpty
            ? "it is for " + known.prefix(8).joined(separator: ", ") + (known.count > 8 ? ", …" : "")
            : "did you mean " + near.map { "'\($0)'" }.joined(separator: " or ") + "?"
        return StrataError(
            .notFound, "\(layer) has no release for the \(what) \(word)", hint: known.isEmpty ? nil : hint)
    }

    /// The names that the registry lists somewhere near a word, in a region.
    private func names(near words: String, region: Region?) async throws -> Set<String> {
        let registry = try await catalog.registry()
        var regions = registry.regions.compactMap { Region($0) }.prefix(1)
        if let region { regions = [region] }
        var names: Set<String> = []
        for region in regions {
            for target in registry.targets.compactMap({ Target($0) }) {
                for row in try await catalog.rows(of: target, in: region, near: words) { names.insert(row.layer) }
            }
        }
        return names
    }

    /// Layers whose names are nearly the words, hold them, or are held by them; at most five, the nearest first.
    private func similar(to words: String, region: Region?) async throws -> [LayerName] {
        let wanted = words.lowercased().filter { $0.isLetter || $0.isNumber }
        guard wanted.count >= 2 else { return [] }
        let names = try await names(near: words, region: region)
        let held = names.filter { layer in
            let name = layer.lowercased().filter { $0.isLetter || $0.isNumber }
            return name.contains(wanted) || name.count > 2 && wanted.contains(name)
        }.sorted { ($0.utf8.count, $0) < ($1.utf8.count, $1) }
        var seen: Set<String> = []
        let near = (Suggestion.nearest(to: words, among: names, count: 3) + held).filter { seen.insert($0).inserted }
        return Array(near.compactMap(LayerName.init).prefix(5))
    }
}

extension ListedRelease {
    /// Whether a function can be made with it and keep working for a while.
    func isUsable(at now: Timestamp) -> Bool {
        status == .latest || status == .deprecated && (expires.map { $0 > now } ?? true)
    }
}

/// A release of a layer for a target.
public struct FoundLayer: Sendable, Hashable {
    public let item: Item
    public let build: Int
    /// nil if the registry's build could not be read.
    public let version: String?
    public let published: Timestamp
    public let contents: BuildSummary?
    /// `latest` or `deprecated`.
    public let status: Release.Status
    /// When it may be deleted, where that is known.
    public let expires: Timestamp?
    /// What is worth knowing of one that is not the latest: `is deprecated and may be deleted from 2026-11-30 on`.
    public let fate: String?
    /// Sorted by region.
    public let arns: [LayerARN]
}
