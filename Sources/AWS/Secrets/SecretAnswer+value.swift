import HTTP
import Model

extension SecretAnswer {
    /// What a secret of Secrets Manager holds, text or bytes; nil if it holds nothing.
    var value: LockedBytes? {
        if let text = text("SecretString") { return text }
        guard let text = text("SecretBinary") else { return nil }
        return text.decodedBase64()
    }
}

extension LockedBytes {
    /// What the bytes are as base64; nil if they are none.
    borrowing func decodedBase64() -> LockedBytes? {
        withBytes { text in
            var decoded = LockedBytes(capacity: text.count)
            var group: UInt32 = 0
            var bits: UInt32 = 0
            for byte in text where byte != UInt8(ascii: "=") {
                guard let value = Base64.value(of: byte) else { return nil }
                group = group << 6 | UInt32(value)
                bits += 6
                guard bits >= 8 else { continue }
                bits -= 8
                decoded.append(UInt8(truncatingIfNeeded: group >> bits))
            }
            return decoded
        }
    }
}

extension Base64 {
    fileprivate static func value(of letter: UInt8) -> UInt8? {
        switch letter {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): letter - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): letter - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): letter - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
