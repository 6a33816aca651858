/// How `main` lays out the folders that hold one entry for each layer: chosen when a registry is begun, told by its
/// `registry.json`, and the same for ever.
///
/// Hosts of repositories advise against more than some thousand entries in a folder, and each commit writes the whole
/// list of a folder anew that it changes something in.
public enum LayerFolders: String, Sendable, Hashable, Codable, CaseIterable {
    /// `layers/{layer}/`.
    case flat
    /// `layers/{xx}/{layer}/`, with the first two hexadecimal digits of the SHA-256 of the layer's name.
    case sharded

    /// What a registry that begins with so many layers gets if nobody has chosen.
    public static func `default`(for layers: Int) -> LayerFolders { layers > 1000 ? .sharded : .flat }

    /// The folder of what is kept of a layer, below `layers`.
    public func folder(of layer: LayerName) -> String { "layers/\(part(layer))" }

    /// The folder of a layer's requirements for a target.
    public func requirements(of item: Item) -> String { "deployments/\(item.target)/packages/\(part(item.layer))" }

    private func part(_ layer: LayerName) -> String {
        switch self {
        case .flat: layer.text
        case .sharded: "\(Self.shard(layer))/\(layer)"
        }
    }

    private static func shard(_ layer: LayerName) -> String { String(ContentDigest.of(layer.text).hex.prefix(2)) }

    /// The layer that a file of the branch belongs to, in either layout; nil for what belongs to no layer alone.
    public static func layer(of path: String) -> LayerName? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let rest: ArraySlice<Substring>
        switch parts.first {
        case "layers": rest = parts.dropFirst()
        case "deployments" where parts.count >= 5 && parts[2] == "packages": rest = parts.dropFirst(3)
        default: return nil
        }
        guard rest.count >= 2, let first = rest.first, let layer = LayerName(String(first)) else { return nil }
        // A flat layer may be called as a shard is. What is below it is no layer of that shard, but for a build of the
        // target 'any', whose file has a number for a name.
        guard rest.count >= 3, let inner = LayerName(String(rest[rest.startIndex + 1])), shard(inner) == first,
            rest.count > 3 || rest[rest.startIndex + 2].utf8.first?.isASCIIDigit != true
        else { return layer }
        return inner
    }
}
