import FoundationEssentials
import Model

/// How the tables of all layers are split into files, so that a change of one layer rewrites little however many there
/// are, and a small registry has few files.
///
/// A shard is the beginning of names, in lower case. It begins as one character; when it has more layers than fit, it
/// is split by the character that follows. A layer is in the longest shard that its name in lower case begins with.
/// The split follows from the names alone: a registry that grew layer by layer is split like one made at once.
struct ShardLayout {
    /// So many layers a file holds at most. A row of a region is about 150 bytes, one of the numbers up to 700.
    static let usualCapacity = 160

    /// How a name is looked at.
    enum Key: Sendable {
        /// In lower case; a shard has one character at least.
        case name
        /// As a search compares names; all are in one shard while they are few.
        case search

        func bytes(_ name: [UInt8]) -> [UInt8] {
            switch self {
            case .name: name.map(\.asciiLowercased)
            case .search: Array(SearchRow.plain(String(decoding: name, as: UTF8.self)).utf8)
            }
        }
    }

    /// Sorted.
    let shards: [String]
    private let key: Key

    init(_ shards: [String], _ key: Key = .name) {
        self.shards = shards.sorted()
        self.key = key
    }

    /// The layout of a branch; empty if it has none.
    init(existing filter: ChangeFilter) throws {
        struct Index: Decodable { let shards: [String] }
        let path = "api/v1/index.json"
        let index = try filter.existing(path).map { try RegistryJSON.decode(Index.self, from: $0, path: path) }
        self.init(index?.shards ?? [])
    }

    /// The shard that a layer is in, or would be put in.
    func home(of layer: some StringProtocol) -> String {
        let name = key.bytes(Array(layer.utf8))
        let shortest = key == .name ? 1 : 0
        for length in shortest..<max(shortest + 1, name.count) {
            let prefix = String(decoding: name[..<length], as: UTF8.self)
            if !isSplit(prefix) { return prefix }
        }
        return String(decoding: name, as: UTF8.self)
    }

    /// The same layout of other shards.
    func with(_ shards: some Sequence<String>) -> ShardLayout { ShardLayout(Array(shards), key) }

    /// The shards that a shard is split into, if it holds some names.
    func splitting(_ shard: String, _ names: some Sequence<[UInt8]>, capacity: Int) -> [String] {
        Self.splitting(shard, names.map { key.bytes($0) }, capacity: capacity)
    }

    /// Whether longer shards begin with this one.
    private func isSplit(_ prefix: String) -> Bool {
        var (low, high) = (0, shards.count)
        while low < high {
            let middle = (low + high) / 2
            if shards[middle] <= prefix { low = middle + 1 } else { high = middle }
        }
        return low < shards.count && shards[low].hasPrefix(prefix)
    }

    /// The shards of some names that all begin alike.
    private static func splitting(_ prefix: String, _ names: [[UInt8]], capacity: Int) -> [String] {
        guard names.count > capacity else { return [prefix] }
        let length = prefix.utf8.count
        let groups = Dictionary(grouping: names) { $0.count > length ? $0[length] : nil }
        return groups.flatMap { next, names -> [String] in
            // The layer whose name is the beginning itself stays.
            guard let next else { return [prefix] }
            return splitting(prefix + String(UnicodeScalar(next)), names, capacity: capacity)
        }
    }
}

/// What a render does to the layout: which files become which.
struct Resharding {
    /// A file as it will be.
    struct Piece: Sendable {
        let shard: String
        /// The shard whose file holds its rows now; another one if that was split.
        let source: String
        /// Whether the source is split, so that only some of its rows are taken over.
        let isCarved: Bool
        /// The layers of the render that are in it. Empty for what a split only moves.
        var layers: Set<LayerName>

        /// Whether its file takes the place of its source. Such a file is written after those that read the source too.
        var isInPlace: Bool { source == shard }
    }

    /// What is in its source's place comes last.
    let pieces: [Piece]
    /// Shards whose files go, since they were split.
    let gone: [String]
    /// The layout after the render.
    let layout: ShardLayout

    /// - Parameters:
    ///   - before: the layout that the branch has.
    ///   - table: how a shard's file tells its layers.
    /// - Throws: `inconsistent` if a file of the branch is damaged.
    init(
        _ layers: [LayerName], capacity: Int, from before: ShardLayout, _ table: LineTable, path: (String) -> String,
        _ filter: ChangeFilter
    ) throws {
        var pieces: [String: Piece] = [:]
        var gone: [String] = []
        for (source, layers) in Dictionary(grouping: layers, by: { before.home(of: $0.text) }) {
            let path = path(source)
            var names = Set(layers.map { Array($0.text.utf8) })
            if let file = try filter.existing(path) {
                names.formUnion(try table.layers(in: file, path: path))
            }
            let shards = before.splitting(source, names, capacity: capacity)
            for shard in shards {
                pieces[shard] = Piece(shard: shard, source: source, isCarved: shards != [source], layers: [])
            }
            if !shards.contains(source), before.shards.contains(source) { gone.append(source) }
        }
        self.gone = gone.sorted()
        layout = before.with(Set(before.shards).subtracting(gone).union(pieces.keys))
        for layer in layers { pieces[layout.home(of: layer.text)]?.layers.insert(layer) }
        let sorted = pieces.values.sorted { $0.shard < $1.shard }
        self.pieces = sorted.filter { !$0.isInPlace } + sorted.filter(\.isInPlace)
    }

    /// The rows of a former file that a piece takes over.
    func rows(of piece: Piece, in file: [UInt8]?, _ table: LineTable, path: String) throws -> [UInt8]? {
        guard piece.isCarved, let file else { return file }
        return try table.selecting(from: file, path: path) { name in
            layout.home(of: String(decoding: name, as: UTF8.self)) == piece.shard
        }
    }
}

/// `api/v1/shards/{shard}.json`: the layers of a shard with the digest of each one's document.
enum LayerDigests {
    static let table = LineTable.json(key: "layer")

    static func path(of shard: String) -> String { "api/v1/shards/\(shard).json" }

    static func row(_ layer: LayerName, _ row: SearchRow, _ document: ContentDigest) -> [UInt8] {
        var object = JSONObject()
        object.add("layer", layer.text)
        object.add("version", row.version)
        object.add("sha256", document)
        return object.bytes
    }

    static func write(_ rows: [LayerName: [UInt8]], _ resharding: Resharding, through filter: ChangeFilter) throws {
        for piece in resharding.pieces {
            let source = path(of: piece.source)
            let blocks = piece.layers.map { layer in
                LineTable.Block(layer: layer, rows: rows[layer].map { [$0] } ?? [])
            }
            let old = try resharding.rows(of: piece, in: filter.existing(source), table, path: source)
            try filter.replace(path(of: piece.shard), with: table.replacing(blocks, in: old, path: source))
        }
        for shard in resharding.gone { try filter.delete(path(of: shard)) }
    }
}
