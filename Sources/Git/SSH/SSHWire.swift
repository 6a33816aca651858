import CPosix

/// Reads the binary form of SSH (RFC 4251, section 5). Returns nil where the bytes end too early.
struct SSHReader {
    private var rest: UnsafeRawBufferPointer.SubSequence

    init(_ bytes: UnsafeRawBufferPointer) { rest = bytes[...] }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func number() -> UInt32? {
        guard rest.count >= 4 else { return nil }
        defer { rest = rest.dropFirst(4) }
        return rest.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// A counted string, lent from the buffer that is being read.
    mutating func string() -> UnsafeRawBufferPointer? {
        guard let count = number(), rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(Int(count)) }
        return UnsafeRawBufferPointer(rebasing: rest.prefix(Int(count)))
    }

    mutating func text() -> String? { string().map { String(decoding: $0, as: UTF8.self) } }

    mutating func skip(_ prefix: some Collection<UInt8>) -> Bool {
        guard rest.starts(with: prefix) else { return false }
        rest = rest.dropFirst(prefix.count)
        return true
    }
}

extension [UInt8] {
    mutating func appendSSH(_ number: UInt32) {
        append(contentsOf: [
            UInt8(number >> 24), UInt8(number >> 16 & 255), UInt8(number >> 8 & 255), UInt8(number & 255),
        ])
    }

    /// A counted string.
    mutating func appendSSH(_ string: some Collection<UInt8>) {
        appendSSH(UInt32(string.count))
        append(contentsOf: string)
    }

    mutating func appendSSH(_ text: String) { appendSSH(Array(text.utf8)) }

    /// `withUnsafeBytes` with a typed throw.
    func lend<Result, Failure: Error>(_ body: (UnsafeRawBufferPointer) throws(Failure) -> Result) throws(Failure)
        -> Result
    {
        try withUnsafeBufferPointer { bytes throws(Failure) in try body(UnsafeRawBufferPointer(bytes)) }
    }

    /// Overwrites bytes that held a secret, and leaves the array empty.
    mutating func wipe() {
        withUnsafeMutableBytes { if let base = $0.baseAddress { cposix_wipe(base, $0.count) } }
        self = []
    }
}

/// Base64 without Foundation's `Data`, whose copies nobody wipes.
enum Base64 {
    /// Ignores line breaks and blanks between the letters.
    /// - Returns: nil for any other letter, and for an end in the middle of a byte.
    static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count * 3 / 4 + 3)
        var bits: UInt32 = 0
        var count = 0
        var padding = 0
        for letter in text {
            let value: UInt8
            switch letter {
            case 0x41...0x5a: value = letter - 0x41
            case 0x61...0x7a: value = letter - 0x61 + 26
            case 0x30...0x39: value = letter - 0x30 + 52
            case UInt8(ascii: "+"): value = 62
            case UInt8(ascii: "/"): value = 63
            case UInt8(ascii: "="):
                padding += 1
                continue
            case 0x09, 0x0a, 0x0d, 0x20: continue
            default:
                bytes.wipe()
                return nil
            }
            guard padding == 0 else {
                bytes.wipe()
                return nil
            }
            bits = bits << 6 | UInt32(value)
            count += 1
            if count == 4 {
                bytes.append(contentsOf: [UInt8(bits >> 16 & 255), UInt8(bits >> 8 & 255), UInt8(bits & 255)])
                (bits, count) = (0, 0)
            }
        }
        switch (count, padding) {
        case (0, 0): break
        case (2, 2): bytes.append(UInt8(bits >> 4 & 255))
        case (3, 1): bytes.append(contentsOf: [UInt8(bits >> 10 & 255), UInt8(bits >> 2 & 255)])
        default:
            bytes.wipe()
            return nil
        }
        return bytes
    }

    /// With padding, broken into lines of `width` letters, each ended by a line feed.
    static func encode(_ bytes: UnsafeRawBufferPointer, width: Int) -> [UInt8] {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 3 / 2 + 8)
        var column = 0
        func put(_ letter: UInt8) {
            text.append(letter)
            column += 1
            if column == width {
                text.append(0x0a)
                column = 0
            }
        }
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let left = bytes.count - start
            let group =
                UInt32(bytes[start]) << 16 | (left > 1 ? UInt32(bytes[start + 1]) << 8 : 0)
                | (left > 2 ? UInt32(bytes[start + 2]) : 0)
            put(letters[Int(group >> 18 & 63)])
            put(letters[Int(group >> 12 & 63)])
            put(left > 1 ? letters[Int(group >> 6 & 63)] : UInt8(ascii: "="))
            put(left > 2 ? letters[Int(group & 63)] : UInt8(ascii: "="))
        }
        if column > 0 { text.append(0x0a) }
        return text
    }
}
