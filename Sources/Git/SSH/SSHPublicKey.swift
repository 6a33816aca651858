import Crypto
import Model

/// A public key in SSH's form: a host's, a deploy key's or a signer's.
public struct SSHPublicKey: Sendable, Hashable {
    /// As `ssh-ed25519` or `ecdsa-sha2-nistp256`.
    public let type: String
    /// The key in its binary form, which begins with the type.
    public let blob: [UInt8]

    /// - Returns: nil unless the blob begins with the name of its type.
    init?(blob: [UInt8]) {
        let type = blob.withUnsafeBytes { bytes -> String? in
            var reader = SSHReader(bytes)
            guard let type = reader.text(), reader.string() != nil else { return nil }
            return type
        }
        guard let type, !type.isEmpty, type.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else { return nil }
        self.type = type
        self.blob = blob
    }

    /// Reads `TYPE BASE64 [COMMENT]`, as in `id_ed25519.pub`.
    /// - Returns: nil unless the type is the one that is inside.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(maxSplits: 2, whereSeparator: \.isWhitespace)
        guard parts.count >= 2, let blob = Base64.decode(parts[1].utf8) else { return nil }
        self.init(blob: blob)
        guard type.elementsEqual(parts[0]) else { return nil }
    }

    init(ed25519 raw: some Collection<UInt8>) {
        var blob: [UInt8] = []
        blob.appendSSH("ssh-ed25519")
        blob.appendSSH(raw)
        self.blob = blob
        type = "ssh-ed25519"
    }

    /// As `ssh-keygen -l` prints it: `SHA256:` and base64 without padding.
    public var fingerprint: String {
        "SHA256:" + Array(SHA256.hash(data: blob)).base64.prefix { $0 != "=" }
    }
}

extension SSHPublicKey: CustomStringConvertible {
    /// `TYPE BASE64`.
    public var description: String { "\(type) \(blob.base64)" }
}

extension SSHPublicKey: Codable {
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let key = SSHPublicKey(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "no SSH public key"))
        }
        self = key
    }
    public func encode(to encoder: any Encoder) throws { try encoder.encodeDescription(of: self) }
}
