import Model

/// A wheel's RECORD: which file has which digest ("Recording installed projects"). CSV, one file a row.
package struct Record {
    package struct Row: Sendable, Equatable {
        /// `sha256=` and base64url without padding; empty for RECORD itself.
        package var digest: String
        package var size: Int?
    }

    package private(set) var rows: [EntryPath: Row] = [:]

    /// Reads the file of a wheel.
    /// - Throws: `.badWheel` for damaged CSV, and for a file with two rows that differ.
    package init(_ bytes: [UInt8], of wheel: String) throws {
        var reader = CommaSeparated(bytes)
        while let fields = reader.next() {
            if fields.count == 1, fields[0].isEmpty { continue }
            guard (1...3).contains(fields.count), !fields[0].isEmpty else {
                throw StrataError.badWheel(wheel, nil, "has a damaged row in its RECORD: '\(fields[0].printable)'")
            }
            let path = EntryPath(bytes: fields[0])
            let digest = fields.count > 1 ? String(decoding: fields[1], as: UTF8.self) : ""
            let sizeText = fields.count > 2 ? String(decoding: fields[2], as: UTF8.self) : ""
            let row = Row(digest: digest.trimmingPadding, size: Int(sizeText))
            guard sizeText.isEmpty || (row.size ?? -1) >= 0 else {
                throw StrataError.badWheel(wheel, path, "has a bad size in RECORD")
            }
            guard rows[path] == nil || rows[path] == row else {
                throw StrataError.badWheel(wheel, path, "has two different rows in RECORD")
            }
            rows[path] = row
        }
        guard !reader.isDamaged else {
            throw StrataError.badWheel(wheel, nil, "has a RECORD with an unfinished quotation")
        }
    }

    /// Writes a RECORD: rows sorted bytewise, quoted where they must be, lines ended by `\n`.
    package static func text(_ rows: some Sequence<(path: EntryPath, row: Row)>) -> [UInt8] {
        var bytes: [UInt8] = []
        for (path, row) in rows.sorted(by: { $0.path < $1.path }) {
            if path.bytes.contains(where: { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"") }) {
                bytes.append(UInt8(ascii: "\""))
                for byte in path.bytes {
                    if byte == UInt8(ascii: "\"") { bytes.append(byte) }
                    bytes.append(byte)
                }
                bytes.append(UInt8(ascii: "\""))
            } else {
                bytes += path.bytes
            }
            bytes += ",\(row.digest),\(row.size.map(String.init) ?? "")\n".utf8
        }
        return bytes
    }
}

extension String {
    /// Some tools pad the base64 although they must not.
    fileprivate var trimmingPadding: String {
        var text = self
        if text.contains("=") { while text.hasSuffix("=") { text.removeLast() } }
        return text
    }
}

/// Rows of comma-separated fields with `"` as quotation mark (RFC 4180); lines end with `\n` or `\r\n`.
struct CommaSeparated {
    private var rest: ArraySlice<UInt8>
    /// A quotation did not end.
    private(set) var isDamaged = false

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    /// - Returns: the next row's fields, at least one; nil at the end.
    mutating func next() -> [[UInt8]]? {
        guard !rest.isEmpty else { return nil }
        var fields: [[UInt8]] = []
        while true {
            var field: [UInt8] = []
            if rest.first == UInt8(ascii: "\"") { field = quoted() }
            let plain = rest.prefix { $0 != UInt8(ascii: ",") && $0 != .newline }
            field += plain
            rest = rest[plain.endIndex...]
            if rest.popFirst() == UInt8(ascii: ",") {
                fields.append(field)
                continue
            }
            if field.last == UInt8(ascii: "\r") { field.removeLast() }
            fields.append(field)
            return fields
        }
    }

    private mutating func quoted() -> [UInt8] {
        var field: [UInt8] = []
        rest = rest.dropFirst()
        while let byte = rest.popFirst() {
            if byte != UInt8(ascii: "\"") {
                field.append(byte)
            } else if rest.first == UInt8(ascii: "\"") {
                field.append(byte)
                rest = rest.dropFirst()
            } else {
                return field
            }
        }
        isDamaged = true
        return field
    }
}
