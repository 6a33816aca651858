import Model

/// Escaping over bytes. UTF-8 never uses an ASCII byte inside another character, so a byte that must be escaped is
/// found whatever surrounds it: a combining mark cannot hide a quote, as it can from an escaper over `Character`s.
extension [UInt8] {
    mutating func append(_ text: String) { append(contentsOf: text.utf8) }

    mutating func append(_ number: Int) { append(String(number)) }

    /// Appends text for HTML, between tags or inside a quoted attribute.
    ///
    /// Control characters, and those that turn the direction of the text around them (U+202A to U+202E, U+2066 to
    /// U+2069), become U+FFFD: `exe.gnp` must not be shown as `png.exe`.
    package mutating func append(html text: String) {
        var text = text
        text.withUTF8 { bytes in
            var index = 0
            while index < bytes.count {
                let byte = bytes[index]
                switch byte {
                case UInt8(ascii: "<"): append("&lt;")
                case UInt8(ascii: ">"): append("&gt;")
                case UInt8(ascii: "&"): append("&amp;")
                case UInt8(ascii: "\""): append("&quot;")
                case UInt8(ascii: "'"): append("&#39;")
                case 0x09, 0x0a: append(byte)
                case 0..<0x20, 0x7f: append("\u{fffd}")
                case 0xe2 where index + 2 < bytes.count && Self.turnsDirection(bytes[index + 1], bytes[index + 2]):
                    append("\u{fffd}")
                    index += 2
                default: append(byte)
                }
                index += 1
            }
        }
    }

    private static func turnsDirection(_ second: UInt8, _ third: UInt8) -> Bool {
        (second == 0x80 && (0xaa...0xae).contains(third)) || (second == 0x81 && (0xa6...0xa9).contains(third))
    }

    /// Appends a JSON string with its quotes.
    ///
    /// `<`, `>` and `&` and the line separators U+2028 and U+2029 are escaped too, so that the text may stand inside a
    /// script or an HTML page. https://www.rfc-editor.org/rfc/rfc8259#section-7
    mutating func append(json text: String) {
        append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { bytes in
            // What needs no escape is appended in runs.
            var (start, index) = (0, 0)
            while index < bytes.count {
                guard let (length, escape) = Self.jsonEscape(bytes, at: index) else {
                    index += 1
                    continue
                }
                append(contentsOf: bytes[start..<index])
                append(escape)
                index += length
                start = index
            }
            append(contentsOf: bytes[start...])
        }
        append(UInt8(ascii: "\""))
    }

    /// What a character must become, and its length; nil if it may stay.
    private static func jsonEscape(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> (length: Int, escape: String)?
    {
        let byte = bytes[index]
        switch byte {
        case UInt8(ascii: "\""): return (1, "\\\"")
        case UInt8(ascii: "\\"): return (1, "\\\\")
        case 0x0a: return (1, "\\n")
        case 0x09: return (1, "\\t")
        case 0..<0x20, 0x7f, UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "&"): return (1, "\\u00" + [byte].hex)
        case 0xe2 where index + 2 < bytes.count && bytes[index + 1] == 0x80 && bytes[index + 2] & 0xfe == 0xa8:
            return (3, bytes[index + 2] == 0xa8 ? "\\u2028" : "\\u2029")
        default: return nil
        }
    }

    /// Appends one CSV field. https://www.rfc-editor.org/rfc/rfc4180
    ///
    /// Two rules keep a row on its line and a spreadsheet from running it: control characters become spaces, and a
    /// value that begins with `=`, `+`, `-`, `@` or a space gets a `'` before it. No version, date or ARN begins like
    /// this; a layer that somebody named `-x` does, and the JSON beside the CSV holds its name as it is.
    mutating func append(csv text: String) {
        let clean = text.utf8.map { $0 < 0x20 || $0 == 0x7f ? 0x20 : $0 }
        let isGuarded = clean.first.map { "=+-@ ".utf8.contains($0) } ?? false
        guard isGuarded || clean.contains(UInt8(ascii: "\"")) || clean.contains(UInt8(ascii: ",")) else {
            append(contentsOf: clean)
            return
        }
        append(UInt8(ascii: "\""))
        if isGuarded { append(UInt8(ascii: "'")) }
        for byte in clean {
            if byte == UInt8(ascii: "\"") { append(byte) }
            append(byte)
        }
        append(UInt8(ascii: "\""))
    }
}
