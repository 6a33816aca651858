import HTTP
import Model
import Synchronization

/// An answer that holds a secret: it goes from libcurl's buffer into locked memory, and is wiped in both.
///
/// What TLS has decrypted into buffers of its own is not in reach.
final class SecretAnswer: Sendable {
    private let bytes = Mutex(LockedBytes(capacity: 16 << 10))

    /// A secret has 64 KiB at most, which JSON may make six times as long.
    private static let limit = ByteCount(512 << 10)

    /// Takes the answer while it arrives, from its beginning at each attempt.
    var stream: HTTPStream {
        HTTPStream(limit: Self.limit) { [self] _ throws(StrataError) in
            bytes.withLock { $0.removeAll() }
        } receive: { [self] piece throws(StrataError) in
            bytes.withLock { $0.append(piece) }
            // libcurl has handed them over and does not look at them again; its buffer would keep them.
            LockedBytes.wipe(UnsafeMutableRawBufferPointer(mutating: piece))
        }
    }

    /// What a secret of Secrets Manager holds, text or bytes; nil if it holds nothing.
    var value: LockedBytes? {
        if let text = text("SecretString") { return text }
        guard let text = text("SecretBinary") else { return nil }
        return text.decodedBase64()
    }

    /// The text at a path of members.
    ///
    /// - Returns: nil if there is none, or the answer is no JSON.
    func text(_ path: String...) -> LockedBytes? {
        bytes.withLock { bytes in bytes.withBytes { SecretJSON.text(path, in: $0) } }
    }
}

extension LockedBytes {
    /// The secret itself, in memory of its own.
    consuming func secret() -> Secret { withBytes { Secret(copying: $0) } }

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
