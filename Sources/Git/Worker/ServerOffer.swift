import Glibc

/// What a server offers to encrypt with, read from its first message, which is in the clear (RFC 4253, section 7.1).
///
/// libssh2 says the same of a server with which it shares no algorithm and of a connection that broke: this tells.
struct ServerOffer: Codable, Sendable {
    let keyExchanges: [String]
    let hostKeys: [String]
    let ciphers: [String]
    let codes: [String]

    /// What is offered, kind by kind, where libssh2 1.10 knows none of it.
    var missing: [String] {
        let kinds: [(String, [String], known: Set<String>)] = [
            (
                "key exchange", keyExchanges,
                [
                    "curve25519-sha256", "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256", "ecdh-sha2-nistp384",
                    "ecdh-sha2-nistp521", "diffie-hellman-group-exchange-sha256", "diffie-hellman-group14-sha256",
                    "diffie-hellman-group16-sha512", "diffie-hellman-group18-sha512", "diffie-hellman-group14-sha1",
                ]
            ),
            (
                "host key", hostKeys,
                ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa"]
            ),
            (
                "cipher", ciphers,
                ["aes256-ctr", "aes192-ctr", "aes128-ctr", "aes256-cbc", "aes192-cbc", "aes128-cbc", "3des-cbc"]
            ),
            ("MAC", codes, ["hmac-sha2-256", "hmac-sha2-512", "hmac-sha1"]),
        ]
        return kinds.filter { known in known.1.allSatisfy { !known.known.contains($0) } }
            .map { "\($0.0) (\($0.1.prefix(8).joined(separator: ", ")))" }
    }

    /// Connects, exchanges greetings, reads one message and hangs up. Blocks; the parent has the deadline.
    /// - Returns: nil when it does not get that far.
    static func read(host: String, port: UInt16) -> ServerOffer? {
        guard let socket = connect(host: host, port: port) else { return nil }
        defer { close(socket) }
        let greeting = Array("SSH-2.0-strata\r\n".utf8)
        guard send(socket, greeting, greeting.count, Int32(MSG_NOSIGNAL)) == greeting.count else { return nil }
        // A server may say other lines before its greeting (section 4.2).
        var line: [UInt8] = []
        for _ in 0..<8192 {
            guard let byte = bytes(1, from: socket)?[0] else { return nil }
            line.append(byte)
            if byte != 0x0a { continue }
            if line.starts(with: Array("SSH-".utf8)) { break }
            line = []
        }
        guard let head = bytes(5, from: socket) else { return nil }
        let length = head[..<4].reduce(0) { $0 << 8 | Int($1) }
        // One byte of padding length was read with the head; after it come the payload and the padding.
        guard (20...35_000).contains(length), let packet = bytes(length - 1, from: socket), packet[0] == 20 else {
            return nil
        }
        return ServerOffer(message: packet)
    }

    /// Number, cookie, then ten lists of names.
    private init?(message: [UInt8]) {
        let lists = message.withUnsafeBytes { bytes -> [[String]] in
            var reader = SSHReader(UnsafeRawBufferPointer(rebasing: bytes.dropFirst(17)))
            return (0..<10).compactMap { _ in reader.text() }.map { $0.split(separator: ",").map(String.init) }
        }
        guard lists.count == 10 else { return nil }
        keyExchanges = lists[0]
        hostKeys = lists[1]
        ciphers = lists[2]
        codes = lists[4]
    }

    private static func connect(host: String, port: UInt16) -> Int32? {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, "\(port)", &hints, &found) == 0 else { return nil }
        defer { freeaddrinfo(found) }
        var next = found
        while let address = next?.pointee {
            let descriptor = socket(address.ai_family, address.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), 0)
            if descriptor >= 0 {
                if Glibc.connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 { return descriptor }
                close(descriptor)
            }
            next = address.ai_next
        }
        return nil
    }

    private static func bytes(_ count: Int, from socket: Int32) -> [UInt8]? {
        var result = [UInt8](repeating: 0, count: count)
        let got = recv(socket, &result, count, Int32(MSG_WAITALL))
        return got == count ? result : nil
    }
}
