import Model

/// What Lambda allows a layer to be.
public struct LayerLimits: Sendable, Hashable {
    /// All layers and the code of a function together, unpacked: 250 MiB.
    public var unzipped = ByteCount(262_144_000)

    /// The distributions that the runtime brings itself: a layer can do without them.
    private let brought: Set<String>

    /// - Parameter brought: by PEP 503's names.
    public init(brought: Set<String>) { self.brought = brought }

    /// - Throws: `.tooLarge` naming the largest packages, and what would help by how much.
    public func check(_ layer: SplicedLayer) throws {
        guard layer.unzipped > unzipped else { return }
        let largest = layer.packages.sorted { ($0.unzipped, $1.name) > ($1.unzipped, $0.name) }.prefix(3)
            .map { "\($0.name) \($0.unzipped)" }.joined(separator: ", ")
        let savings = layer.prunable.filter { $0.value.unzipped.bytes > 0 }
            .sorted { ($0.value.unzipped, $1.key) > ($1.value.unzipped, $0.key) }
        let pruned = savings.reduce(ByteCount(0)) { $0 + $1.value.unzipped }
        let brought = layer.packages.filter { self.brought.contains($0.name) && $0.unzipped.bytes > 0 }
        let spared = brought.reduce(ByteCount(0)) { $0 + $1.unzipped }
        var advice: [String] = []
        if !savings.isEmpty {
            let kinds = savings.map(\.key.rawValue).joined(separator: ", ")
            let details = savings.map { "\($0.key.rawValue) \($0.value.unzipped)" }.joined(separator: ", ")
            advice.append("'prune: [\(kinds)]' saves \(pruned) (\(details))")
        }
        if !brought.isEmpty {
            let names = brought.map(\.name).joined(separator: ", ")
            advice.append(
                "Lambda's Python includes \(names), in its own version: 'provided: [\(names)]' saves \(spared)")
        }
        let remainder = ByteCount(layer.unzipped.bytes - pruned.bytes - spared.bytes)
        let isEnough = remainder <= unzipped
        if let heaviest = layer.packages.max(by: { ($0.unzipped, $1.name) < ($1.unzipped, $0.name) }), !isEnough {
            advice.append(
                "\(heaviest.name) \(heaviest.version) alone takes \(heaviest.unzipped): look for a smaller build of it, or for "
                    + "what asks for it")
            advice.append(
                "a function whose image is a container may have 10 GB: 'strata build --image' writes the layer for it")
        }
        let summary =
            savings.isEmpty && brought.isEmpty ? "" : isEnough ? ", which leaves \(remainder)" : ", still too much"
        let first = advice.prefix(advice.count - (isEnough ? 0 : 2)).joined(separator: "; ") + summary
        let hint = ([first] + (isEnough ? [] : advice.suffix(2))).filter { !$0.isEmpty }.joined(separator: "; ")
        throw StrataError(
            .tooLarge,
            "the layer unpacks to \(layer.unzipped), more than Lambda's \(unzipped) for all layers and code together;"
                + " largest: \(largest)",
            hint: hint)
    }
}
