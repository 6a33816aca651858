/// Splits Python's source into statements of tokens, as far as imports can be told from the rest.
///
/// A stranger wrote the source. What is no Python comes out as tokens all the same, and the end is always reached: each
/// step goes forward.
struct SourceLexer {
    struct Token {
        enum Kind { case name, number, text, sign }
        let kind: Kind
        /// Of a text: without its quotes.
        let range: Range<Int>
        /// Of a sign; `:=` is `=`, so that a `:` always ends something or annotates.
        let sign: UInt8
    }

    struct Statement {
        /// How far it is indented; nil for one that follows another on its line.
        var column: Int?
        var line: Int
        /// No more than `longest` are kept of the head, and the last one.
        var tokens: [Token]
        var last: UInt8 = 0
    }

    private static let longest = 4096
    /// Of f-strings in f-strings.
    private static let deepest = 8

    let bytes: [UInt8]
    private var position: Int
    private var line = 1
    private var isWithinLine = false

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    }

    private func byte(_ index: Int) -> UInt8 { index < bytes.count ? bytes[index] : 0 }

    func isName(_ token: Token?, _ text: StaticString) -> Bool {
        guard let token, token.kind == .name, token.range.count == text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { expected in
            bytes.withUnsafeBufferPointer { source in
                for offset in 0..<expected.count where source[token.range.lowerBound + offset] != expected[offset] {
                    return false
                }
                return true
            }
        }
    }

    func text(_ token: Token) -> String { String(decoding: bytes[token.range], as: UTF8.self) }

    /// The next statement; its tokens' room is used again.
    mutating func next(_ statement: inout Statement) -> Bool {
        statement.tokens.removeAll(keepingCapacity: true)
        statement.last = 0
        statement.column = isWithinLine ? nil : 0
        if !isWithinLine {
            guard let column = indentation() else { return false }
            statement.column = column
        }
        isWithinLine = false
        statement.line = line
        var depth = 0
        while position < bytes.count {
            let current = bytes[position]
            switch current {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), 0x0C, 0x0D: position += 1
            case UInt8(ascii: "#"): skipComment()
            case UInt8(ascii: "\\"):
                position += 1
                if byte(position) == 0x0D { position += 1 }
                if byte(position) == 0x0A {
                    position += 1
                    line += 1
                }
            case 0x0A:
                position += 1
                line += 1
                if depth == 0 { return true }
            case UInt8(ascii: ";") where depth == 0:
                position += 1
                isWithinLine = true
                return true
            case UInt8(ascii: "\""), UInt8(ascii: "'"): add(.text, text(isFormat: false, depth: 0), to: &statement)
            case _ where Self.isWord(current):
                let start = position
                let isNumber = Self.isDigit(current)
                while position < bytes.count, Self.isWord(bytes[position]) || isNumber && bytes[position] == 0x2E {
                    position += 1
                }
                let isQuote = byte(position) == UInt8(ascii: "\"") || byte(position) == UInt8(ascii: "'")
                if isQuote, position - start <= 2, let isFormat = Self.prefix(bytes[start..<position]) {
                    add(.text, text(isFormat: isFormat, depth: 0), to: &statement)
                } else {
                    add(isNumber ? .number : .name, start..<position, to: &statement)
                }
            default:
                position += 1
                switch current {
                case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
                case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"): depth = max(0, depth - 1)
                case UInt8(ascii: ":") where byte(position) == UInt8(ascii: "="):
                    position += 1
                    add(.sign, position - 1..<position, sign: UInt8(ascii: "="), to: &statement)
                    continue
                default: break
                }
                add(.sign, position - 1..<position, sign: current, to: &statement)
            }
        }
        return !statement.tokens.isEmpty
    }

    private func add(_ kind: Token.Kind, _ range: Range<Int>, sign: UInt8 = 0, to statement: inout Statement) {
        statement.last = sign
        if statement.tokens.count < Self.longest {
            statement.tokens.append(Token(kind: kind, range: range, sign: sign))
        }
    }

    /// Goes to the first token of the next line that has any.
    private mutating func indentation() -> Int? {
        var column = 0
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: " "): column += 1
            case UInt8(ascii: "\t"): column = (column / 8 + 1) * 8
            case 0x0C: column = 0
            case 0x0D: break
            case 0x0A:
                column = 0
                line += 1
            case UInt8(ascii: "#"):
                skipComment()
                continue
            default: return column
            }
            position += 1
        }
        return nil
    }

    private mutating func skipComment() {
        while position < bytes.count, bytes[position] != 0x0A { position += 1 }
    }

    // MARK: - Texts

    /// - Returns: whether the text is one with expressions in it; nil for what is no prefix of a text.
    private static func prefix(_ word: ArraySlice<UInt8>) -> Bool? {
        var isFormat = false
        for letter in word {
            switch letter | 0x20 {
            case UInt8(ascii: "r"), UInt8(ascii: "b"), UInt8(ascii: "u"): break
            case UInt8(ascii: "f"), UInt8(ascii: "t"): isFormat = true
            default: return nil
            }
        }
        return isFormat
    }

    /// Reads a text from its first quote to behind its last. One of a single line ends with the line at the latest.
    private mutating func text(isFormat: Bool, depth: Int) -> Range<Int> {
        let quote = bytes[position]
        let isLong = byte(position + 1) == quote && byte(position + 2) == quote
        position += isLong ? 3 : 1
        let start = position
        while position < bytes.count {
            let current = bytes[position]
            switch current {
            case UInt8(ascii: "\\"):
                if byte(position + 1) == 0x0A { line += 1 }
                if byte(position + 1) == 0x0D, byte(position + 2) == 0x0A {
                    line += 1
                    position += 1
                }
                position = min(position + 2, bytes.count)
            case 0x0A:
                if !isLong { return start..<position }
                line += 1
                position += 1
            case quote where !isLong || byte(position + 1) == quote && byte(position + 2) == quote:
                defer { position = min(position + (isLong ? 3 : 1), bytes.count) }
                return start..<position
            case UInt8(ascii: "{") where isFormat && depth < Self.deepest:
                position += 1
                if byte(position) == UInt8(ascii: "{") {
                    position += 1
                } else {
                    skipExpression(depth: depth + 1)
                }
            default: position += 1
            }
        }
        return start..<position
    }

    /// Goes behind the `}` that ends an expression in a text. Behind a `:` of its own, quotes are no texts.
    private mutating func skipExpression(depth: Int) {
        var open = 0
        var isFormat = false
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                if isFormat {
                    position += 1
                } else {
                    let before = byte(position - 1) | 0x20
                    _ = text(
                        isFormat: before == UInt8(ascii: "f") || before == UInt8(ascii: "t"), depth: depth)
                }
            case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"):
                open += 1
                position += 1
            case UInt8(ascii: "}") where open == 0:
                position += 1
                return
            case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"):
                open = max(0, open - 1)
                position += 1
            case UInt8(ascii: ":") where open == 0:
                isFormat = true
                position += 1
            case 0x0A:
                line += 1
                position += 1
            default: position += 1
            }
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
    private static func isWord(_ byte: UInt8) -> Bool {
        byte >= 0x61 && byte <= 0x7A || byte >= 0x41 && byte <= 0x5A || byte == 0x5F || isDigit(byte) || byte >= 0x80
    }
}
