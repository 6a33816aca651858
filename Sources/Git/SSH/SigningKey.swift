import Crypto
import FoundationEssentials
import Model

/// An ed25519 key that signs commits as `ssh-keygen -Y sign` does.
///
/// Stored without a passphrase: only OpenSSH itself knows how to open one that has.
public struct SigningKey: ~Copyable, Sendable {
    public let publicKey: SSHPublicKey
    /// The 32 bytes that the key is made from.
    private let seed: Secret

    /// - Throws: `credentials` for anything but an ed25519 key in OpenSSH's form without a passphrase.
    public init(_ secret: borrowing Secret) throws(StrataError) {
        var envelope = try KeyEnvelope(secret)
        defer { envelope.wipe() }
        let contents = try envelope.bytes.lend { bytes throws(StrataError) in try KeyContents(bytes) }
        guard contents.publicKey.type == "ssh-ed25519" else {
            throw KeyEnvelope.problem(
                "commits are signed with an ed25519 key, not with \(contents.publicKey.type)", KeyAdvice.newKey)
        }
        guard contents.cipher == "none" else {
            throw KeyEnvelope.problem(
                "a signing key must not have a passphrase", "remove it: ssh-keygen -p -N '' -f FILE")
        }
        let seed = envelope.bytes.withUnsafeBytes { bytes in Self.seed(in: bytes) }
        guard var seed, seed.count == 32 else {
            throw KeyEnvelope.problem("the SSH key is damaged inside", KeyAdvice.store)
        }
        publicKey = contents.publicKey
        self.seed = Secret(taking: &seed)
    }

    private static func seed(in bytes: UnsafeRawBufferPointer) -> [UInt8]? {
        var outer = SSHReader(bytes)
        guard outer.skip(Array("openssh-key-v1\0".utf8)), outer.string() != nil, outer.string() != nil,
            outer.string() != nil, outer.number() != nil, outer.string() != nil, let inside = outer.string()
        else { return nil }
        var reader = SSHReader(inside)
        guard reader.number() != nil, reader.number() != nil, reader.string() != nil, reader.string() != nil,
            let key = reader.string(), key.count == 64
        else { return nil }
        return Array(key.prefix(32))
    }

    /// The bare Ed25519 signature of a message, which whatever knows the public key can verify.
    /// - Throws: as `signature`.
    public borrowing func raw(_ message: [UInt8]) throws(StrataError) -> [UInt8] {
        do {
            return try seed.withBytes { seed in
                let key = try Curve25519.Signing.PrivateKey(rawRepresentation: seed)
                guard publicKey == SSHPublicKey(ed25519: key.publicKey.rawRepresentation) else {
                    throw KeyEnvelope.problem("the signing key's two halves do not belong together")
                }
                return Array(try key.signature(for: message))
            }
        } catch { throw .wrapping(error, .credentials, "the signing key cannot sign") }
    }

    /// The armoured signature (SSHSIG, OpenSSH's PROTOCOL.sshsig) of a message.
    /// - Parameter namespace: `git` for commits.
    /// - Throws: `credentials` when the key does not fit its public half.
    public borrowing func signature(
        of message: UnsafeRawBufferPointer, namespace: String = "git"
    ) throws(StrataError) -> String {
        var signed = Array("SSHSIG".utf8)
        signed.appendSSH(namespace)
        signed.appendSSH([])
        signed.appendSSH("sha512")
        signed.appendSSH(Array(SHA512.hash(data: message)))
        let raw = try self.raw(signed)
        var signature: [UInt8] = []
        signature.appendSSH("ssh-ed25519")
        signature.appendSSH(raw)
        var blob = Array("SSHSIG".utf8)
        blob.appendSSH(1)
        blob.appendSSH(publicKey.blob)
        blob.appendSSH(namespace)
        blob.appendSSH([])
        blob.appendSSH("sha512")
        blob.appendSSH(signature)
        let body = blob.withUnsafeBytes { Base64.encode($0, width: 70) }
        return "-----BEGIN SSH SIGNATURE-----\n\(String(decoding: body, as: UTF8.self))-----END SSH SIGNATURE-----"
    }
}

extension SSHPublicKey {
    /// A line of an allowed signers file, as git (`gpg.ssh.allowedSignersFile`) and `ssh-keygen -Y verify` read it: who
    /// may sign, and what for.
    public func allowedSigner(_ email: String) -> String {
        let namespaces = ["git", RegistryCheckpoint.namespace, AllowedSigners.namespace].joined(separator: ",")
        return "\(email) namespaces=\"\(namespaces)\" \(self)\n"
    }
}
