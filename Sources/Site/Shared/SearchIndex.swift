import FoundationEssentials
import Model

/// `data/search/{shard}.js`, `api/v1/shards/{shard}.json`, and the pages that list a shard for readers without a
/// script.
struct SearchIndex {
    private var blocks: [String: [LineTable.Block]] = [:]
    private var documents: [String: [LineTable.Block]] = [:]

    static let table = LineTable(head: "strata.shard([\n", tail: "]);\n", separator: ",") { line in
        line.dropFirst(2).prefix { $0 != UInt8(ascii: "\"") }
    }

    /// - Parameter document: the digest of the layer's document in the API.
    mutating func add(_ row: SearchRow, of layer: LayerName, document: ContentDigest) {
        var object = JSONObject()
        object.add("layer", layer.text)
        object.add("version", row.version)
        object.add("sha256", document.hex)
        documents[Shard.of(layer), default: []].append(LineTable.Block(layer: layer, rows: [object.bytes]))
        blocks[Shard.of(layer), default: []].append(LineTable.Block(layer: layer, rows: [row.bytes]))
    }

    /// - Returns: all shards, sorted.
    func write(through filter: ChangeFilter, pages: Pages) throws -> [String] {
        let manifest = try Self.manifest(filter)
        let shards = Set(manifest).union(blocks.keys).sorted()
        for (shard, blocks) in documents.sorted(by: { $0.key < $1.key }) {
            let path = "api/v1/shards/\(shard).json"
            let table = LineTable.json(key: "layer")
            try filter.replace(path, with: table.replacing(blocks, in: filter.existing(path), path: path))
        }
        for (shard, blocks) in blocks.sorted(by: { $0.key < $1.key }) {
            let path = Self.path(of: shard)
            let old = try filter.existing(path)
            let bytes = try Self.table.replacing(blocks, in: old, path: path)
            guard bytes != old || manifest.contains(shard) == false else { continue }
            try filter.replace(path, with: bytes)
            try BrowsePage(shard: shard, rows: Self.rows(of: shard, filter)).write(through: filter, pages: pages)
        }
        var out = Array("strata.shards = ".utf8)
        out.append(contentsOf: JSONObject.array(shards.map(JSONObject.text)))
        out.append(";\n")
        try filter.write(out, to: "data/search.js")
        return shards
    }

    private static func manifest(_ filter: ChangeFilter) throws -> [String] {
        let path = "data/search.js"
        guard let file = try filter.existing(path) else { return [] }
        let list = file.drop { $0 != UInt8(ascii: "[") }.prefix { $0 != UInt8(ascii: ";") }
        return try RegistryJSON.decode([String].self, from: Array(list), path: path)
    }

    static func path(of shard: String) -> String { "data/search/\(shard).js" }

    /// The rows of a shard, in the order of their layers.
    static func rows(of shard: String, _ filter: ChangeFilter) throws -> [SearchRow] {
        let path = Self.path(of: shard)
        guard let file = try filter.existing(path) else { return [] }
        let list = file.dropFirst(table.head.utf8.count - 2).dropLast(table.tail.utf8.count - 1)
        return try RegistryJSON.decode([SearchRow].self, from: Array(list), path: path)
    }
}
