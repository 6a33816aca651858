import Crypto

/// A SHA-256 digest. Written and read as 64 lower-case hexadecimal digits.
public struct ContentDigest: Sendable, Hashable, Comparable {
    /// The 32 bytes.
    public let bytes: [UInt8]

    /// - Returns: nil unless there are exactly 32 bytes.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        self.bytes = Array(bytes)
    }

    /// - Returns: nil unless the text is 64 hexadecimal digits.
    public init?(hex: some StringProtocol) {
        guard let bytes = [UInt8](hex: hex) else { return nil }
        self.init(bytes: bytes)
    }

    public init(_ digest: SHA256.Digest) {
        bytes = Array(digest)
    }

    /// The digest of `data`.
    public static func of(_ data: some Sequence<UInt8>) -> ContentDigest {
        var hasher = SHA256()
        data.withContiguousStorageIfAvailable { hasher.update(bufferPointer: UnsafeRawBufferPointer($0)) }
            ?? hasher.update(data: Array(data))
        return ContentDigest(hasher.finalize())
    }

    public static func of(_ text: String) -> ContentDigest { of(Array(text.utf8)) }

    public var hex: String { bytes.hex }
    /// Standard base64, as Lambda writes CodeSha256.
    public var base64: String { bytes.base64 }

    public static func < (left: ContentDigest, right: ContentDigest) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

extension ContentDigest: CustomStringConvertible, LosslessStringConvertible {
    public init?(_ description: String) { self.init(hex: description) }
    public var description: String { hex }
}

extension ContentDigest: Codable {
    public init(from decoder: any Decoder) throws { self = try decoder.decodeLossless() }
    public func encode(to encoder: any Encoder) throws { try encoder.encodeDescription(of: self) }
}
