import Crypto
import FoundationEssentials
import Model

/// A new ed25519 key pair, made in memory.
public struct KeyPair: ~Copyable, Sendable {
    /// OpenSSH's form without a passphrase: what goes into the secrets store.
    public let privateKey: Secret
    public let publicKey: SSHPublicKey
    /// The line to paste where the key is registered: `TYPE BASE64 COMMENT`.
    public let publicLine: String

    /// - Parameter comment: tells people what the key is for; one line.
    public init(comment: String) {
        let key = Curve25519.Signing.PrivateKey()
        let comment = comment.split(whereSeparator: \.isNewline).joined(separator: " ")
        let publicBytes = Array(key.publicKey.rawRepresentation)
        publicKey = SSHPublicKey(ed25519: publicBytes)
        publicLine = "\(publicKey) \(comment)"

        var inside: [UInt8] = []
        inside.reserveCapacity(512 + comment.utf8.count)
        let check = UInt32.random(in: 0 ... .max)
        inside.appendSSH(check)
        inside.appendSSH(check)
        inside.appendSSH("ssh-ed25519")
        inside.appendSSH(publicBytes)
        inside.appendSSH(UInt32(64))
        key.rawRepresentation.withUnsafeBytes { inside.append(contentsOf: $0) }
        inside.append(contentsOf: publicBytes)
        inside.appendSSH(comment)
        var padding: UInt8 = 1
        while inside.count % 8 != 0 {
            inside.append(padding)
            padding += 1
        }

        var bytes: [UInt8] = []
        bytes.reserveCapacity(inside.count + 256)
        bytes += Array("openssh-key-v1\0".utf8)
        bytes.appendSSH("none")
        bytes.appendSSH("none")
        bytes.appendSSH([])
        bytes.appendSSH(UInt32(1))
        bytes.appendSSH(publicKey.blob)
        bytes.appendSSH(inside)
        inside.wipe()

        var body = bytes.withUnsafeBytes { Base64.encode($0, width: 70) }
        bytes.wipe()
        var text: [UInt8] = []
        text.reserveCapacity(body.count + 80)
        text += Array("-----BEGIN OPENSSH PRIVATE KEY-----\n".utf8)
        text += body
        text += Array("-----END OPENSSH PRIVATE KEY-----\n".utf8)
        body.wipe()
        privateKey = Secret(taking: &text)
    }
}
