import FoundationEssentials
import Model

/// `data/search/{letter}.js`, and the pages that list a letter's layers for readers without a script.
struct SearchIndex {
    private var blocks: [String: [LineTable.Block]] = [:]

    static let table = LineTable(head: "strata.shard([\n", tail: "]);\n", separator: ",") { line in
        line.dropFirst(2).prefix { $0 != UInt8(ascii: "\"") }
    }

    mutating func add(_ row: SearchRow, of layer: LayerName) {
        blocks[Self.letter(of: layer), default: []].append(LineTable.Block(layer: layer, rows: [row.bytes]))
    }

    /// The first letter or digit of a layer's name in lower case, or `_`. A browser loads all letters, so they are few.
    private static func letter(of layer: LayerName) -> String {
        guard let byte = layer.text.utf8.first?.asciiLowercased, byte.isASCIIAlphanumeric else { return "_" }
        return String(UnicodeScalar(byte))
    }

    /// - Returns: all letters, sorted.
    func write(through filter: ChangeFilter, pages: Pages) throws -> [String] {
        let manifest = try Self.shards(in: "data/search.js", filter)
        let letters = manifest.union(blocks.keys).sorted()
        for (letter, blocks) in blocks.sorted(by: { $0.key < $1.key }) {
            let path = Self.path(of: letter)
            let old = try filter.existing(path)
            let bytes = try Self.table.replacing(blocks, in: old, path: path)
            guard bytes != old || manifest.contains(letter) == false else { continue }
            try filter.replace(path, with: bytes)
            try BrowsePage(letter: letter, rows: Self.rows(of: letter, filter)).write(through: filter, pages: pages)
        }
        var out = Array("strata.shards = ".utf8)
        out.append(contentsOf: JSONObject.array(letters.map(JSONObject.text)))
        out.append(";\n")
        try filter.write(out, to: "data/search.js")
        return letters
    }

    /// The names of files that a script lists.
    static func shards(in path: String, _ filter: ChangeFilter) throws -> Set<String> {
        guard let file = try filter.existing(path) else { return [] }
        let list = file.drop { $0 != UInt8(ascii: "[") }.prefix { $0 != UInt8(ascii: ";") }
        return Set(try RegistryJSON.decode([String].self, from: Array(list), path: path))
    }

    static func path(of letter: String) -> String { "data/search/\(letter).js" }

    /// The rows of a letter, in the order of their layers.
    static func rows(of letter: String, _ filter: ChangeFilter) throws -> [SearchRow] {
        let path = Self.path(of: letter)
        guard let file = try filter.existing(path) else { return [] }
        let list = file.dropFirst(table.head.utf8.count - 2).dropLast(table.tail.utf8.count - 1)
        return try RegistryJSON.decode([SearchRow].self, from: Array(list), path: path)
    }
}
