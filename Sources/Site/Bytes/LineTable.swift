import Model

/// A file with one row a line, sorted by layer, in which the rows of some layers can be replaced without reading the
/// others: their place is found by halving.
///
/// Rows never hold a new line, so a row is a line whatever its values are.
package struct LineTable: Sendable {
    let head: String
    let tail: String
    /// What stands between two rows, before the new line.
    let separator: String
    /// The layer's name in a row.
    let layer: @Sendable (ArraySlice<UInt8>) -> ArraySlice<UInt8>

    /// A CSV file whose first column is the layer.
    static func csv(header: String) -> LineTable {
        LineTable(head: header + "\n", tail: "", separator: "") { line in
            guard line.first == UInt8(ascii: "\"") else { return line.prefix { $0 != UInt8(ascii: ",") } }
            // Only the guard against formulas makes a layer's name quoted: `"'-name"`.
            return line.dropFirst(2).prefix { $0 != UInt8(ascii: "\"") }
        }
    }

    /// A JSON array of objects whose first member is the layer.
    static func json(head: String = "[\n", key: String, tail: String = "]\n") -> LineTable {
        let opening = "{\"\(key)\":\"".utf8.count
        return LineTable(head: head, tail: tail, separator: ",") { line in
            line.dropFirst(opening).prefix { $0 != UInt8(ascii: "\"") }
        }
    }

    /// The order of rows: by the name in lower case, then by the name.
    package static func precedes(_ left: some Sequence<UInt8>, _ right: some Sequence<UInt8>) -> Bool {
        var (one, other) = (left.makeIterator(), right.makeIterator())
        // Where the names first differ in case only; it counts if nothing else differs.
        var isFirstByCase: Bool?
        while true {
            switch (one.next(), other.next()) {
            case (nil, nil): return isFirstByCase ?? false
            case (nil, _): return true
            case (_, nil): return false
            case (let byte?, let second?):
                if byte == second { continue }
                let (lower, otherLower) = (byte.asciiLowercased, second.asciiLowercased)
                if lower != otherLower { return lower < otherLower }
                if isFirstByCase == nil { isFirstByCase = byte < second }
            }
        }
    }

    /// The rows of one layer; empty if it has none any more.
    struct Block {
        let layer: LayerName
        let rows: [[UInt8]]
    }

    /// The file with the rows of these layers replaced; nil if no row is left.
    ///
    /// - Parameter path: for the error's place.
    /// - Throws: `inconsistent` if the existing file is not such a table.
    func replacing(_ blocks: [Block], in file: [UInt8]?, path: String) throws -> [UInt8]? {
        let rows = try file.map { try body(of: $0, path: path) } ?? []
        let end = "\(separator)\n"
        var out = Array(head.utf8)
        out.reserveCapacity(rows.count + 256)
        var position = 0
        for block in blocks.sorted(by: { Self.precedes($0.layer.text.utf8, $1.layer.text.utf8) }) {
            let name = Array(block.layer.text.utf8)
            let lower = bound(in: rows, from: position) { Self.precedes($0, name) }
            let upper = bound(in: rows, from: lower) { !Self.precedes(name, $0) }
            out.append(contentsOf: rows[position..<lower])
            for row in block.rows {
                out.append(contentsOf: row)
                out.append(end)
            }
            position = upper
        }
        out.append(contentsOf: rows[position...])
        return finished(out)
    }

    /// Puts the end in place of the last row's separator; nil if there is no row.
    private func finished(_ rows: [UInt8]) -> [UInt8]? {
        guard rows.count > head.utf8.count else { return nil }
        var out = rows
        out.removeLast(separator.utf8.count + 1)
        out.append("\n\(tail)")
        return out
    }

    /// The names of the layers that have rows, in their order.
    func layers(in file: [UInt8], path: String) throws -> [[UInt8]] {
        var names: [[UInt8]] = []
        for line in try body(of: file, path: path).split(separator: 0x0a) {
            let name = layer(line)
            if names.last.map({ !$0.elementsEqual(name) }) ?? true { names.append(Array(name)) }
        }
        return names
    }

    /// The file with only the rows of the layers that are chosen; nil if no row is left.
    func selecting(
        from file: [UInt8], path: String, _ isChosen: (ArraySlice<UInt8>) throws -> Bool
    ) throws -> [UInt8]? {
        var out = Array(head.utf8)
        for line in try body(of: file, path: path).split(separator: 0x0a) where try isChosen(layer(line)) {
            out.append(contentsOf: line)
            out.append("\n")
        }
        return finished(out)
    }

    /// The rows of a file, each ending with the separator and a new line.
    private func body(of file: [UInt8], path: String) throws -> [UInt8] {
        guard file.starts(with: head.utf8), file.reversed().starts(with: tail.utf8.reversed()),
            file.count >= head.utf8.count + tail.utf8.count
        else {
            throw StrataError(
                .inconsistent, "the file was not written by Strata, or was damaged",
                hint: "restore it from the branch's history, or remove it and render everything",
                place: .init(file: path))
        }
        var rows = Array(file[head.utf8.count..<(file.count - tail.utf8.count)])
        guard rows.last == 0x0a else { return [] }
        if !separator.isEmpty {
            rows.removeLast()
            rows.append("\(separator)\n")
        }
        return rows
    }

    /// The first line, at or after an offset, that does not satisfy a condition which holds for all lines before it.
    private func bound(in rows: [UInt8], from: Int, while holds: (ArraySlice<UInt8>) -> Bool) -> Int {
        var (low, high) = (from, rows.count)
        while low < high {
            var start = (low + high) / 2
            while start > low, rows[start - 1] != 0x0a { start -= 1 }
            let end = rows[start...].firstIndex(of: 0x0a).map { $0 + 1 } ?? rows.count
            if holds(layer(rows[start..<end])) { low = end } else { high = start }
        }
        return low
    }
}
