/// Reads comma-separated values as RFC 4180 has them, from bytes that nobody vouches for.
///
/// Lines end with LF or CRLF, the last one may end with the file. Blank lines are skipped. A malformed record costs
/// itself only, except that a quote which never closes takes the rest of the file.
struct CommaSeparated {
    struct Field {
        let text: String
        /// From 1, in bytes from the beginning of the line in which the field begins.
        let column: Int
    }
    struct Malformed: Error {
        let message: String
        let column: Int
    }
    struct Record {
        /// The line in which it begins, from 1.
        let line: Int
        /// Never empty.
        let content: Result<[Field], Malformed>
    }

    private static let mostFields = 64
    private static let longestField = 4096

    private let bytes: [UInt8]
    private var position = 0
    private var line = 1

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { position = 3 }
    }

    /// The next record, or nil at the end.
    mutating func next() -> Record? {
        while position < bytes.count, let length = lineBreak(at: position) {
            position += length
            line += 1
        }
        guard position < bytes.count else { return nil }
        let first = line
        let start = position
        do {
            return Record(line: first, content: .success(try fields(from: start)))
        } catch {
            skipLine()
            return Record(line: first, content: .failure(error))
        }
    }

    private mutating func fields(from start: Int) throws(Malformed) -> [Field] {
        var fields: [Field] = []
        var lineStart = start
        while true {
            let column = position - lineStart + 1
            guard fields.count < Self.mostFields else {
                throw Malformed(message: "the row has more than \(Self.mostFields) columns", column: column)
            }
            let content = try bytes(at: position) == UInt8(ascii: "\"") ? quoted(column, &lineStart) : plain(column)
            guard let text = String(validating: content, as: UTF8.self) else {
                throw Malformed(message: "the row is not UTF-8", column: column)
            }
            fields.append(Field(text: text, column: column))
            if bytes(at: position) == UInt8(ascii: ",") {
                position += 1
            } else if position >= bytes.count {
                return fields
            } else if let length = lineBreak(at: position) {
                position += length
                line += 1
                return fields
            } else {
                throw Malformed(message: "text follows a closing quote", column: position - lineStart + 1)
            }
        }
    }

    private mutating func plain(_ column: Int) throws(Malformed) -> ArraySlice<UInt8> {
        let start = position
        while position < bytes.count, bytes[position] != UInt8(ascii: ","), lineBreak(at: position) == nil {
            guard bytes[position] != UInt8(ascii: "\"") else {
                throw Malformed(
                    message: "a quote inside a field that does not begin with one", column: column + position - start)
            }
            guard bytes[position] >= 0x20 || bytes[position] == 0x09, bytes[position] != 0x7f else {
                throw Malformed(message: "the row holds a control character", column: column + position - start)
            }
            position += 1
        }
        guard position - start <= Self.longestField else {
            throw Malformed(message: "a field is longer than \(Self.longestField) bytes", column: column)
        }
        return bytes[start..<position]
    }

    private mutating func quoted(_ column: Int, _ lineStart: inout Int) throws(Malformed) -> ArraySlice<UInt8> {
        var content: [UInt8] = []
        position += 1
        while true {
            guard position < bytes.count else { throw Malformed(message: "a quote is not closed", column: column) }
            guard content.count <= Self.longestField else {
                throw Malformed(message: "a field is longer than \(Self.longestField) bytes", column: column)
            }
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\"") {
                guard bytes(at: position) == UInt8(ascii: "\"") else { return content[...] }
                position += 1
            } else if byte == UInt8(ascii: "\n") {
                line += 1
                lineStart = position
            }
            content.append(byte)
        }
    }

    private func bytes(at index: Int) -> UInt8? { index < bytes.count ? bytes[index] : nil }

    /// The length of a line break at an index; nil if there is none.
    private func lineBreak(at index: Int) -> Int? {
        switch bytes(at: index) {
        case UInt8(ascii: "\n"): 1
        case UInt8(ascii: "\r") where bytes(at: index + 1) == UInt8(ascii: "\n"): 2
        default: nil
        }
    }

    private mutating func skipLine() {
        while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
    }
}
