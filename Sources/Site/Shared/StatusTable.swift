import FoundationEssentials
import Model

/// `api/v1/status.json`: all that is missing or yanked, and why.
struct StatusTable {
    static let path = "api/v1/status.json"
    private static let table = LineTable.json(key: "layer")
    /// So many rows are shown on the page; the file holds them all.
    private static let shown = 1000

    let rows: [ProblemRow]
    /// All rows there are.
    let count: Int
    /// Those of what is missing.
    let missing: Int

    static func write(_ blocks: [LineTable.Block], through filter: ChangeFilter) throws -> StatusTable {
        let file = try table.replacing(blocks, in: filter.existing(path), path: path) ?? Array("[\n]\n".utf8)
        try filter.write(file, to: path)
        let lines = file.split(separator: 0x0a).dropFirst().dropLast()
        let rows = try lines.prefix(shown).map { line in
            let object = line.last == UInt8(ascii: ",") ? line.dropLast() : line
            return try RegistryJSON.decode(ProblemRow.self, from: Array(object), path: path)
        }
        // No text in a row can look like this: its quotes are escaped.
        let yanked = Array("\"kind\":\"\(ProblemRow.yanked)\"".utf8)
        let missing = lines.count { $0.firstRange(of: yanked) == nil }
        return StatusTable(rows: rows, count: lines.count, missing: missing)
    }
}
