/// `listed.txt`: for each layer how many releases are listed and exist, and the digest of which bytes each ARN holds.
///
/// A line is `LAYER COUNT SHA256`, sorted by layer. The digest is of the layer's pairs: a line `ARN SHA256` for each
/// release, sorted by its bytes, each ended by a line feed; `-` stands for the digest of an imported build without one.
public struct ListedDigests: Sendable, Hashable {
    public static let path = "listed.txt"

    public struct Entry: Sendable, Hashable {
        public let count: Int
        public let digest: ContentDigest

        /// - Parameter pairs: ARNs with the digest of the zip, in any order.
        public init(_ pairs: some Sequence<(arn: String, sha256: ContentDigest?)>) {
            let lines = pairs.map { Array("\($0.arn) \($0.sha256?.hex ?? "-")\n".utf8) }
                .sorted { $0.lexicographicallyPrecedes($1) }
            count = lines.count
            digest = .of(lines.joined())
        }

        fileprivate init(count: Int, digest: ContentDigest) { (self.count, self.digest) = (count, digest) }
    }

    public private(set) var entries: [LayerName: Entry]

    public init(_ entries: [LayerName: Entry] = [:]) { self.entries = entries }

    public subscript(layer: LayerName) -> Entry? {
        get { entries[layer] }
        set { entries[layer] = newValue?.count == 0 ? nil : newValue }
    }

    /// Of all layers.
    public var count: Int { entries.values.reduce(0) { $0 + $1.count } }

    public var bytes: [UInt8] {
        entries.sorted { $0.key < $1.key }.flatMap { Array("\($0) \($1.count) \($1.digest)\n".utf8) }
    }

    /// - Returns: nil unless every line is a layer's name, a number from 1 on and a digest, each layer once.
    public init?(_ file: [UInt8]) {
        guard file.isEmpty || file.last == 0x0a else { return nil }
        var entries: [LayerName: Entry] = [:]
        for line in file.dropLast().split(separator: 0x0a, omittingEmptySubsequences: false) where !file.isEmpty {
            let parts = String(decoding: line, as: UTF8.self).split(separator: " ", omittingEmptySubsequences: false)
            guard parts.count == 3, let layer = LayerName(String(parts[0])), let count = Int(parts[1]),
                1...100_000_000 ~= count, parts[1] == "\(count)", let digest = ContentDigest(lowercase: parts[2]),
                entries.updateValue(Entry(count: count, digest: digest), forKey: layer) == nil
            else { return nil }
        }
        self.entries = entries
    }
}
