import Crypto
import Model

/// Computes a file's digest in the way that RECORD writes it.
struct RecordDigest {
    private enum Hasher {
        case sha256(SHA256)
        case sha384(SHA384)
        case sha512(SHA512)
    }
    private var hasher: Hasher

    /// By SHA-256.
    init() { hasher = .sha256(SHA256()) }

    /// - Parameter row: a digest of RECORD, which chooses the algorithm.
    /// - Returns: nil for none, an unknown one, or one weaker than SHA-256, which the specification forbids.
    init?(like row: String) {
        switch row.split(separator: "=", maxSplits: 1).first {
        case "sha256": hasher = .sha256(SHA256())
        case "sha384": hasher = .sha384(SHA384())
        case "sha512": hasher = .sha512(SHA512())
        default: return nil
        }
    }

    /// Whether a digest can be computed like that one.
    static func isKnown(_ row: String) -> Bool {
        ["sha256=", "sha384=", "sha512="].contains { row.utf8.starts(with: $0.utf8) }
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        switch hasher {
        case .sha256(var inner):
            inner.update(bufferPointer: bytes)
            hasher = .sha256(inner)
        case .sha384(var inner):
            inner.update(bufferPointer: bytes)
            hasher = .sha384(inner)
        case .sha512(var inner):
            inner.update(bufferPointer: bytes)
            hasher = .sha512(inner)
        }
    }

    /// `sha256=` and base64url without padding.
    var text: String {
        switch hasher {
        case .sha256(let inner): "sha256=" + Array(inner.finalize()).base64URL
        case .sha384(let inner): "sha384=" + Array(inner.finalize()).base64URL
        case .sha512(let inner): "sha512=" + Array(inner.finalize()).base64URL
        }
    }

    static func text(_ digest: ContentDigest) -> String { "sha256=" + digest.bytes.base64URL }

    static func text(_ digest: SHA256.Digest) -> String { "sha256=" + Array(digest).base64URL }

    static func sha256(_ bytes: [UInt8]) -> String { text(SHA256.hash(data: bytes)) }
}

extension [UInt8] {
    fileprivate var base64URL: String {
        String(
            base64.compactMap {
                switch $0 {
                case "+": "-"
                case "/": "_"
                case "=": nil
                default: $0
                }
            })
    }
}
