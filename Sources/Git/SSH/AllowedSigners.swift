import Crypto
import Model

/// Who may sign, as git's `gpg.ssh.allowedSignersFile` and `ssh-keygen -Y verify` have it: lines of principals, options and
/// a public key.
public struct AllowedSigners: Sendable {
    /// What the signature of a former key over a list of signers is for.
    public static let namespace = "strata-signers"
    /// The registry's own list, and that signature.
    public static let path = "keys/allowed_signers"
    public static let signaturePath = "keys/allowed_signers.sig"

    private struct Signer: Sendable {
        let key: SSHPublicKey
        /// nil for a key that may sign everything.
        let namespaces: String?
    }
    private let signers: [Signer]

    /// Reads the file. Keys of authorities (`cert-authority`) and lines that are not understood allow nobody. Validity is
    /// not looked at: `valid-before` is no reason to trust less what was signed before, and a date that is signed is the
    /// signer's own word.
    public init(_ text: String) {
        signers = text.split(whereSeparator: \.isNewline).compactMap { line in
            var words = line.split(whereSeparator: \.isWhitespace)
            guard let first = words.first, !first.hasPrefix("#"), words.count >= 3 else { return nil }
            words.removeFirst()
            var namespaces: String?
            while let word = words.first, !SSHPublicKey.types.contains(String(word)) {
                let lower = word.lowercased()
                guard !lower.hasPrefix("cert-authority") else { return nil }
                if lower.hasPrefix("namespaces=") { namespaces = String(lower.dropFirst("namespaces=".count)) }
                words.removeFirst()
            }
            return SSHPublicKey(words.joined(separator: " ")).map { Signer(key: $0, namespaces: namespaces) }
        }
    }

    /// The keys that may sign what is for a namespace.
    public func keys(for namespace: String) -> Set<SSHPublicKey> {
        Set(signers.map(\.key)).filter { allow($0, for: namespace) }
    }

    /// Whether a key may sign what is for a namespace. A line that names none allows all.
    func allow(_ key: SSHPublicKey, for namespace: String = "git") -> Bool {
        signers.contains { signer in
            guard signer.key == key else { return false }
            guard let namespaces = signer.namespaces else { return true }
            return namespaces.split { $0 == "," || $0 == "\"" }.contains { $0 == namespace || $0 == "*" }
        }
    }
}

extension SSHPublicKey {
    /// The kinds of keys whose signatures can be verified here.
    static let types: Set<String> = ["ssh-ed25519"]
}

/// An SSH signature (OpenSSH's PROTOCOL.sshsig).
public struct SSHSignature: Sendable {
    public let key: SSHPublicKey
    let namespace: String
    private let hash: String
    private let raw: [UInt8]

    /// Reads an armoured signature.
    ///
    /// - Returns: nil unless it is one for the namespace, by an Ed25519 key.
    public init?(armoured text: String, for namespace: String = "git") {
        let lines = text.split(whereSeparator: \.isNewline)
        guard lines.first == "-----BEGIN SSH SIGNATURE-----", lines.last == "-----END SSH SIGNATURE-----",
            let blob = Base64.decode(lines.dropFirst().dropLast().joined().utf8)
        else { return nil }
        typealias Parts = (key: SSHPublicKey, hash: String, raw: [UInt8])
        let parts = blob.withUnsafeBytes { bytes -> Parts? in
            var reader = SSHReader(bytes)
            guard reader.skip(Array("SSHSIG".utf8)), reader.number() == 1, let key = reader.string(),
                let key = SSHPublicKey(blob: Array(key)), reader.text() == namespace, reader.string() != nil,
                let hash = reader.text(), let signature = reader.string(), reader.isAtEnd
            else { return nil }
            var inner = SSHReader(signature)
            guard inner.text() == "ssh-ed25519", let raw = inner.string(), inner.isAtEnd else { return nil }
            return (key, hash, Array(raw))
        }
        guard let parts else { return nil }
        (key, hash, raw) = parts
        self.namespace = namespace
    }

    /// Whether the key signed these bytes.
    public func isOver(_ message: [UInt8]) -> Bool {
        let digest: [UInt8]
        switch hash {
        case "sha512": digest = Array(SHA512.hash(data: message))
        case "sha256": digest = Array(SHA256.hash(data: message))
        default: return false
        }
        var signed = Array("SSHSIG".utf8)
        signed.appendSSH(namespace)
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
