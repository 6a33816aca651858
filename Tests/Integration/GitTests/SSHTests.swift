import Foundation
import Git
import Model
import Testing

@Suite("Publishing over SSH", .bounded)
struct SSHTests {
    /// A server with an empty `remote.git`, the key that opens it, and its workplace.
    private func server(
        _ type: String = "ed25519", passphrase: String = "", hostKeys: [String] = ["ed25519", "ecdsa", "rsa"],
        algorithms: [String] = LoopbackSSH.standard
    ) throws -> (Workplace, LoopbackSSH, TestKey) {
        let place = try Workplace()
        try RegistryRepository.createIfMissing(place.path("remote.git"))
        let key = try place.sshKey(type, passphrase: passphrase)
        return (
            place, try LoopbackSSH(place, keys: [try key.publicKey], hostKeys: hostKeys, algorithms: algorithms), key
        )
    }

    /// The error of a publication that must fail.
    private func failure(_ registry: RegistryRepository) async throws -> StrataError {
        do {
            let outcome = try await registry.publish(try .of([.write("a", "1")], attempts: 1))
            throw CommandFailure(command: ["publish"], status: 0, text: "\(outcome)")
        } catch let error as StrataError { return error }
    }

    @Test("pushes with each kind of key", arguments: ["ed25519", "ecdsa"], ["", "correct horse"])
    func keys(type: String, passphrase: String) async throws {
        let (place, server, key) = try server(type, passphrase: passphrase)
        defer { server.stop() }
        let registry = try await server.registry(key, passphrase: passphrase.isEmpty ? nil : passphrase)
        #expect(try await registry.fetch(["main"]) == ["main": nil])
        let first = try await registry.publish(try .of([.write("a/b", "1"), .write("c", "2")]))
        let second = try await registry.publish(try .of([.write("c", "3"), .delete("a/b")]))
        #expect(first.tip != second.tip)
        #expect(try place.count() == 2)
        #expect(try place.files() == ["c"])
        #expect(try await registry.publish(try .of([.write("c", "3")])) == .unchanged(tip: second.tip))
        try place.expectSound()
    }

    @Test("pushes with a key pair of its own making")
    func ownKeys() async throws {
        let place = try Workplace()
        try RegistryRepository.createIfMissing(place.path("remote.git"))
        let pair = KeyPair(comment: "strata deploy key")
        let text = pair.privateKey.withBytes { String(decoding: $0, as: UTF8.self) }
        let key = TestKey(text: text, publicText: pair.publicLine)
        let server = try LoopbackSSH(place, keys: [pair.publicKey])
        defer { server.stop() }
        let outcome = try await server.registry(key).publish(try .of([.write("a", "1")]))
        #expect(outcome.tip != nil)
    }

    @Test(
        "reaches a server by whichever pinned type it has",
        arguments: [
            (["ed25519"], ["ed25519"]), (["ecdsa"], ["ecdsa"]), (["ecdsa"], ["ed25519", "ecdsa"]),
            (["ed25519", "ecdsa", "rsa"], ["ed25519"]), (["rsa", "ecdsa", "ed25519"], ["ecdsa"]),
        ])
    func hostKeys(has: [String], pinned: [String]) async throws {
        let place = try Workplace()
        try RegistryRepository.createIfMissing(place.path("remote.git"))
        let key = try place.sshKey()
        let server = try LoopbackSSH(place, keys: [try key.publicKey], hostKeys: has)
        defer { server.stop() }
        var hosts = KnownHosts()
        for type in pinned {
            // A pin whose key the server lacks stands for another server of the same name.
            let pin = has.contains(type) ? try server.hostKey(type) : try place.sshKey(type).publicKey
            try hosts.add("[127.0.0.1]:\(server.port) \(pin)", from: "test")
        }
        let outcome = try await server.registry(key, hosts: hosts).publish(try .of([.write("a", "1")]))
        #expect(outcome.tip != nil)
    }

    @Test("refuses a changed host key and shows both fingerprints", arguments: [["ed25519", "ecdsa"], ["ecdsa"]])
    func changedHost(has: [String]) async throws {
        let place = try Workplace()
        let key = try place.sshKey()
        let server = try LoopbackSSH(place, keys: [try key.publicKey], hostKeys: has)
        defer { server.stop() }
        let pin = try place.sshKey("ed25519").publicKey
        var hosts = KnownHosts()
        try hosts.add("[127.0.0.1]:\(server.port) \(pin)", from: "test")
        let error = try await failure(try await server.registry(key, hosts: hosts))
        #expect(error.code == .git)
        #expect(error.description.contains(pin.fingerprint))
        let shown = try has.map { try server.hostKey($0).fingerprint }
        #expect(shown.contains { error.description.contains($0) }, "\(error)")
        #expect(!(try place.read("sshd/log")).contains("Accepted"))
    }

    @Test("refuses an unknown host and shows its fingerprint; a pin of another port is none")
    func unknownHost() async throws {
        let (_, server, key) = try server()
        defer { server.stop() }
        var hosts = KnownHosts()
        try hosts.add(
            "127.0.0.1 \(try server.hostKey("ed25519"))\n[127.0.0.1]:1 \(try server.hostKey("ecdsa"))", from: "t")
        let error = try await failure(try await server.registry(key, hosts: hosts))
        #expect(error.description.contains("not pinned"))
        #expect(error.description.contains("SHA256:"))
    }

    @Test("offers a refused key once, and names it")
    func refusedKey() async throws {
        let (place, server, _) = try server()
        defer { server.stop() }
        let other = try place.sshKey()
        let error = try await failure(try await server.registry(other))
        #expect(error.code == .credentials)
        #expect(error.description.contains(try other.publicKey.fingerprint))
        let offers = try place.read("sshd/log").split(separator: "\n").count { $0.contains("Failed publickey") }
        #expect(offers == 1)
        #expect(server.connections == 1)
    }

    @Test("says so when the passphrase is wrong")
    func wrongPassphrase() async throws {
        let (_, server, key) = try server("ed25519", passphrase: "right")
        defer { server.stop() }
        let error = try await failure(try await server.registry(key, passphrase: "wrong"))
        #expect(error.code == .credentials, "\(error)")
        #expect(error.description.contains("passphrase"))
        #expect(!error.causes.joined().contains("wrong"))
    }

    @Test("says which algorithms are missing on a server with only ETM and AEAD")
    func modernOnly() async throws {
        let (_, server, key) = try server(algorithms: [
            "Ciphers chacha20-poly1305@openssh.com,aes256-gcm@openssh.com",
            "MACs hmac-sha2-512-etm@openssh.com,hmac-sha2-256-etm@openssh.com",
        ])
        defer { server.stop() }
        let error = try await failure(try await server.registry(key))
        #expect(error.code == .unsupported, "\(error)")
        #expect(error.description.contains("ETM"))
    }

    @Test("says so when a server has nothing but an RSA host key")
    func rsaHost() async throws {
        let (_, server, key) = try server(hostKeys: ["rsa"])
        defer { server.stop() }
        let error = try await failure(try await server.registry(key, hosts: server.pins("rsa")))
        #expect(error.code == .unsupported, "\(error)")
        #expect(error.description.contains("RSA host keys"))
    }

    @Test("passes on the server's words about a repository that is not there")
    func noRepository() async throws {
        let (_, server, key) = try server()
        defer { server.stop() }
        let error = try await failure(try await server.registry(key, repository: "absent.git"))
        #expect(error.code == .accessDenied, "\(error)")
        #expect(error.description.contains("absent.git"))
        #expect(server.connections == 1)
    }

    @Test("passes on the server's words about a key that may only read; reading works")
    func readOnlyKey() async throws {
        let place = try Workplace()
        _ = try await place.registry(cache: "seed").publish(try .of([.write("a", "0")]))
        let key = try place.sshKey()
        let server = try LoopbackSSH(place, keys: [], readOnly: [try key.publicKey])
        defer { server.stop() }
        let registry = try await server.registry(key)
        let tip = try #require(try await registry.fetch(["main"])["main"] ?? nil)
        #expect(try await registry.read("a", at: tip) == Array("0".utf8))
        let error = try await failure(registry)
        #expect(error.code == .accessDenied, "\(error)")
        #expect(error.description.contains("marked as read only"), "\(error)")
        #expect(try place.count() == 1)
    }

    @Test("two branches published at once by one registry, with signed commits")
    func together() async throws {
        let (place, server, key) = try server()
        defer { server.stop() }
        let registry = try await server.registry(key, signing: try place.sshKey())
        async let main = registry.publish(try .of((0..<30).map { .write("m/\($0)", "\($0)") }))
        async let pages = registry.publish(try .of((0..<30).map { .write("p/\($0)", "\($0)") }, branch: "gh-pages"))
        _ = try await (main, pages)
        #expect(try place.files("main").count == 30)
        #expect(try place.files("gh-pages").count == 30)
        try place.expectSound()
    }

    @Test("passes on a hook's words, and changes nothing", arguments: ["pre-receive", "update"])
    func hookRefuses(hook: String) async throws {
        let (place, server, key) = try server()
        defer { server.stop() }
        try place.write("remote.git/hooks/\(hook)", "#!/bin/sh\necho 'protected branch: ask Ada' >&2\nexit 1\n")
        try place.run("chmod", "+x", "remote.git/hooks/\(hook)")
        let error = try await failure(try await server.registry(key))
        #expect(error.code == .git)
        #expect(error.description.contains("ask Ada"), "\(error)")
        #expect(error.description.contains("declined"), "\(error)")
        #expect(try place.run("git", "-C", "remote.git", "for-each-ref") == "")
    }

    @Test("a ref that moves in the middle of the push: published on top of it")
    func movesMidPush() async throws {
        let (place, server, key) = try server()
        defer { server.stop() }
        let registry = try await server.registry(key)
        _ = try await registry.publish(try .of([.write("a", "0")]))
        let theirs = try place.commitElsewhere(["theirs": "x"], branch: "main")
        let ours = try place.run("git", "-C", "remote.git", "rev-parse", "main^")
        try place.run("git", "-C", "remote.git", "update-ref", "refs/heads/main", ours)
        // The other push wins after the server has listed its branches and before it takes ours; once.
        try place.write(
            "remote.git/hooks/pre-receive",
            "#!/bin/sh\nunset GIT_QUARANTINE_PATH\ngit update-ref refs/heads/main \(theirs)\nrm -f \"$0\"\nexit 0\n")
        try place.run("chmod", "+x", "remote.git/hooks/pre-receive")
        let outcome = try await registry.publish(try .of([.write("a", "1")]))
        #expect(outcome.tip != nil)
        #expect(try place.files() == ["a", "theirs"])
        #expect(try place.text("a") == "1")
        #expect(try place.count() == 3)
    }

    @Test("replaces the site's branch only over the tip that was read")
    func lease() async throws {
        let (place, server, key) = try server()
        defer { server.stop() }
        let registry = try await server.registry(key)
        let pages = { (round: Int) in
            try Publication.of([.write("f\(round)", "x")], branch: "gh-pages", history: .squash(budget: 2))
        }
        for round in 0..<2 { _ = try await registry.publish(try pages(round)) }
        let tip = try #require(try await registry.fetch(["gh-pages"])["gh-pages"] ?? nil)
        try place.commitElsewhere(["CNAME": "layers.example"], branch: "gh-pages")
        var request = CommitRequest(
            parent: nil, message: "Squash", author: try Author("S <s@example.invalid>"), date: Timestamp(seconds: 1),
            changes: [.write("g", "x")])
        request.base = tip
        let orphan = try #require(try await registry.commit(request))
        let outcome = try await registry.push(orphan, to: "gh-pages", expecting: tip, replacing: true)
        guard case .moved(let now) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(now == (try place.run("git", "-C", "remote.git", "rev-parse", "gh-pages")))
        // The recipe takes their file along.
        let pushed = try await registry.publish(try pages(3))
        guard case .pushed(let commit) = pushed else {
            Issue.record("\(pushed)")
            return
        }
        #expect(commit.squashed)
        #expect(try place.count("gh-pages") == 1)
        #expect(try place.files("gh-pages") == ["CNAME", "f0", "f1", "f3"])
        try place.expectSound(branch: "gh-pages")
    }

    @Test("signs commits so that git verifies them")
    func signed() async throws {
        let (place, server, key) = try server()
        defer { server.stop() }
        let signer = try place.sshKey()
        let registry = try await server.registry(key, signing: signer)
        _ = try await registry.publish(
            try .of([.write("a", "1")], message: "publish ünï 2.0\n\nbody\n\nRun: 1"))
        try place.write("signers", try signer.publicKey.allowedSigner("strata@example.invalid"))
        let report = try place.run(
            "git", "-C", "remote.git", "-c", "gpg.format=ssh", "-c",
            "gpg.ssh.allowedSignersFile=\(place.path("signers"))", "verify-commit", "main")
        #expect(report.contains("Good \"git\" signature for strata@example.invalid"))
        #expect(report.contains(try signer.publicKey.fingerprint))
        try place.write("signers", try place.sshKey().publicKey.allowedSigner("strata@example.invalid"))
        let bad = try place.attempt([
            "git", "-C", "remote.git", "-c", "gpg.format=ssh", "-c",
            "gpg.ssh.allowedSignersFile=\(place.path("signers"))", "verify-commit", "main",
        ])
        #expect(bad.status != 0)
        try place.expectSound()
    }

    @Test("a fetch that finds nothing new downloads nothing; its own pushes need not be fetched")
    func bounded() async throws {
        let (place, server, key) = try server()
        defer { server.stop() }
        let registry = try await server.registry(key)
        _ = try await registry.publish(try .of((0..<20).map { .write("f\($0)", "\($0)") }))
        let packs = {
            try FileManager.default.contentsOfDirectory(atPath: place.path("cache/clone.git/objects/pack")).sorted()
        }
        let before = try packs()
        _ = try await registry.fetch(["main"])
        #expect(try packs() == before)
        #expect(before.count == 2)
        try place.commitElsewhere(["g": "1"])
        try place.run("git", "-C", "remote.git", "branch", "other", "main")
        try place.run("git", "-C", "remote.git", "tag", "v1", "main")
        _ = try await registry.fetch(["main"])
        #expect(try packs().count == 4)
        #expect(
            try place.run("git", "-C", "cache/clone.git", "for-each-ref", "--format=%(refname)")
                == "refs/remotes/origin/main")
    }

    @Test("cannot be reached: says where it failed")
    func unreachable() async throws {
        let (_, server, key) = try server()
        let registry = try await server.registry(key)
        server.stop()
        let error = try await failure(registry)
        #expect(error.code == .connection, "\(error)")
        #expect(error.description.contains("127.0.0.1"))
    }
}
