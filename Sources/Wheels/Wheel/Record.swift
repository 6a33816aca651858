import Model

/// A wheel's RECORD: which file has which digest ("Recording installed projects"). CSV, one file a row.
package struct Record: Sendable {
    package struct Row: Sendable, Equatable {
        /// `sha256=` and base64url without padding; empty for RECORD itself.
        package var digest: String
        package var size: Int?

        package init(digest: String, size: Int?) {
            self.digest = digest
            self.size = size
        }
    }

    package private(set) var rows: [EntryPath: Row] = [:]

    package init() {}

    /// What the RECORD of these files has to say. Inflates them all, which checks their CRCs.
    init(of entries: [ZipEntry], _ reader: EntryReader) throws {
        for entry in entries where !entry.isFolder {
            var digest = RecordDigest()
            try reader.stream(entry) { digest.update($0) }
            rows[entry.path] = Row(digest: digest.text, size: entry.size)
        }
    }

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
            let size = fields.count > 2 ? fields[2] : []
            let row = Row(
                digest: fields.count > 1 ? Self.unpadded(fields[1]) : "",
                size: Int(String(decoding: size, as: UTF8.self)))
            guard size.isEmpty || (row.size ?? -1) >= 0 else {
                throw StrataError.badWheel(wheel, path, "has a bad size in RECORD")
            }
            if let other = rows.updateValue(row, forKey: path), other != row {
                throw StrataError.badWheel(wheel, path, "has two different rows in RECORD")
            }
        }
        guard !reader.isDamaged else {
            throw StrataError.badWheel(wheel, nil, "has a RECORD with an unfinished quotation")
        }
    }

    /// Some tools pad the base64 although they must not.
    private static func unpadded(_ digest: ArraySlice<UInt8>) -> String {
        let end = digest.lastIndex { $0 != UInt8(ascii: "=") }.map { $0 + 1 } ?? digest.startIndex
        return String(decoding: digest[..<end], as: UTF8.self)
    }

    /// Writes a RECORD from rows that are sorted: paths quoted where they must be, lines ended by `\n`.
    package static func text(sorted rows: [(path: EntryPath, row: Row)]) -> [UInt8] {
        var bytes: [UInt8] = []
        for (path, row) in rows {
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

/// Rows of comma-separated fields with `"` as quotation mark (RFC 4180); lines end with `\n` or `\r\n`.
struct CommaSeparated {
    private var rest: ArraySlice<UInt8>
    /// A quotation did not end.
    private(set) var isDamaged = false

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    /// - Returns: the next row's fields, at least one; nil at the end.
    mutating func next() -> [ArraySlice<UInt8>]? {
        guard !rest.isEmpty else { return nil }
        var fields: [ArraySlice<UInt8>] = []
        fields.reserveCapacity(3)
        while true {
            var field: ArraySlice<UInt8> = []
            if rest.first == UInt8(ascii: "\"") { field = quoted()[...] }
            let plain = rest.prefix { $0 != UInt8(ascii: ",") && $0 != .newline }
            if field.isEmpty { field = plain } else { field += plain }
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
