import Crypto
import Files
import Model

/// Looks for the build that a layer's zip on disk is.
public struct FileVerifier: Sendable {
    public let catalog: RegistryCatalog
    /// Where to look when a file's name does not tell its layer.
    public let layers: [LayerName]

    public init(_ catalog: RegistryCatalog, layers: [LayerName]) {
        self.catalog = catalog
        self.layers = layers
    }

    /// - Parameter layer: the layer that it is to be of; nil to go by the file's name, and then look through all.
    /// - Throws: `file` if it cannot be read; what reading the registry throws.
    public func verify(_ path: String, layer: LayerName? = nil) async throws -> FileVerdict {
        let digest = try await Self.digest(of: path)
        let name = path.split(separator: "/").last.map { $0.hasSuffix(".zip") ? $0.dropLast(4) : $0 } ?? ""
        let likely = layer.map { [$0] } ?? NameCandidates.layers(in: String(name)).filter { $0.text.utf8.count > 1 }
        var seen: Set<LayerName> = []
        for candidate in likely + (layer == nil ? layers : []) where seen.insert(candidate).inserted {
            if let found = try await build(with: digest, of: candidate) {
                return FileVerdict(
                    file: path, kind: .same, status: found.status, item: found.item, build: found.build, sha256: digest)
            }
        }
        return FileVerdict(file: path, kind: .unlisted, status: nil, item: nil, build: nil, sha256: digest)
    }

    private func build(
        with digest: ContentDigest, of layer: LayerName
    ) async throws -> (item: Item, build: Int, status: Release.Status)? {
        guard let history = try await catalog.history(of: layer) else { return nil }
        struct Place: Hashable {
            let item: Item
            let build: Int
        }
        let places = Dictionary(grouping: history.releases) { Place(item: $0.item, build: $0.build) }
        for (place, releases) in places.sorted(by: { ($0.key.item, $1.key.build) < ($1.key.item, $0.key.build) })
        where try await catalog.build(place.build, of: place.item)?.sha256 == digest {
            let order: [Release.Status] = [.yanked, .latest, .deprecated]
            let status = order.first { status in releases.contains { $0.status == status } }
            return (place.item, place.build, status ?? .deleted)
        }
        return nil
    }

    private static func digest(of path: String) async throws -> ContentDigest {
        try await blocking {
            let file = try OpenFile(path)
            var hash = SHA256()
            try file.forEachPiece { hash.update(data: $0) }
            return ContentDigest(hash.finalize())
        }
    }
}

/// What verifying a layer's zip came to.
public struct FileVerdict: Sendable, Hashable, Codable {
    public enum Kind: String, Sendable, Codable {
        /// The registry lists these bytes.
        case same
        /// It does not.
        case unlisted
    }
    public let file: String
    public let kind: Kind
    /// `yanked` if any release of the build is, else `latest` if one is.
    public let status: Release.Status?
    public let item: Item?
    /// The build's build number.
    public let build: Int?
    public let sha256: ContentDigest

    /// True if a consumer can rely on the bytes.
    public var isGood: Bool { kind == .same && status != .yanked }

    /// A line for people.
    public var text: String {
        let digest = "(sha256 \(sha256.hex.prefix(16)))"
        guard let item, let build, let status else { return "\(file): the registry lists no such bytes \(digest)" }
        return "\(file): the same as \(item) build \(build), \(status.rawValue) \(digest)"
    }
}
