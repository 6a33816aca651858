import Model

/// `data/arns/{hash}.js`: which layers were published under a name of Lambda's, so that an ARN that somebody pastes is
/// found by loading one small file. 256 files at most, each with the names of one hash; `data/arns.js` tells which.
package struct NameIndex {
    private var blocks: [String: [LineTable.Block]] = [:]

    private static let table = LineTable(head: "strata.names([\n", tail: "]);\n", separator: ",") { line in
        line.dropFirst(2).prefix { $0 != UInt8(ascii: "\"") }
    }

    /// Puts a layer's names in place of those it had.
    mutating func add(_ layer: LayerName, _ names: Set<String>, before: Set<String>) {
        let now = Dictionary(grouping: names, by: Self.shard)
        for shard in Set(now.keys).union(before.map(Self.shard)) {
            let row = now[shard].map { names in
                JSONObject.array([
                    JSONObject.text(layer.text), JSONObject.array(names.sorted().map(JSONObject.text)),
                ])
            }
            blocks[shard, default: []].append(LineTable.Block(layer: layer, rows: row.map { [$0] } ?? []))
        }
    }

    func write(through filter: ChangeFilter) throws {
        let manifest = "data/arns.js"
        var shards = try SearchIndex.names(in: manifest, filter)
        for (shard, blocks) in blocks.sorted(by: { $0.key < $1.key }) {
            let path = "data/arns/\(shard).js"
            let bytes = try Self.table.replacing(blocks, in: filter.existing(path), path: path)
            try filter.replace(path, with: bytes)
            if bytes == nil { shards.remove(shard) } else { shards.insert(shard) }
        }
        var out = Array("strata.hashes = ".utf8)
        out.append(contentsOf: JSONObject.array(shards.sorted().map(JSONObject.text)))
        out.append(";\n")
        try filter.write(out, to: manifest)
    }

    /// Two digits of the name's FNV-1a hash, which a script computes in a line.
    /// https://datatracker.ietf.org/doc/html/draft-eastlake-fnv
    package static func shard(of name: String) -> String {
        var hash: UInt32 = 0x811c_9dc5
        for byte in name.utf8 { hash = (hash ^ UInt32(byte)) &* 0x0100_0193 }
        let byte = UInt8(truncatingIfNeeded: hash ^ (hash >> 16))
        return String(decoding: [(byte >> 4).hexDigit, (byte & 15).hexDigit], as: UTF8.self)
    }
}
