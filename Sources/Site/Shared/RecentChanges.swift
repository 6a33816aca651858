import FoundationEssentials
import Model

/// The newest acts of publishing, read from the newest days' files.
struct RecentChanges {
    /// Newest first.
    let rows: [ChangeRow]
    private static let wanted = 60

    init(_ days: [String: Int], _ filter: ChangeFilter) throws {
        var rows: [ChangeRow] = []
        for day in days.keys.sorted(by: >) where rows.count < Self.wanted {
            let path = "api/v1/changes/\(day).json"
            let lines = (try filter.existing(path) ?? []).split(separator: 0x0a).dropFirst().dropLast()
            // A day may hold very many: only the newest are decoded.
            let newest = lines.sorted { Self.moment($1).lexicographicallyPrecedes(Self.moment($0)) }
            let limit = newest.prefix(Self.wanted).last.map(Self.moment)
            for line in newest {
                if let limit, Self.moment(line).lexicographicallyPrecedes(limit) { break }
                let object = line.last == UInt8(ascii: ",") ? line.dropLast() : line
                rows.append(try RegistryJSON.decode(ChangeRow.self, from: Array(object), path: path))
                if rows.count >= Self.wanted * 40 { break }
            }
        }
        self.rows = Array(rows.sorted(by: ChangeRow.isNewer).prefix(Self.wanted))
    }

    /// The moment in a row, which follows the layer.
    private static func moment(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let name = line.dropFirst("{\"layer\":\"".utf8.count).drop { $0 != UInt8(ascii: "\"") }
        return name.dropFirst("\",\"published\":\"".utf8.count).prefix(20)
    }

    /// What changed in one go, told once: a layer's targets together, at most `limit`.
    func grouped(_ limit: Int) -> [(row: ChangeRow, targets: [Target])] {
        struct Key: Hashable {
            let layer: String
            let published: Timestamp
            let version: String
            let what: String
        }
        var order: [Key] = []
        var groups: [Key: [ChangeRow]] = [:]
        for row in rows {
            let key = Key(layer: row.layer, published: row.published, version: row.version, what: row.what)
            if groups[key] == nil { order.append(key) }
            groups[key, default: []].append(row)
        }
        return order.prefix(limit).compactMap { key in
            groups[key].flatMap { rows in rows.first.map { ($0, Words.preferred(rows.map(\.target))) } }
        }
    }
}
