import Model

/// What Lambda allows a layer to be.
public struct LayerLimits: Sendable, Hashable {
    /// All layers and the code of a function together, unpacked: 250 MiB.
    public var unzipped = ByteCount(262_144_000)
    /// What a request can carry: 50 MiB. A larger zip goes through S3, which is no failure.
    public var directUpload = ByteCount(52_428_800)

    public init() {}

    /// Whether the zip is too large to be sent in the request that publishes it.
    public func needsObjectStore(_ layer: SplicedLayer) -> Bool { layer.zipped > directUpload }

    /// - Throws: `.tooLarge` naming the largest packages and what pruning would save.
    public func check(_ layer: SplicedLayer) throws {
        guard layer.unzipped > unzipped else { return }
        let largest = layer.packages.sorted { ($0.unzipped, $1.name) > ($1.unzipped, $0.name) }.prefix(3)
            .map { "\($0.name) \($0.unzipped)" }.joined(separator: ", ")
        let savings = layer.prunable.filter { $0.value.unzipped.bytes > 0 }
            .sorted { ($0.value.unzipped, $1.key) > ($1.value.unzipped, $0.key) }
        let saved = savings.reduce(ByteCount(0)) { $0 + $1.value.unzipped }
        let details = savings.map { "\($0.key.rawValue) \($0.value.unzipped)" }.joined(separator: ", ")
        let hint: String
        if savings.isEmpty {
            hint = "split it into several layers"
        } else {
            let remainder = ByteCount(layer.unzipped.bytes - saved.bytes)
            hint =
                "pruning would save \(saved) (\(details)) and leave \(remainder)"
                + (remainder > unzipped ? ", still too much: split it into several layers" : "")
        }
        throw StrataError(
            .tooLarge,
            "the layer unpacks to \(layer.unzipped), more than Lambda's \(unzipped) for all layers and code together;"
                + " largest: \(largest)",
            hint: hint)
    }
}
