import FoundationEssentials
import Model

/// `data/find/{shard}.js`: what a browser searches, split by how names begin so that a query loads one file.
///
/// A registry of few layers has one file, `data/find/~.js`, whose shard is the empty beginning. `data/find.js` lists the
/// shards and how many layers each has.
struct SearchIndex {
    /// So many layers a file holds at most: about 60 KB, which slow networks bring within a second.
    static let usualCapacity = 200

    private let capacity: Int
    private var rows: [LayerName: [UInt8]] = [:]

    private static let manifest = "data/find.js"
    private static let table = LineTable(head: "strata.shard([\n", tail: "]);\n", separator: ",") { line in
        line.dropFirst(2).prefix { $0 != UInt8(ascii: "\"") }
    }

    init(capacity: Int) { self.capacity = capacity }

    mutating func add(_ row: SearchRow, of layer: LayerName) { rows[layer] = row.bytes }

    /// - Returns: where the rows are then.
    func write(through filter: ChangeFilter) throws -> SearchShards {
        try removeFormer(filter)
        let before = try SearchShards(existing: filter)
        let resharding = try Resharding(
            Array(rows.keys), capacity: capacity, from: ShardLayout(Array(before.counts.keys), .search), Self.table,
            path: Self.path, filter)
        var counts = before.counts
        for piece in resharding.pieces {
            let source = Self.path(of: piece.source)
            let blocks = piece.layers.map { layer in
                LineTable.Block(layer: layer, rows: rows[layer].map { [$0] } ?? [])
            }
            let old = try resharding.rows(of: piece, in: filter.existing(source), Self.table, path: source)
            let new = try Self.table.replacing(blocks, in: old, path: source)
            try filter.replace(Self.path(of: piece.shard), with: new)
            counts[piece.shard] = new.map { file in file.count { $0 == 0x0a } - 2 }
        }
        for shard in resharding.gone {
            try filter.delete(Self.path(of: shard))
            counts[shard] = nil
        }
        let shards = SearchShards(
            counts: counts, touched: Set(resharding.pieces.map(\.shard)), gone: Set(resharding.gone))
        try filter.write(shards.bytes, to: Self.manifest)
        return shards
    }

    /// The files of the first index, which was split by letters.
    private func removeFormer(_ filter: ChangeFilter) throws {
        let former = "data/search.js"
        guard try filter.existing(former) != nil else { return }
        for letter in try Self.names(in: former, filter) {
            try filter.delete("data/search/\(letter).js")
            try filter.delete("browse/\(letter).html")
        }
        try filter.delete(former)
    }

    static func path(of shard: String) -> String { "data/find/\(shard.isEmpty ? "~" : shard).js" }

    /// The texts in the list that a script assigns.
    static func names(in path: String, _ filter: ChangeFilter) throws -> Set<String> {
        guard let file = try filter.existing(path) else { return [] }
        let list = file.drop { $0 != UInt8(ascii: "[") }.prefix { $0 != UInt8(ascii: ";") }
        return Set(try RegistryJSON.decode([String].self, from: Array(list), path: path))
    }

    fileprivate static func rows(in shard: String, _ filter: ChangeFilter) throws -> [SearchRow] {
        let path = path(of: shard)
        guard let file = try filter.existing(path) else { return [] }
        let list = file.dropFirst(table.head.utf8.count - 2).dropLast(table.tail.utf8.count - 1)
        return try RegistryJSON.decode([SearchRow].self, from: Array(list), path: path)
    }

    fileprivate static func counts(_ filter: ChangeFilter) throws -> [String: Int] {
        struct Entry: Decodable {
            let shard: String
            let count: Int

            init(from decoder: any Decoder) throws {
                var list = try decoder.unkeyedContainer()
                shard = try list.decode(String.self)
                count = try list.decode(Int.self)
            }
        }
        guard let file = try filter.existing(manifest) else { return [:] }
        let list = file.drop { $0 != UInt8(ascii: "[") }.prefix { $0 != UInt8(ascii: ";") }
        let entries = try RegistryJSON.decode([Entry].self, from: Array(list), path: manifest)
        return Dictionary(entries.map { ($0.shard, $0.count) }) { first, _ in first }
    }
}

/// Where the rows of the search index are.
struct SearchShards {
    /// Layers by shard.
    let counts: [String: Int]
    /// Those that a render wrote.
    let touched: Set<String>
    /// Those that a render split.
    let gone: Set<String>

    fileprivate init(counts: [String: Int], touched: Set<String>, gone: Set<String>) {
        self.counts = counts
        self.touched = touched
        self.gone = gone
    }

    fileprivate init(existing filter: ChangeFilter) throws {
        self.init(counts: try SearchIndex.counts(filter), touched: [], gone: [])
    }

    /// Whether all rows are in one file.
    var isOne: Bool { counts.keys.allSatisfy(\.isEmpty) }

    func rows(of shard: String, _ filter: ChangeFilter) throws -> [SearchRow] {
        try SearchIndex.rows(in: shard, filter)
    }

    /// All rows of a small registry.
    func all(_ filter: ChangeFilter) throws -> [SearchRow] {
        try counts.keys.sorted().flatMap { try rows(of: $0, filter) }.sorted {
            LineTable.precedes($0.layer.utf8, $1.layer.utf8)
        }
    }

    /// The rows of some layers, in their order; without those that there are not.
    func rows(of layers: [LayerName], _ filter: ChangeFilter) throws -> [SearchRow] {
        let layout = ShardLayout(Array(counts.keys), .search)
        let homes = Dictionary(grouping: layers, by: { layout.home(of: $0.text) })
        var found: [String: SearchRow] = [:]
        for shard in homes.keys {
            for row in try rows(of: shard, filter) { found[row.layer] = row }
        }
        return layers.compactMap { found[$0.text] }
    }

    fileprivate var bytes: [UInt8] {
        let entries = counts.sorted { $0.key < $1.key }.map { shard, count in
            JSONObject.array([JSONObject.text(shard), Array("\(count)".utf8)])
        }
        return Array("strata.shards = ".utf8) + JSONObject.array(entries) + Array(";\n".utf8)
    }
}
