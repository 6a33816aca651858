import Foundation
import Git
import Model
import Testing

@Suite("What servers say and do", .bounded)
struct ServerWordsTests {
    private func bench(readOnly: Bool = false) throws -> (Workplace, LoopbackSSH, TestKey) {
        let place = try Workplace()
        try RegistryRepository.createIfMissing(place.path("remote.git"))
        let key = try place.sshKey()
        let keys = [try key.publicKey]
        return (place, try LoopbackSSH(place, keys: readOnly ? [] : keys, readOnly: readOnly ? keys : []), key)
    }

    private func hook(_ place: Workplace, _ name: String, _ script: String) throws {
        try place.write("remote.git/hooks/\(name)", "#!/bin/sh\n\(script)\n")
        try place.run("chmod", "+x", "remote.git/hooks/\(name)")
    }

    private func failure(_ body: () async throws -> Void) async throws -> StrataError {
        do { try await body() } catch let error as StrataError { return error }
        throw CommandFailure(command: ["nothing failed"], status: 0, text: "")
    }

    @Test("a hook's escape sequences, bells and progress reach nobody; its words do")
    func sanitised() async throws {
        let (place, server, key) = try bench()
        defer { server.stop() }
        let words = #"\033[31mprotected\033[0m: ask Ada\007\n\033]0;title\007second\302\2331m line\n"#
        try hook(place, "pre-receive", "printf '\(words)Counting objects:  12%% (3/25)\\r' >&2; exit 1")
        let registry = try await server.registry(key)
        let error = try await failure { _ = try await registry.publish(try .of([.write("a", "1")])) }
        #expect(error.description.contains("protected: ask Ada; second line"), "\(error)")
        #expect(!error.description.contains("Counting"), "\(error)")
        #expect(!error.description.contains("title"), "\(error)")
        let all = ([error.description] + error.causes).joined().unicodeScalars
        #expect(all.allSatisfy { $0.value >= 0x20 && !(0x7f...0x9f).contains($0.value) })
    }

    @Test("a server that cannot unpack is believed: the push is not sent five times")
    func unpackFailed() async throws {
        let (place, server, key) = try bench()
        defer { server.stop() }
        try place.run("git", "-C", "remote.git", "config", "receive.maxInputSize", "10")
        let registry = try await server.registry(key)
        let error = try await failure { _ = try await registry.publish(try .of([.write("a", "1")])) }
        #expect(error.code == .git, "\(error)")
        #expect(error.description.contains("unpack"), "\(error)")
        // A fetch, a push, and both once more with a fresh clone.
        #expect(server.connections <= 5, "\(server.connections) connections")
    }

    @Test("a fetch that brings more than it may is cut")
    func tooLarge() async throws {
        let (place, server, key) = try bench()
        defer { server.stop() }
        var random = Seeded(state: 1)
        let noise = (0..<40_000).map { _ in String(random.next(), radix: 36) }.joined()
        _ = try await place.registry(cache: "seed").publish(try .of([.write("large", noise)]))
        let access = SSHAccess(hosts: try server.pins("ed25519", "ecdsa"), worker: gitWorker) {
            try SSHKey(Secret(text: key.text))
        }
        let registry = try await RegistryRepository.open(
            .init(
                cache: place.path("cache"), remote: try server.address(place.path("remote.git")), author: try .tests(),
                access: access, fetchLimit: ByteCount(100_000)))
        let error = try await failure { _ = try await registry.fetch(["main"]) }
        #expect(error.code == .tooLarge, "\(error)")
    }

    @Test("a key that may only read is told by who asks as a push does")
    func readOnly() async throws {
        let (_, server, key) = try bench(readOnly: true)
        defer { server.stop() }
        let registry = try await server.registry(key)
        _ = try await registry.fetch(["main"])
        let error = try await failure { _ = try await registry.writableTips(of: ["main"]) }
        #expect(error.code == .accessDenied, "\(error)")
        #expect(error.hint?.contains("write access") == true, "\(error)")
    }

    @Test("the branches' tips, asked as a push asks, are the ones that a fetch brings")
    func writable() async throws {
        let (place, server, key) = try bench()
        defer { server.stop() }
        let registry = try await server.registry(key)
        let tip = try await registry.publish(try .of([.write("a", "1")])).tip
        #expect(try await registry.writableTips(of: ["main", "other"]) == ["main": tip, "other": nil])
        #expect(try await place.registry(cache: "local").writableTips(of: ["main"]) == ["main": tip])
    }

    @Test("a new key that may only read, or not at all: the former one pushes", arguments: [true, false])
    func previousKey(readOnly: Bool) async throws {
        let place = try Workplace()
        try RegistryRepository.createIfMissing(place.path("remote.git"))
        let (old, new) = (try place.sshKey(), try place.sshKey())
        let server = try LoopbackSSH(
            place, keys: [try old.publicKey], readOnly: readOnly ? [try new.publicKey] : [])
        defer { server.stop() }
        let access = SSHAccess(
            hosts: try server.pins("ed25519", "ecdsa"), worker: gitWorker,
            previousKey: { try SSHKey(Secret(text: old.text)) }
        ) { try SSHKey(Secret(text: new.text)) }
        let notes = Notes()
        let registry = try await RegistryRepository.open(
            .init(
                cache: place.path("cache"), remote: try server.address(place.path("remote.git")), author: try .tests(),
                access: access, note: notes.add))
        _ = try await registry.publish(try .of([.write("a", "1")]))
        #expect(try place.text("a") == "1")
        #expect(notes.all.contains { $0.contains("the old one still works") }, "\(notes.all)")
    }

    @Test("one publication of two branches takes four connections")
    func connections() async throws {
        let (place, server, key) = try bench()
        defer { server.stop() }
        let registry = try await server.registry(key)
        let snapshots = try await registry.fetch(branches: ["main", "gh-pages"])
        for (branch, isReadBack) in [("main", true), ("gh-pages", false)] {
            let snapshot = try #require(snapshots[branch])
            let draft = RegistryDraft(
                message: "m", date: Timestamp(seconds: 1),
                changes: [FileChange(path: "a", content: .write(Array(branch.utf8)))], isReadBack: isReadBack)
            let commit = try #require(try await registry.commit(draft, on: snapshot))
            #expect(try await registry.push(commit, expecting: snapshot.tip) == .pushed)
            #expect(try place.text("a", branch) == branch)
        }
        #expect(server.connections == 4)
    }

    @Test("a revoked host key is called revoked; a certificate authority is named")
    func refusedHosts() async throws {
        let (_, server, key) = try bench()
        defer { server.stop() }
        let name = "[127.0.0.1]:\(server.port)"
        var revoked = KnownHosts()
        for type in ["ed25519", "ecdsa", "rsa"] {
            try revoked.add("@revoked \(name) \(try server.hostKey(type))\n", from: "test")
        }
        let error = try await failure { _ = try await server.registry(key, hosts: revoked).fetch(["main"]) }
        #expect(error.description.contains("marks as revoked"), "\(error)")
        var authority = KnownHosts()
        try authority.add("@cert-authority 127.0.0.1,\(name) \(try server.hostKey("ed25519"))", from: "test")
        let other = try await failure {
            _ = try await server.registry(key, cache: "two", hosts: authority).fetch(["main"])
        }
        #expect(other.description.contains("certificate authority"), "\(other)")
    }

    @Test("a repository of SHA-256 is said to be one, near and far")
    func sha256() async throws {
        let (place, server, key) = try bench()
        defer { server.stop() }
        try FileManager.default.removeItem(atPath: place.path("remote.git"))
        try place.run("git", "init", "-q", "--bare", "--object-format=sha256", "-b", "main", "remote.git")
        try place.run("git", "init", "-q", "--object-format=sha256", "-b", "main", "work")
        try place.write("work/a", "1")
        try place.run("git", "-C", "work", "add", "a")
        try place.run("git", "-C", "work", "commit", "-q", "-m", "one")
        try place.run("git", "-C", "work", "push", "-q", place.path("remote.git"), "main")
        let near = try await RegistryRepository.open(
            .init(cache: place.path("near"), remote: try RemoteAddress(place.path("remote.git")), author: try .tests()))
        let local = try await failure { _ = try await near.fetch(["main"]) }
        #expect(local.code == .unsupported && local.description.contains("SHA-256"), "\(local)")
        let registry = try await server.registry(key)
        let remote = try await failure { _ = try await registry.fetch(["main"]) }
        #expect(remote.code == .unsupported && remote.description.contains("SHA-256"), "\(remote)")
    }
}
