import Embedded
import Foundation
import Git
import Model
import Testing

@Suite("SSH keys", .bounded)
struct KeyTests {
    private func problem(_ text: String, passphrase: String? = nil) -> StrataError? {
        do throws(StrataError) {
            if let passphrase {
                _ = try SSHKey(Secret(text: text), passphrase: Secret(text: passphrase))
            } else {
                _ = try SSHKey(Secret(text: text))
            }
            return nil
        } catch { return error }
    }

    @Test("reads a key however it was stored, if nothing of it is lost", arguments: ["ed25519", "ecdsa"])
    func forms(type: String) throws {
        let place = try Workplace()
        let key = try place.sshKey(type)
        let bare = key.text.trimmingCharacters(in: .newlines)
        for text in [
            key.text, bare, "\n \t" + key.text + "\n\n", key.text.replacingOccurrences(of: "\n", with: "\r\n"),
            bare.replacingOccurrences(of: "\n", with: "\r\n"), "\u{feff}" + key.text,
            Data(key.text.utf8).base64EncodedString(), Data(key.text.utf8).base64EncodedString() + "\n",
            Data(key.text.utf8).base64EncodedString(options: [.lineLength76Characters, .endLineWithCarriageReturn]),
            key.text + "\0", key.text.replacingOccurrences(of: "\n", with: "\n    "), "  " + bare,
            bare.replacingOccurrences(of: "\n", with: "\n\t"),
            bare.split(separator: "\n").dropFirst().dropLast().joined(),
        ] {
            let read = try SSHKey(Secret(text: text)).publicKey
            #expect(try read == key.publicKey, "\(text.prefix(50).debugDescription)")
        }
    }

    @Test("explains a key that was spoiled on its way")
    func spoiled() throws {
        let place = try Workplace()
        let key = try place.sshKey()
        let flat = key.text.trimmingCharacters(in: .newlines)
        let lines = flat.split(separator: "\n")
        let shortened = (lines.prefix(3) + lines.suffix(1)).joined(separator: "\n")
        let hollow = (lines.prefix(1) + lines.suffix(1)).joined(separator: "\n")
        let spoiled: [(String, String)] = [
            ("", "empty"), (" \n", "empty"),
            (flat.replacingOccurrences(of: "\n", with: " "), "flattened"),
            (flat.replacingOccurrences(of: "\n", with: ""), "flattened"),
            (flat.replacingOccurrences(of: "\n", with: "\\n"), "\\n"),
            (lines.dropLast().joined(separator: "\n"), "cut off"),
            (String(key.text.prefix(200)), "cut off"),
            (shortened, "cut"), (hollow, "damaged"),
            (flat.replacingOccurrences(of: "b3BlbnNz", with: "b3Bl*nNz"), "damaged"),
            (key.text + key.text, "more than one"), (flat + flat, "more than one"),
            ("{\"private\": \"x\"}", "#private"), (key.publicText, "public half"),
            ("-----BEGIN PRIVATE KEY-----\nMC4CAQA=\n-----END PRIVATE KEY-----\n", "ssh-keygen -p"),
            ("-----BEGIN EC PRIVATE KEY-----\nMC4CAQA=\n-----END EC PRIVATE KEY-----\n", "ssh-keygen -p"),
            ("-----BEGIN RSA PRIVATE KEY-----\nMC4CAQA=\n-----END RSA PRIVATE KEY-----\n", "ssh-keygen -t ed25519"),
            ("-----BEGIN PUBLIC KEY-----\nMC4CAQA=\n-----END PUBLIC KEY-----\n", "private half"),
            ("PuTTY-User-Key-File-3: ssh-ed25519\n", "puttygen"), ("hunter2", "ssh-keygen"),
        ]
        for (text, word) in spoiled {
            let error = try #require(problem(text), "accepted: \(text.prefix(60))")
            #expect(error.code == .credentials)
            #expect(error.description.contains(word), "\(text.prefix(60)) → \(error)")
            #expect(!error.description.contains("hunter2"))
        }
    }

    @Test("no cut of a key is taken for a key, or crashes")
    func everyCut() throws {
        let place = try Workplace()
        let key = try place.sshKey("ecdsa")
        for length in 0..<(key.text.utf8.count - 2) {
            #expect(problem(String(key.text.prefix(length))) != nil, "a prefix of \(length)")
        }
        // A single changed letter in the public or private part is noticed, or gives the same public key.
        let letters = Array(key.text)
        for index in stride(from: 40, to: letters.count - 40, by: 3) where letters[index] != "\n" {
            var changed = letters
            changed[index] = changed[index] == "A" ? "B" : "A"
            _ = problem(String(changed))
        }
    }

    @Test(
        "refuses kinds of keys that would fail later, with the command that helps",
        arguments: [
            ("rsa", [], "SHA-1"), ("ecdsa", ["-b", "384"], "ecdsa-sha2-nistp384"),
            ("rsa", ["-m", "PEM"], "SHA-1"), ("ecdsa", ["-m", "PEM"], "ssh-keygen -p"),
            ("ed25519", ["-Z", "aes256-gcm@openssh.com"], "-Z aes256-ctr"),
        ] as [(String, [String], String)])
    func kinds(type: String, options: [String], word: String) throws {
        let place = try Workplace()
        let key = try place.sshKey(type, passphrase: options.contains("-Z") ? "x" : "", options: options)
        let error = try #require(problem(key.text, passphrase: "x"))
        #expect(error.description.contains(word), "\(error)")
        #expect(error.description.contains("ssh-keygen"))
    }

    @Test("asks for a passphrase when one is needed, and only then")
    func passphrase() throws {
        let place = try Workplace()
        let key = try place.sshKey(passphrase: "open sesame")
        #expect(try #require(problem(key.text)).description.contains("git.passphrase"))
        let read = try SSHKey(Secret(text: key.text), passphrase: Secret(text: "open sesame\n"))
        let (encrypted, publicKey) = (read.isEncrypted, read.publicKey)
        #expect(encrypted)
        #expect(try publicKey == key.publicKey)
        #expect(problem(try place.sshKey().text, passphrase: "never used") == nil)
    }

    @Test("makes key pairs that ssh-keygen reads")
    func pairs() throws {
        let place = try Workplace()
        let pair = KeyPair(comment: "strata\nacme")
        try place.write("key", pair.privateKey.withBytes { String(decoding: $0, as: UTF8.self) })
        try place.run("chmod", "600", "key")
        let (line, publicKey) = (pair.publicLine, pair.publicKey)
        let again = try place.run("ssh-keygen", "-y", "-f", "key")
        #expect(again == line)
        #expect(line.hasSuffix(" strata acme"))
        let shown = try place.run("ssh-keygen", "-l", "-f", "key")
        #expect(shown.contains(publicKey.fingerprint))
        let other = KeyPair(comment: "x").publicKey
        #expect(other != publicKey)
        let signer = try SigningKey(pair.privateKey).publicKey
        #expect(signer == publicKey)
    }

    @Test("signs what ssh-keygen verifies, and nothing else", arguments: [0, 1, 63, 64, 1000])
    func signatures(size: Int) throws {
        let place = try Workplace()
        let pair = KeyPair(comment: "signer")
        let message = String(repeating: "ü", count: size)
        let signature = try SigningKey(pair.privateKey).signature(of: message)
        try place.write("signature", signature + "\n")
        try place.write("signers", pair.publicKey.allowedSigner("me@example.invalid"))
        let verify = [
            "ssh-keygen", "-Y", "verify", "-f", "signers", "-I", "me@example.invalid", "-n", "git", "-s", "signature",
        ]
        #expect(try place.attempt(verify, input: message).status == 0)
        #expect(try place.attempt(verify, input: message + "!").status != 0)
        try place.write("signers", KeyPair(comment: "other").publicKey.allowedSigner("me@example.invalid"))
        #expect(try place.attempt(verify, input: message).status != 0)
    }

    @Test("refuses to sign with what is no plain ed25519 key")
    func signers() throws {
        let place = try Workplace()
        for key in [try place.sshKey("ecdsa"), try place.sshKey(passphrase: "x"), try place.sshKey("rsa")] {
            #expect(throws: StrataError.self) { _ = try SigningKey(Secret(text: key.text)) }
        }
    }
}

extension SigningKey {
    fileprivate borrowing func signature(of text: String) throws(StrataError) -> String {
        var bytes = Array(text.utf8)
        let secret = Secret(taking: &bytes)
        return try secret.withBytes { bytes throws(StrataError) in try signature(of: bytes) }
    }
}

@Suite("Known hosts", .bounded)
struct KnownHostsTests {
    private let one = KeyPair(comment: "").publicKey
    private let two = KeyPair(comment: "").publicKey

    private func pins(_ text: String, _ host: String, _ port: UInt16 = 22) throws -> [SSHPublicKey] {
        var hosts = KnownHosts()
        try hosts.add(text, from: "known_hosts")
        return hosts.pins(for: host, port: port)
    }

    @Test("finds plain names, lists, ports, wildcards and negations")
    func names() throws {
        let text = """
            # a comment

            github.com,10.0.0.1 \(one) somebody
            [git.example]:2222 \(two)
            *.corp.example,!bad.corp.example,h?st \(two)
            """
        #expect(try pins(text, "github.com") == [one])
        #expect(try pins(text, "GitHub.com") == [one])
        #expect(try pins(text, "10.0.0.1") == [one])
        #expect(try pins(text, "github.com", 2222) == [])
        #expect(try pins(text, "git.example", 2222) == [two])
        #expect(try pins(text, "git.example") == [])
        #expect(try pins(text, "a.corp.example") == [two])
        #expect(try pins(text, "bad.corp.example") == [])
        #expect(try pins(text, "host") == [two])
        #expect(try pins(text, "hoost") == [])
        #expect(try pins(text, "evilgithub.com") == [])
    }

    @Test("finds hashed names, as ssh-keygen -H writes them")
    func hashed() throws {
        let place = try Workplace()
        try place.write("known", "github.com \(one)\n[git.example]:2222 \(two)\n")
        try place.run("ssh-keygen", "-q", "-H", "-f", "known")
        let text = try place.read("known")
        #expect(text.contains("|1|"))
        #expect(try pins(text, "github.com") == [one])
        #expect(try pins(text, "git.example", 2222) == [two])
        #expect(try pins(text, "gitlab.com") == [])
    }

    @Test("takes back a revoked key")
    func revoked() throws {
        #expect(try pins("h \(one)\nh \(two)\n@revoked * \(one)\n", "h") == [two])
    }

    @Test(
        "names the file and the line of what is no pin",
        arguments: [
            "github.com", "github.com ssh-ed25519", "github.com ssh-ed25519 !!!", "@authority * KEY",
            "github.com ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl",
        ])
    func bad(line: String) {
        do {
            _ = try pins("# first\n\(line.replacingOccurrences(of: "KEY", with: one.description))\n", "x")
            Issue.record("accepted")
        } catch {
            #expect((error as? StrataError)?.place.file == "known_hosts")
            #expect((error as? StrataError)?.place.line == 2)
        }
    }

    @Test("lines of certificate authorities and a byte order mark do not hide the pins beside them")
    func authorities() throws {
        let text = "\u{feff}github.com \(one)\r\n@cert-authority *.corp.example \(two)\r\n"
        #expect(try pins(text, "github.com") == [one])
        #expect(try pins(text, "git.corp.example") == [])
    }

    @Test("pins the hosts that take SSH on the port of HTTPS", arguments: ["ssh.github.com", "altssh.gitlab.com"])
    func webPort(host: String) throws {
        let hosts = try KnownHosts.published()
        let usual = host == "ssh.github.com" ? "github.com" : "gitlab.com"
        #expect(hosts.pins(for: host, port: 443) == hosts.pins(for: usual, port: 22))
        #expect(hosts.pins(for: host, port: 22) == [])
    }

    @Test("knows what GitHub, GitLab, Bitbucket and Codeberg publish")
    func published() throws {
        let hosts = try KnownHosts.published()
        for host in ["github.com", "gitlab.com", "bitbucket.org", "codeberg.org"] {
            #expect(!hosts.pins(for: host, port: 22).isEmpty)
        }
        // Each pin stands below its published fingerprint.
        let lines = try EmbeddedFile.at("keys/known_hosts").text.split(separator: "\n")
        for (comment, line) in zip(lines, lines.dropFirst()) where comment.hasPrefix("# ") {
            let key = try #require(SSHPublicKey(line.split(separator: " ").dropFirst().joined(separator: " ")))
            #expect(comment.dropFirst(2) == key.fingerprint)
        }
    }
}
