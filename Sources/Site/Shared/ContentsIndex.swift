import FoundationEssentials
import Model

/// What a search looks into where the names of layers have no answer: `data/words/{letter}.js`, the names of layers and
/// of the packages in them and how many layers have each; and `data/inside/{hash}.js`, which layers hold a package.
///
/// A name stands once for each of its parts that a reader may begin with: `python-dateutil` also as `dateutil`.
struct ContentsIndex {
    private struct Word: Hashable {
        let word: String
        let name: String
    }

    /// How many layers have a name: as their own, and as that of a package inside.
    private struct Count {
        var named = 0
        var held = 0

        var isNothing: Bool { named == 0 && held == 0 }
    }

    private var words: [String: [Word: Count]] = [:]
    private var holders: [String: [LineTable.Block]] = [:]

    private static let holderTable = LineTable(head: "strata.inside([\n", tail: "]);\n", separator: ",") { line in
        line.dropFirst(2).prefix { $0 != UInt8(ascii: "\"") }
    }
    /// A name has so many beginnings at most.
    private static let mostParts = 4

    /// Puts what a layer holds in place of what it held.
    ///
    /// - Parameters:
    ///   - packages: versions by name.
    ///   - before: nil if the layer is new, or was written before this was kept.
    mutating func add(_ layer: LayerName, _ packages: [String: String], before: [String: String]?) {
        count(layer, packages, 1)
        if let before { count(layer, before, -1) }
        let now = Dictionary(grouping: packages.filter { $0.key != layer.text }, by: { NameIndex.shard(of: $0.key) })
        let then = Dictionary(
            grouping: (before ?? [:]).filter { $0.key != layer.text }, by: { NameIndex.shard(of: $0.key) })
        for shard in Set(now.keys).union(then.keys) {
            let row = now[shard].map { packages in
                JSONObject.array(
                    [JSONObject.text(layer.text)]
                        + packages.sorted { $0.key < $1.key }.flatMap {
                            [JSONObject.text($0.key), JSONObject.text(Words.short($0.value, 80))]
                        })
            }
            holders[shard, default: []].append(LineTable.Block(layer: layer, rows: row.map { [$0] } ?? []))
        }
    }

    private mutating func count(_ layer: LayerName, _ packages: [String: String], _ change: Int) {
        count(SearchRow.plain(layer.text)) { $0.named += change }
        for name in packages.keys where name != layer.text { count(name) { $0.held += change } }
    }

    private mutating func count(_ name: String, _ change: (inout Count) -> Void) {
        let parts = name.split(separator: "-", omittingEmptySubsequences: true).prefix(Self.mostParts)
        for part in parts {
            let word = String(name[part.startIndex...])
            change(&words[Self.letter(of: word), default: [:]][Word(word: word, name: name), default: Count()])
        }
    }

    /// The first letter or digit, or `_`.
    private static func letter(of word: String) -> String {
        guard let byte = word.utf8.first, byte.isASCIIAlphanumeric else { return "_" }
        return String(UnicodeScalar(byte))
    }

    func write(through filter: ChangeFilter) throws {
        let manifest = "data/words.js"
        var letters = try SearchIndex.names(in: manifest, filter)
        for (letter, changes) in words.sorted(by: { $0.key < $1.key }) {
            guard changes.contains(where: { !$0.value.isNothing }) else { continue }
            let path = "data/words/\(letter).js"
            var counts = try filter.existing(path).map { try Self.counts(in: $0, path: path) } ?? [:]
            for (word, change) in changes {
                counts[word, default: Count()].named += change.named
                counts[word, default: Count()].held += change.held
            }
            counts = counts.filter { !$0.value.isNothing }
            try filter.replace(path, with: counts.isEmpty ? nil : Self.bytes(of: counts))
            if counts.isEmpty { letters.remove(letter) } else { letters.insert(letter) }
        }
        let list = JSONObject.array(letters.sorted().map(JSONObject.text))
        try filter.write(Array("strata.letters = ".utf8) + list + Array(";\n".utf8), to: manifest)
        for (shard, blocks) in holders.sorted(by: { $0.key < $1.key }) {
            let path = "data/inside/\(shard).js"
            try filter.replace(path, with: Self.holderTable.replacing(blocks, in: filter.existing(path), path: path))
        }
    }

    private static let head = "strata.words([\n"
    private static let tail = "\n]);\n"

    private static func bytes(of counts: [Word: Count]) -> [UInt8] {
        let rows = counts.sorted { ($0.key.word, $0.key.name) < ($1.key.word, $1.key.name) }.map { word, count in
            JSONObject.array([
                JSONObject.text(word.word), JSONObject.text(word.name == word.word ? "" : word.name),
                Array("\(count.named)".utf8), Array("\(count.held)".utf8),
            ])
        }
        return Array(head.utf8) + rows.joined(separator: Array(",\n".utf8)) + Array(tail.utf8)
    }

    private static func counts(in file: [UInt8], path: String) throws -> [Word: Count] {
        struct Row: Decodable {
            let word: Word
            let count: Count

            init(from decoder: any Decoder) throws {
                var list = try decoder.unkeyedContainer()
                let text = try list.decode(String.self)
                let name = try list.decode(String.self)
                word = Word(word: text, name: name.isEmpty ? text : name)
                count = Count(named: try list.decode(Int.self), held: try list.decode(Int.self))
            }
        }
        let list = file.dropFirst(head.utf8.count - 2).dropLast(tail.utf8.count - 2)
        let rows = try RegistryJSON.decode([Row].self, from: Array(list), path: path)
        return Dictionary(rows.map { ($0.word, $0.count) }) { first, _ in first }
    }
}
