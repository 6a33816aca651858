import FoundationEssentials
import Model

/// Rows of all layers by day: a file for each day that has rows, and an index of the days with their counts. A change
/// of a layer touches the days on which it has or had rows, and no others.
struct DayTables {
    let folder: String
    private(set) var touched: Set<String> = []
    private var blocks: [String: [LayerName: [[UInt8]]]] = [:]

    static let table = LineTable.json(key: "layer")

    init(folder: String) { self.folder = folder }

    /// Puts a layer's rows in place of those it had, which were on some days.
    mutating func add(_ layer: LayerName, _ rows: [(day: String, bytes: [UInt8])], before: Set<String>) {
        for day in before { blocks[day, default: [:]][layer] = [] }
        for (day, bytes) in rows { blocks[day, default: [:]][layer, default: []].append(bytes) }
        touched.formUnion(before)
        touched.formUnion(rows.map(\.day))
    }

    /// - Returns: all days that have rows, with their number.
    func write(through filter: ChangeFilter) throws -> [String: Int] {
        let path = "\(folder)/index.json"
        var days =
            try filter.existing(path).map {
                try RegistryJSON.decode(Index.self, from: $0, path: path).days
            } ?? [:]
        for (day, layers) in blocks.sorted(by: { $0.key < $1.key }) {
            let path = self.path(of: day)
            let blocks = layers.map { LineTable.Block(layer: $0.key, rows: $0.value) }
            let bytes = try Self.table.replacing(blocks, in: filter.existing(path), path: path)
            try filter.replace(path, with: bytes)
            days[day] = bytes.map { $0.count { $0 == 0x0a } - 2 }
        }
        let index = JSONObject.file { file in
            file.add(schema: "days", of: path)
            file.add("format", 1)
            if days.isEmpty {
                file.add("days", object: { _ in })
            } else {
                file.add("days", lines: { $0.add(counts: days) })
            }
        }
        try filter.write(index, to: path)
        return days
    }

    func path(of day: String) -> String { "\(folder)/\(day).json" }

    private struct Index: Decodable { let days: [String: Int] }
}
