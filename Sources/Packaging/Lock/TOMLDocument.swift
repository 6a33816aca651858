import Model

/// Reads the part of TOML 1.0 that `pylock.toml` (PEP 751) is written in.
///
/// Tables, arrays of tables, inline tables, arrays, basic and literal strings, integers, booleans and dates. What is
/// outside of it (multi-line strings, dotted keys inside inline tables) is refused with its line, never guessed at:
/// the text comes from a program, so an unknown form means a format that is not understood.
package struct TOMLDocument {
    /// - Throws: `inconsistent` with the line.
    package static func parse(_ text: String, file: String = "pylock.toml") throws(StrataError) -> [String: TOMLValue] {
        var parser = TOMLParser(text, file: file)
        return try parser.document()
    }
}

struct TOMLParser {
    private let bytes: [UInt8]
    private var at = 0
    private var depth = 0
    /// Real lock files nest four deep.
    private static let deepest = 16

    private let file: String

    init(_ text: String, file: String) {
        bytes = Array(text.utf8)
        self.file = file
    }

    private enum Section {
        case root
        case table([String])
        case element([String])
    }

    mutating func document() throws(StrataError) -> [String: TOMLValue] {
        var root: [String: TOMLValue] = [:]
        var section = Section.root
        var members: [String: TOMLValue] = [:]
        while true {
            skipBlank()
            guard let byte = peek else { break }
            if byte == UInt8(ascii: "[") {
                try close(section, members, into: &root)
                members = [:]
                section = try header()
            } else {
                let key = try self.key()
                skipSpaces()
                try expect("=")
                skipSpaces()
                let value = try self.value()
                guard members.updateValue(value, forKey: key) == nil else { throw refused("'\(key)' twice") }
            }
            try endOfLine()
        }
        try close(section, members, into: &root)
        return root
    }

    // MARK: - Structure

    private mutating func header() throws(StrataError) -> Section {
        try expect("[")
        let isElement = peek == UInt8(ascii: "[")
        if isElement { at += 1 }
        var path: [String] = []
        repeat {
            skipSpaces()
            path.append(try key())
            skipSpaces()
        } while skip(".")
        try expect("]")
        if isElement { try expect("]") }
        return isElement ? .element(path) : .table(path)
    }

    private func close(
        _ section: Section, _ members: [String: TOMLValue], into root: inout [String: TOMLValue]
    ) throws(StrataError) {
        switch section {
        case .root: root = members
        case .table(let path): try put(members, at: path[...], isElement: false, into: &root)
        case .element(let path): try put(members, at: path[...], isElement: true, into: &root)
        }
    }

    private func put(
        _ members: [String: TOMLValue], at path: ArraySlice<String>, isElement: Bool,
        into table: inout [String: TOMLValue]
    ) throws(StrataError) {
        guard let name = path.first else { return }
        let rest = path.dropFirst()
        if rest.isEmpty {
            switch (table[name], isElement) {
            case (nil, true): table[name] = .array([.table(members)])
            case (.array(let elements)?, true): table[name] = .array(elements + [.table(members)])
            case (nil, false): table[name] = .table(members)
            // `[a.b]` may come before `[a]`.
            case (.table(let earlier)?, false):
                guard Set(earlier.keys).isDisjoint(with: members.keys) else { throw refused("[\(name)] twice") }
                table[name] = .table(earlier.merging(members) { first, _ in first })
            default: throw refused("'\(name)' is defined as two kinds of value")
            }
            return
        }
        // In a path, an array of tables stands for its last element.
        switch table[name] {
        case nil:
            var inner: [String: TOMLValue] = [:]
            try put(members, at: rest, isElement: isElement, into: &inner)
            table[name] = .table(inner)
        case .table(var inner)?:
            try put(members, at: rest, isElement: isElement, into: &inner)
            table[name] = .table(inner)
        case .array(var elements)?:
            guard case .table(var inner)? = elements.last else { throw refused("'\(name)' does not hold tables") }
            try put(members, at: rest, isElement: isElement, into: &inner)
            elements[elements.count - 1] = .table(inner)
            table[name] = .array(elements)
        default: throw refused("'\(name)' is not a table")
        }
    }

    private mutating func key() throws(StrataError) -> String {
        if peek == UInt8(ascii: "\"") || peek == UInt8(ascii: "'") { return try string() }
        let start = at
        while let byte = peek, Self.isBareKey(byte) { at += 1 }
        guard at > start else { throw refused("a key is missing") }
        return String(decoding: bytes[start..<at], as: UTF8.self)
    }

    // MARK: - Values

    private mutating func value() throws(StrataError) -> TOMLValue {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else { throw refused("values are nested too deep") }
        switch peek {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return .string(try string())
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "{"): return try inlineTable()
        default: return try scalar()
        }
    }

    private mutating func array() throws(StrataError) -> TOMLValue {
        try expect("[")
        var values: [TOMLValue] = []
        while true {
            skipBlank()
            if skip("]") { return .array(values) }
            values.append(try value())
            skipBlank()
            if skip("]") { return .array(values) }
            try expect(",")
        }
    }

    private mutating func inlineTable() throws(StrataError) -> TOMLValue {
        try expect("{")
        var members: [String: TOMLValue] = [:]
        skipSpaces()
        if skip("}") { return .table(members) }
        while true {
            skipSpaces()
            let key = try self.key()
            skipSpaces()
            try expect("=")
            skipSpaces()
            guard members.updateValue(try value(), forKey: key) == nil else { throw refused("'\(key)' twice") }
            skipSpaces()
            if skip("}") { return .table(members) }
            try expect(",")
        }
    }

    private mutating func scalar() throws(StrataError) -> TOMLValue {
        let start = at
        while let byte = peek, Self.isBareKey(byte) || "+.:".utf8.contains(byte) { at += 1 }
        // A date and its time may be parted by one space.
        if at - start == 10, peek == UInt8(ascii: " "), at + 1 < bytes.count, (0x30...0x39).contains(bytes[at + 1]) {
            at += 1
            while let byte = peek, Self.isBareKey(byte) || "+.:".utf8.contains(byte) { at += 1 }
        }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        switch text {
        case "": throw refused("a value is missing")
        case "true": return .boolean(true)
        case "false": return .boolean(false)
        default:
            if let number = Int(text.filter { $0 != "_" }) { return .integer(number) }
            guard let first = text.utf8.first, "+-0123456789in".utf8.contains(first) else {
                throw refused("'\(text)' is not a value")
            }
            return .other(text)
        }
    }

    private mutating func string() throws(StrataError) -> String {
        guard let quote = peek else { throw refused("a string is missing") }
        at += 1
        guard !(peek == quote && at + 1 < bytes.count && bytes[at + 1] == quote) else {
            throw refused("multi-line strings are not supported")
        }
        var content: [UInt8] = []
        while let byte = peek {
            at += 1
            if byte == quote { break }
            guard byte >= 0x20 || byte == 0x09, byte != 0x7f else { throw refused("a control character in a string") }
            if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
                content += Array(try escape().utf8)
            } else {
                content.append(byte)
            }
        }
        guard at > 0, bytes[at - 1] == quote, let text = String(validating: content, as: UTF8.self) else {
            throw refused("a string does not end")
        }
        return text
    }

    private mutating func escape() throws(StrataError) -> String {
        guard let byte = peek else { throw refused("a string does not end") }
        at += 1
        switch byte {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "u"), UInt8(ascii: "U"):
            let count = byte == UInt8(ascii: "u") ? 4 : 8
            guard at + count <= bytes.count,
                let code = UInt32(String(decoding: bytes[at..<at + count], as: UTF8.self), radix: 16),
                let scalar = Unicode.Scalar(code)
            else { throw refused("an escape that is not a character") }
            at += count
            return String(scalar)
        default: throw refused("an unknown escape")
        }
    }

    // MARK: - Characters

    private var peek: UInt8? { at < bytes.count ? bytes[at] : nil }

    private static func isBareKey(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: character) else { return false }
        at += 1
        return true
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(StrataError) {
        guard skip(character) else { throw refused("'\(character)' is missing") }
    }

    private mutating func skipSpaces() {
        while peek == UInt8(ascii: " ") || peek == UInt8(ascii: "\t") { at += 1 }
    }

    /// Spaces, line ends and comments.
    private mutating func skipBlank() {
        while let byte = peek {
            if byte == UInt8(ascii: "#") {
                skipComment()
            } else if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == 0x0A || byte == 0x0D {
                at += 1
            } else {
                return
            }
        }
    }

    private mutating func skipComment() {
        while let byte = peek, byte != 0x0A { _ = (byte, at += 1) }
    }

    private mutating func endOfLine() throws(StrataError) {
        skipSpaces()
        if peek == UInt8(ascii: "#") { skipComment() }
        if peek == 0x0D { at += 1 }
        guard peek == nil || peek == 0x0A else { throw refused("something follows a value on its line") }
    }

    private func refused(_ why: String) -> StrataError {
        let line = 1 + bytes[..<min(at, bytes.count)].count { $0 == 0x0A }
        return StrataError(
            .inconsistent, "the lock cannot be read: \(why)", place: .init(file: file, line: line))
    }
}
