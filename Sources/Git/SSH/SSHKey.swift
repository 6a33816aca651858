import CPosix
import Model

/// A private key for SSH, read and checked before anything is asked of a server.
///
/// Accepted: ed25519 and ECDSA over P-256 in OpenSSH's form, with or without a passphrase; CRLF line ends, a missing
/// last line end, blanks around it, and the whole in base64 again. The rest is refused with what is wrong and what helps.
/// No error holds a byte of the key.
public struct SSHKey: ~Copyable, Sendable {
    public let publicKey: SSHPublicKey
    public let isEncrypted: Bool
    /// OpenSSH's form with line feeds, ended by a zero byte, as libssh2 wants it.
    let text: Secret
    /// Ended by a zero byte.
    let passphrase: Secret?

    /// - Parameter passphrase: required for an encrypted key, not looked at for another.
    /// - Throws: `credentials`, saying what the key is and what to do.
    public init(_ secret: borrowing Secret, passphrase: borrowing Secret? = nil) throws(StrataError) {
        var envelope = try KeyEnvelope(secret)
        defer { envelope.wipe() }
        let contents = try envelope.bytes.lend { bytes throws(StrataError) in try KeyContents(bytes) }
        let isEncrypted = contents.cipher != "none"
        let opening = isEncrypted ? try Self.terminated(passphrase) : nil
        publicKey = contents.publicKey
        self.isEncrypted = isEncrypted
        text = envelope.armoured()
        self.passphrase = opening
    }

    private static func terminated(_ passphrase: borrowing Secret?) throws(StrataError) -> Secret? {
        switch passphrase {
        case .some(let passphrase):
            var bytes: [UInt8] = []
            bytes.reserveCapacity(passphrase.count + 1)
            passphrase.withBytes { bytes.append(contentsOf: $0) }
            // A text file's last line end is not part of a passphrase.
            while bytes.last == 0x0a || bytes.last == 0x0d { bytes.removeLast() }
            bytes.append(0)
            return Secret(taking: &bytes)
        case .none:
            throw StrataError(
                .credentials, "the SSH key is protected by a passphrase, and none is configured",
                hint: "name it in git.passphrase, or make a key without one: \(KeyAdvice.newKey)")
        }
    }
}

/// What helps, in one place.
enum KeyAdvice {
    static let newKey = "ssh-keygen -t ed25519 -N '' -f deploy_key"
    static let store = "store the file as it is, line breaks included"
}

/// The outside of a private key: the armour's letters taken off.
struct KeyEnvelope {
    private static let begin = Array("-----BEGIN OPENSSH PRIVATE KEY-----".utf8)
    private static let end = Array("-----END OPENSSH PRIVATE KEY-----".utf8)
    private static let magic = Array("openssh-key-v1\0".utf8)

    /// What is inside the armour.
    private(set) var bytes: [UInt8]

    /// - Throws: `credentials` with a diagnosis.
    init(_ secret: borrowing Secret) throws(StrataError) {
        bytes = []
        bytes = try secret.withBytes { text throws(StrataError) in try Self.open(text, nested: false) }
    }

    mutating func wipe() { bytes.wipe() }

    /// The armour put on again, as ssh-keygen writes it, ended by a zero byte.
    func armoured() -> Secret {
        var body = bytes.withUnsafeBytes { Base64.encode($0, width: 70) }
        var text: [UInt8] = []
        text.reserveCapacity(body.count + 80)
        text += Self.begin + [0x0a]
        text += body
        text += Self.end + [0x0a, 0]
        body.wipe()
        return Secret(taking: &text)
    }

    private static func open(_ secret: UnsafeRawBufferPointer, nested: Bool) throws(StrataError) -> [UInt8] {
        if secret.starts(with: magic) { return Array(secret) }
        let blank = { (byte: UInt8) in byte <= 0x20 || [0xef, 0xbb, 0xbf].contains(byte) }
        var start = secret.startIndex
        while start < secret.endIndex, blank(secret[start]) { start += 1 }
        var end = secret.endIndex
        while end > start, blank(secret[end - 1]) || secret[end - 1] == 0 { end -= 1 }
        let text = secret[start..<end]
        guard !text.isEmpty else { throw problem("the SSH key is empty") }
        if text.starts(with: Array("-----BEGIN ".utf8)) { return try unarmour(text) }
        if text.first == UInt8(ascii: "{") {
            throw problem("the SSH key's secret is a JSON object", "name the member that holds the key: …#private")
        }
        if text.starts(with: Array("ssh-".utf8)) || text.starts(with: Array("ecdsa-".utf8)) {
            throw problem("this is the public half of an SSH key", "store the private half: the file without .pub")
        }
        if text.starts(with: Array("PuTTY-User-Key-File".utf8)) {
            throw problem("this is a PuTTY key", "convert it: puttygen key.ppk -O private-openssh-new -o deploy_key")
        }
        if !nested, var inner = Base64.decode(text) {
            defer { inner.wipe() }
            if inner.count > 32 { return try inner.lend { bytes throws(StrataError) in try open(bytes, nested: true) } }
        }
        throw problem(
            "the SSH key does not begin with -----BEGIN OPENSSH PRIVATE KEY-----",
            "\(KeyAdvice.store); or make one: \(KeyAdvice.newKey)")
    }

    private static func unarmour(_ text: Slice<UnsafeRawBufferPointer>) throws(StrataError) -> [UInt8] {
        guard text.starts(with: begin) else { throw try foreign(text) }
        let body = text.dropFirst(begin.count)
        guard let first = body.first, first == 0x0a || first == 0x0d else {
            let literal = body.first == UInt8(ascii: "\\")
            throw problem(
                literal
                    ? "the SSH key's line breaks were stored as the two characters \\n"
                    : "the SSH key was flattened to a single line: its line breaks are gone", KeyAdvice.store)
        }
        guard body.suffix(end.count).elementsEqual(end) else {
            throw problem(
                "the SSH key is cut off: its -----END OPENSSH PRIVATE KEY----- line is missing", KeyAdvice.store)
        }
        guard body.firstRange(of: begin) == nil else {
            throw problem("the secret holds more than one SSH key", "store one key, once")
        }
        // Indented, as when it was pasted into YAML: blanks are no letters of base64, so they do no harm.
        var letters = body.dropLast(end.count)
        while let last = letters.last, last == 0x20 || last == 0x09 { letters = letters.dropLast() }
        guard letters.last == 0x0a || letters.last == 0x0d else {
            throw problem("the SSH key's last line break is gone", KeyAdvice.store)
        }
        guard let bytes = Base64.decode(letters) else {
            throw problem("the SSH key is damaged: it is not valid base64, or was cut", KeyAdvice.store)
        }
        guard bytes.starts(with: magic) else {
            throw problem("the SSH key is damaged at its beginning", KeyAdvice.store)
        }
        return bytes
    }

    /// What another kind of armour holds.
    private static func foreign(_ text: Slice<UnsafeRawBufferPointer>) throws(StrataError) -> StrataError {
        let line = String(decoding: text.prefix(64).prefix { $0 > 0x20 || $0 == 0x20 }, as: UTF8.self)
        if line.contains("RSA PRIVATE KEY") { return rsa }
        if line.contains("DSA PRIVATE KEY") {
            return problem("DSA keys are no longer accepted anywhere", KeyAdvice.newKey)
        }
        if line.contains("PUBLIC KEY") || line.contains("CERTIFICATE") {
            return problem(
                "this is not the private half of an SSH key", "store the private half: the file without .pub")
        }
        return problem(
            "the SSH key is in another form than OpenSSH's own",
            "rewrite it with 'ssh-keygen -p -f FILE', or make one: \(KeyAdvice.newKey)")
    }

    static var rsa: StrataError {
        problem(
            "RSA keys are refused: the SSH library signs with SHA-1 only, which GitHub and current servers do not accept",
            "make an ed25519 key: \(KeyAdvice.newKey)")
    }

    static func problem(_ what: String, _ hint: String? = nil) -> StrataError {
        StrataError(.credentials, what, hint: hint)
    }
}

/// What OpenSSH's PROTOCOL.key says is inside.
struct KeyContents {
    let cipher: String
    let publicKey: SSHPublicKey

    /// - Throws: `credentials` for what is cut, damaged or of a kind that does not work.
    init(_ bytes: UnsafeRawBufferPointer) throws(StrataError) {
        var reader = SSHReader(bytes)
        guard reader.skip(Array("openssh-key-v1\0".utf8)), let cipher = reader.text(), reader.string() != nil,
            reader.string() != nil, let count = reader.number(), let blob = reader.string(),
            let inside = reader.string()
        else { throw KeyEnvelope.problem("the SSH key is cut off", KeyAdvice.store) }
        guard count == 1 else {
            throw KeyEnvelope.problem("the file holds \(count) SSH keys; it must hold exactly one")
        }
        guard let key = SSHPublicKey(blob: Array(blob)) else {
            throw KeyEnvelope.problem("the SSH key is damaged", KeyAdvice.store)
        }
        try Self.check(type: key.type)
        if cipher == "none" {
            try Self.check(inside, of: key)
        } else if !["aes256-ctr", "aes192-ctr", "aes128-ctr", "aes256-cbc", "aes192-cbc", "aes128-cbc"].contains(cipher)
        {
            throw KeyEnvelope.problem(
                "the SSH key is encrypted with \(cipher), which the SSH library does not support",
                "rewrite it: ssh-keygen -p -Z aes256-ctr -f FILE")
        }
        self.cipher = cipher
        publicKey = key
    }

    private static func check(type: String) throws(StrataError) {
        switch type {
        case "ssh-ed25519", "ecdsa-sha2-nistp256": return
        case "ssh-rsa": throw KeyEnvelope.rsa
        case let type where type.hasPrefix("sk-"):
            throw KeyEnvelope.problem(
                "a \(type) key needs its hardware token at every use", "make one: \(KeyAdvice.newKey)")
        default:
            throw KeyEnvelope.problem(
                "keys of type \(type) are not supported", "make an ed25519 key: \(KeyAdvice.newKey)")
        }
    }

    /// Two equal numbers prove that the private part was read right; the key inside must be the one outside.
    private static func check(_ inside: UnsafeRawBufferPointer, of key: SSHPublicKey) throws(StrataError) {
        var reader = SSHReader(inside)
        guard let one = reader.number(), let two = reader.number(), one == two, reader.text() == key.type,
            let first = reader.string(), let second = reader.string()
        else { throw KeyEnvelope.problem("the SSH key is damaged inside", KeyAdvice.store) }
        // ed25519: the public key first; ECDSA: the curve's name, then the public point.
        let shown = key.type == "ssh-ed25519" ? first : second
        guard key.blob.suffix(shown.count).elementsEqual(shown), reader.string() != nil || key.type == "ssh-ed25519"
        else {
            throw KeyEnvelope.problem("the SSH key's two halves do not belong together", KeyAdvice.store)
        }
    }
}
