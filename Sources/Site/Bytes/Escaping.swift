import Model

/// Escaping over bytes. UTF-8 never uses an ASCII byte inside another character, so a byte that must be escaped is
/// found whatever surrounds it: a combining mark cannot hide a quote, as it can from an escaper over `Character`s.
extension [UInt8] {
    mutating func append(_ text: String) { append(contentsOf: text.utf8) }

    /// Appends a number in decimal.
    mutating func append(_ number: Int) {
        guard number >= 0 else { return append(String(number)) }
        var digits: (count: Int, power: Int) = (1, 1)
        while number / digits.power >= 10 { digits = (digits.count + 1, digits.power * 10) }
        while digits.power > 0 {
            append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / digits.power % 10))
            digits.power /= 10
        }
    }

    mutating func append(_ moment: Timestamp) { append(moment.description) }

    /// Appends a digest in hexadecimal digits.
    mutating func append(hex digest: ContentDigest) {
        for byte in digest.bytes {
            append((byte >> 4).hexDigit)
            append((byte & 15).hexDigit)
        }
    }

    /// Appends text for HTML, between tags or inside a quoted attribute.
    ///
    /// Control characters, and those that turn the direction of the text around them (U+202A to U+202E, U+2066 to
    /// U+2069), become U+FFFD: `exe.gnp` must not be shown as `png.exe`.
    package mutating func append(html text: String) { append(text, ByteSet.html, Self.htmlEscape) }

    /// Appends a JSON string with its quotes.
    ///
    /// `<`, `>` and `&` and the line separators U+2028 and U+2029 are escaped too, so that the text may stand inside a
    /// script or an HTML page. https://www.rfc-editor.org/rfc/rfc8259#section-7
    mutating func append(json text: String) {
        append(UInt8(ascii: "\""))
        append(text, ByteSet.json, Self.jsonEscape)
        append(UInt8(ascii: "\""))
    }

    /// Appends text in runs between the places that need an escape.
    ///
    /// - Parameters:
    ///   - special: the bytes at which an escape may begin.
    ///   - escape: what a character becomes, and its length; nil if it may stay.
    private mutating func append(
        _ text: String, _ special: ByteSet, _ escape: (UnsafeBufferPointer<UInt8>, Int) -> (length: Int, text: String)?
    ) {
        var text = text
        text.withUTF8 { bytes in
            var (start, index) = (0, 0)
            while index < bytes.count {
                guard special.contains(bytes[index]), let (length, escaped) = escape(bytes, index) else {
                    index += 1
                    continue
                }
                append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<index]))
                append(escaped)
                index += length
                start = index
            }
            append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start...]))
        }
    }

    private static func htmlEscape(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> (length: Int, text: String)? {
        switch bytes[index] {
        case UInt8(ascii: "<"): return (1, "&lt;")
        case UInt8(ascii: ">"): return (1, "&gt;")
        case UInt8(ascii: "&"): return (1, "&amp;")
        case UInt8(ascii: "\""): return (1, "&quot;")
        case UInt8(ascii: "'"): return (1, "&#39;")
        case 0x09, 0x0a: return nil
        case 0..<0x20, 0x7f: return (1, "\u{fffd}")
        case 0xe2 where index + 2 < bytes.count && turnsDirection(bytes[index + 1], bytes[index + 2]):
            return (3, "\u{fffd}")
        default: return nil
        }
    }

    private static func turnsDirection(_ second: UInt8, _ third: UInt8) -> Bool {
        (second == 0x80 && (0xaa...0xae).contains(third)) || (second == 0x81 && (0xa6...0xa9).contains(third))
    }

    private static func jsonEscape(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> (length: Int, text: String)? {
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
        // ARNs, versions and numbers, which are nearly all fields.
        if text.utf8.first?.isASCIIAlphanumeric == true,
            text.utf8.allSatisfy({ $0.isASCIIAlphanumeric || "-:._".utf8.contains($0) })
        {
            return append(text)
        }
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

/// A set of bytes below 128, and whether it holds the byte with which U+2000 to U+2FFF begin in UTF-8.
struct ByteSet: Sendable {
    private let low: UInt64
    private let high: UInt64

    /// Control characters, DEL and the characters of a text.
    private init(controlsAnd text: String) {
        var (low, high): (UInt64, UInt64) = ((1 << 32) - 1, 1 << 63)
        for byte in text.utf8 { if byte < 64 { low |= 1 << UInt64(byte) } else { high |= 1 << UInt64(byte - 64) } }
        (self.low, self.high) = (low, high)
    }

    /// Where an escape for HTML may begin.
    static let html = ByteSet(controlsAnd: "<>&\"'")
    /// Where an escape for JSON may begin.
    static let json = ByteSet(controlsAnd: "<>&\"\\")

    @inline(__always) func contains(_ byte: UInt8) -> Bool {
        switch byte {
        case 0..<64: low >> UInt64(byte) & 1 == 1
        case 64..<128: high >> UInt64(byte - 64) & 1 == 1
        default: byte == 0xe2
        }
    }
}
