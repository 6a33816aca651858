import Crypto
import Model

/// Who may sign, as git's `gpg.ssh.allowedSignersFile` has it: lines of principals, options and a public key.
public struct AllowedSigners: Sendable {
    private let keys: Set<SSHPublicKey>

    /// Reads the file. Keys of authorities (`cert-authority`), keys for other things than git, and lines that are not
    /// understood allow nobody. Validity is not looked at: `valid-before` is no reason to trust less what was signed
    /// before, and the commit's date is the signer's own word.
    public init(_ text: String) {
        keys = Set(
            text.split(whereSeparator: \.isNewline).compactMap { line in
                var words = line.split(whereSeparator: \.isWhitespace)
                guard let first = words.first, !first.hasPrefix("#"), words.count >= 3 else { return nil }
                words.removeFirst()
                while let word = words.first, !SSHPublicKey.types.contains(String(word)) {
                    let lower = word.lowercased()
                    guard !lower.hasPrefix("cert-authority") else { return nil }
                    if lower.hasPrefix("namespaces="), !lower.contains("git") && !lower.contains("*") { return nil }
                    words.removeFirst()
                }
                return SSHPublicKey(words.joined(separator: " "))
            })
    }

    func allow(_ key: SSHPublicKey) -> Bool { keys.contains(key) }
}

extension SSHPublicKey {
    /// The kinds of keys whose signatures can be verified here.
    static let types: Set<String> = ["ssh-ed25519"]
}

/// An SSH signature (OpenSSH's PROTOCOL.sshsig) over a commit.
struct SSHSignature {
    let key: SSHPublicKey
    private let hash: String
    private let raw: [UInt8]

    /// Reads an armoured signature for git.
    ///
    /// - Returns: nil unless it is one by an Ed25519 key.
    init?(armoured text: String) {
        let lines = text.split(whereSeparator: \.isNewline)
        guard lines.first == "-----BEGIN SSH SIGNATURE-----", lines.last == "-----END SSH SIGNATURE-----",
            let blob = Base64.decode(lines.dropFirst().dropLast().joined().utf8)
        else { return nil }
        typealias Parts = (key: SSHPublicKey, hash: String, raw: [UInt8])
        let parts = blob.withUnsafeBytes { bytes -> Parts? in
            var reader = SSHReader(bytes)
            guard reader.skip(Array("SSHSIG".utf8)), reader.number() == 1, let key = reader.string(),
                let key = SSHPublicKey(blob: Array(key)), reader.text() == "git", reader.string() != nil,
                let hash = reader.text(), let signature = reader.string(), reader.isAtEnd
            else { return nil }
            var inner = SSHReader(signature)
            guard inner.text() == "ssh-ed25519", let raw = inner.string(), inner.isAtEnd else { return nil }
            return (key, hash, Array(raw))
        }
        guard let parts else { return nil }
        (key, hash, raw) = parts
    }

    /// Whether the key signed these bytes.
    func isOver(_ message: [UInt8]) -> Bool {
        let digest: [UInt8]
        switch hash {
        case "sha512": digest = Array(SHA512.hash(data: message))
        case "sha256": digest = Array(SHA256.hash(data: message))
        default: return false
        }
        var signed = Array("SSHSIG".utf8)
        signed.appendSSH("git")
        signed.appendSSH([])
        signed.appendSSH(hash)
        signed.appendSSH(digest)
        let point = key.blob.withUnsafeBytes { bytes -> [UInt8]? in
            var reader = SSHReader(bytes)
            guard reader.text() == "ssh-ed25519", let point = reader.string(), reader.isAtEnd else { return nil }
            return Array(point)
        }
        guard let point, let key = try? Curve25519.Signing.PublicKey(rawRepresentation: point) else { return false }
        return key.isValidSignature(raw, for: signed)
    }
}
