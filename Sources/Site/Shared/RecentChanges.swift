import FoundationEssentials
import Model

/// What happened lately, read from the newest days' files.
struct RecentChanges {
    /// Newest first.
    let rows: [ChangeRow]
    private static let wanted = 100

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

    private struct Place: Hashable {
        let layer: String
        let target: Target
        let build: Int
    }

    /// The layers that were published lately, each once, the newest first.
    func published(_ limit: Int) -> [LayerName] {
        var layers: [String] = []
        for row in rows where row.event == nil && !layers.contains(row.layer) && layers.count < limit {
            layers.append(row.layer)
        }
        return layers.compactMap { LayerName($0) }
    }

    /// What happened in one go, told once: a layer's targets together, at most `limit`, and what a publication deprecated
    /// with it.
    func grouped(_ limit: Int) -> [View] {
        var ends: [Place: ChangeRow] = [:]
        var published: Set<Place> = []
        for row in rows {
            if row.event == nil { published.insert(Place(layer: row.layer, target: row.target, build: row.build)) }
            guard row.event == .deprecated, let build = row.replacement?.build else { continue }
            ends[Place(layer: row.layer, target: row.target, build: build)] = row
        }
        let told = rows.compactMap { row -> (row: ChangeRow, what: String)? in
            if row.event == .deprecated, let build = row.replacement?.build,
                published.contains(Place(layer: row.layer, target: row.target, build: build))
            {
                return nil
            }
            let end = row.event == nil ? ends[Place(layer: row.layer, target: row.target, build: row.build)] : nil
            let stay = end.flatMap { end in end.expires.map { "; \(end.version) stays until \($0.date)" } } ?? ""
            return (row, row.what + stay)
        }
        return Self.views(told, limit)
    }

    /// The newest that were deprecated, retired or yanked, at most `limit`.
    func withdrawn(_ limit: Int) -> [View] {
        Self.views(rows.filter { $0.event != nil }.map { (row: $0, what: $0.what) }, limit)
    }

    private static func views(_ rows: [(row: ChangeRow, what: String)], _ limit: Int) -> [View] {
        struct Key: Hashable {
            let layer: String
            let published: Timestamp
            let version: String
            let what: String
        }
        var order: [(key: Key, row: ChangeRow)] = []
        var targets: [Key: [Target]] = [:]
        for (row, what) in rows {
            let key = Key(layer: row.layer, published: row.published, version: row.version, what: what)
            if targets[key] == nil { order.append((key, row)) }
            targets[key, default: []].append(row.target)
        }
        var day = ""
        return order.prefix(limit).map { key, row in
            // A day is told once, above all that happened on it.
            defer { day = row.published.date }
            return [
                .at: .text(row.published.description), .date: .text(row.published.date),
                .same: row.published.date == day ? .flag(true) : nil, .layer: .text(row.layer),
                .version: .text(row.version), .what: .text(brief(key.what, row)),
                .targets: .text(Words.preferred(targets[key] ?? []).map(\.shortLabel).joined(separator: ", ")),
                .fragment: .text("\(row.target)-\(row.build)"), .isYanked: row.event == .yanked ? .flag(true) : nil,
            ]
        }
    }

    /// What changed, without the layer and the version that stand before it: `from 1.40.31, urllib3 2.4.3 → 2.5.0`.
    private static func brief(_ what: String, _ row: ChangeRow) -> String {
        let start = "\(row.layer) "
        guard row.event == nil, what.hasPrefix(start) else { return what }
        let rest = what.dropFirst(start.count)
        guard let arrow = rest.firstRange(of: " → \(row.version)"), !rest[..<arrow.lowerBound].contains(",") else {
            return what
        }
        return "from \(rest[..<arrow.lowerBound])\(rest[arrow.upperBound...])"
    }
}
