/// Finds a text in a JSON document without copying anything else of it: Foundation's decoder leaves what it has read in
/// memory that nobody wipes.
/// https://www.rfc-editor.org/rfc/rfc8259
package struct SecretJSON {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    private struct Malformed: Error {}

    /// The text at a path of members of objects.
    ///
    /// - Returns: nil if there is no such text, or the document is no JSON as far as it was read.
    package static func text(_ path: [String], in bytes: UnsafeRawBufferPointer) -> LockedBytes? {
        var reader = SecretJSON(bytes: bytes)
        do {
            for name in path {
                guard try reader.enter(Array(name.utf8)) else { return nil }
            }
            reader.skipBlanks()
            guard reader.peek == UInt8(ascii: "\"") else { return nil }
            return try reader.readText()
        } catch {
            return nil
        }
    }

    /// The same as ordinary bytes, for what is no secret.
    package static func copy(_ path: [String], in bytes: UnsafeRawBufferPointer) -> [UInt8]? {
        guard let text = text(path, in: bytes) else { return nil }
        return text.withBytes { Array($0) }
    }

    private init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func next() throws(Malformed) -> UInt8 {
        guard let byte = peek else { throw Malformed() }
        position += 1
        return byte
    }

    private mutating func skipBlanks() {
        while let byte = peek, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { position += 1 }
    }

    private mutating func take(_ byte: Unicode.Scalar) throws(Malformed) {
        skipBlanks()
        guard try next() == UInt8(ascii: byte) else { throw Malformed() }
    }

    /// Goes to the value of an object's member.
    ///
    /// - Returns: false if what comes is no object, or has no such member.
    private mutating func enter(_ name: [UInt8]) throws(Malformed) -> Bool {
        skipBlanks()
        guard peek == UInt8(ascii: "{") else { return false }
        position += 1
        skipBlanks()
        if peek == UInt8(ascii: "}") { return false }
        while true {
            skipBlanks()
            let key = try readText()
            try take(":")
            if key.withBytes({ $0.elementsEqual(name) }) { return true }
            try skipValue(0)
            skipBlanks()
            guard peek == UInt8(ascii: ",") else { return false }
            position += 1
        }
    }

    private mutating func skipValue(_ depth: Int) throws(Malformed) {
        guard depth < 64 else { throw Malformed() }
        skipBlanks()
        switch peek {
        case UInt8(ascii: "\""): _ = try readText()
        case UInt8(ascii: "{"): try skipMembers(closing: "}", depth, hasNames: true)
        case UInt8(ascii: "["): try skipMembers(closing: "]", depth, hasNames: false)
        default:
            let start = position
            while let byte = peek, !Array(",}] \n\r\t".utf8).contains(byte) { position += 1 }
            guard position > start else { throw Malformed() }
        }
    }

    private mutating func skipMembers(
        closing: Unicode.Scalar, _ depth: Int, hasNames: Bool
    ) throws(Malformed) {
        position += 1
        skipBlanks()
        if peek == UInt8(ascii: closing) {
            position += 1
            return
        }
        while true {
            if hasNames {
                skipBlanks()
                _ = try readText()
                try take(":")
            }
            try skipValue(depth + 1)
            skipBlanks()
            let byte = try next()
            if byte == UInt8(ascii: closing) { return }
            guard byte == UInt8(ascii: ",") else { throw Malformed() }
        }
    }

    /// A string without its escapes.
    private mutating func readText() throws(Malformed) -> LockedBytes {
        guard try next() == UInt8(ascii: "\"") else { throw Malformed() }
        var text = LockedBytes(capacity: 512)
        while true {
            let byte = try next()
            switch byte {
            case UInt8(ascii: "\""): return text
            case UInt8(ascii: "\\"): try readEscape(into: &text)
            case 0..<0x20: throw Malformed()
            default: text.append(byte)
            }
        }
    }

    private mutating func readEscape(into text: inout LockedBytes) throws(Malformed) {
        let byte = try next()
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            for byte in UTF8.encode(try readScalar()) ?? UTF8.encodedReplacementCharacter { text.append(byte) }
        default: throw Malformed()
        }
    }

    /// One `\uXXXX`, or two that make a pair.
    private mutating func readScalar() throws(Malformed) -> Unicode.Scalar {
        let first = try readUnit()
        guard UTF16.isLeadSurrogate(first) else {
            guard let scalar = Unicode.Scalar(first) else { throw Malformed() }
            return scalar
        }
        guard try next() == UInt8(ascii: "\\"), try next() == UInt8(ascii: "u") else { throw Malformed() }
        let second = try readUnit()
        guard UTF16.isTrailSurrogate(second) else { throw Malformed() }
        let value = 0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00)
        guard let scalar = Unicode.Scalar(value) else { throw Malformed() }
        return scalar
    }

    private mutating func readUnit() throws(Malformed) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            let digit = try next()
            guard let value = Character(Unicode.Scalar(digit)).hexDigitValue else { throw Malformed() }
            unit = unit << 4 | UInt16(value)
        }
        return unit
    }
}
