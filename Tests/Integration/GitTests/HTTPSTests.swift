import Foundation
import Git
import Model
import Testing

@Suite("Pushing over HTTPS", .bounded)
struct HTTPSTests {
    private func withServer(
        _ rules: LoopbackHTTPS.Rules, _ body: (Workplace, LoopbackHTTPS) async throws -> Void
    ) async throws {
        let place = try Workplace()
        try RegistryRepository.createIfMissing(place.path("remote.git"))
        let server = try LoopbackHTTPS(place, rules)
        defer { server.stop() }
        try await body(place, server)
    }

    @Test("publishes with a token, which goes with each request and is asked for by none")
    func publishes() async throws {
        try await withServer(.init(tokens: ["token-1": "write"])) { place, server in
            let registry = try await server.registry(" token-1\r\n")
            #expect(try await registry.fetch(["main"]) == ["main": nil])
            _ = try await registry.publish(try .of([.write("a/b", "1"), .write("c", "2")]))
            _ = try await registry.publish(try .of([.write("a/b", "3")]))
            #expect(try place.text("a/b") == "3" && place.text("c") == "2")
            #expect(try place.count() == 2)
            try place.expectSound()
            // Somebody else's commit is fetched, and built upon.
            let theirs = try place.commitElsewhere(["theirs": "x"])
            #expect(try await registry.fetch(["main"])["main"]??.description == theirs)
            _ = try await registry.publish(try .of([.write("c", "4")]))
            #expect(try place.files() == ["a/b", "c", "theirs"])
            let requests = try server.requests()
            #expect(requests.allSatisfy { $0.status == 200 && $0.scheme == "Basic" && $0.user == "x-access-token" })
        }
    }

    @Test("carries what is large, both ways, and leaves no more in the clone than there is")
    func large() async throws {
        try await withServer(.init(tokens: ["token-1": "write"], user: "me@example.org")) { place, server in
            // Random letters, which packs cannot shrink.
            let files = (0..<300).map { number in
                TreeChange.write(
                    "f\(number)", (0..<8000).map { _ in String(UInt64.random(in: 0 ... .max), radix: 36) }.joined())
            }
            let registry = try await server.registry("token-1", user: "me@example.org")
            _ = try await registry.publish(try .of(files))
            try place.expectSound()
            let fresh = try await server.registry("token-1", user: "me@example.org", cache: "fresh")
            let tip = try #require(try await fresh.fetch(["main"])["main"] ?? nil)
            #expect(try await fresh.list(at: tip).count == 300)
            guard case .write(let bytes) = files[299].content else { return }
            #expect(try await fresh.read("f299", at: tip) == bytes)
        }
    }

    @Test("tells a token that is none from one that may not read, and from one that may not push")
    func permissions() async throws {
        try await withServer(.init(tokens: ["reads": "read", "nothing": "nothing"])) { place, server in
            let none = await refusal { try await server.registry("ghp_over").writableTips(of: ["main"]) }
            #expect(none?.code == .credentials)
            #expect(none?.message.contains("does not accept the token: Invalid username or token.") == true)
            #expect(none?.hint?.contains("expired or been revoked") == true)

            let reader = try await server.registry("reads", cache: "reads")
            #expect(try await reader.fetch(["main"]) == ["main": nil])
            let readOnly = await refusal { try await reader.writableTips(of: ["main"]) }
            #expect(readOnly?.code == .accessDenied)
            #expect(readOnly?.message.contains("may not push to the repository: Write access") == true)
            #expect(readOnly?.hint?.contains("Contents: Read and write") == true)
            let push = await refusal { try await reader.publish(try .of([.write("a", "1")])) }
            #expect(push?.code == .accessDenied)

            let unseen = await refusal { try await server.registry("nothing", cache: "n").fetch(["main"]) }
            #expect(unseen?.code == .notFound)
            #expect(unseen?.message.contains("the token may not see it: Repository not found.") == true)
            for error in [none, readOnly, push, unseen] {
                let told = error?.causes.joined(separator: "\n") ?? ""
                #expect(!told.contains("reads") && !told.contains("ghp_over"), "\(told)")
            }
        }
    }

    @Test("follows no redirect, to no host, and says where it leads", arguments: ["elsewhere", "here"])
    func redirects(to place: String) async throws {
        try await withServer(.init(tokens: ["token-1": "write"], redirect: place)) { _, server in
            let error = await refusal { try await server.registry("token-1").fetch(["main"]) }
            #expect(error?.code == .refused)
            #expect(error?.message.contains("redirects to https://localhost:") == true, "\(error?.message ?? "")")
            #expect(error?.hint?.contains("git.remote") == true)
            let requests = try server.requests()
            #expect(requests.count == 1 && requests.allSatisfy { !$0.elsewhere })
        }
    }

    @Test(
        "says what an answer is that is none of git's",
        arguments: [
            (
                LoopbackHTTPS.Rules.Answer(status: 200, type: "text/html", text: "<h1>Log in</h1>"), "git",
                "not as a git server"
            ),
            (.init(status: 413, text: "too large"), "tooLarge", "no push of this size"),
            (.init(status: 503, text: "later\u{1b}[31m"), "unavailable", "status 503: later"),
            (.init(status: 429, text: "slow down"), "throttled", "patience"),
        ])
    func strangeAnswers(_ answer: LoopbackHTTPS.Rules.Answer, code: String, words: String) async throws {
        try await withServer(.init(answer: answer)) { _, server in
            let error = await refusal { try await server.registry("token-1").writableTips(of: ["main"]) }
            #expect(error?.code.rawValue == code)
            #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
            #expect(error?.message.contains("\u{1b}") == false)
        }
    }

    @Test("sends nothing to a server whose certificate is not trusted, nor past a proxy that is named")
    func trust() async throws {
        try await withServer(.init(tokens: ["token-1": "write"])) { place, server in
            let stranger = try place.run(
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-subj",
                "/CN=Stranger", "-keyout", "stranger.key")
            try place.write(
                "stranger.pem",
                String(stranger[try #require(stranger.firstRange(of: "-----BEGIN")).lowerBound...]) + "\n")
            let untrusted = await refusal {
                try await server.registry(
                    "token-1", environment: ["SSL_CERT_FILE": place.path("stranger.pem"), "no_proxy": "localhost"]
                ).fetch(["main"])
            }
            #expect(untrusted?.code == .connection)
            #expect(untrusted?.message.contains("certificate is not trusted") == true, "\(untrusted?.message ?? "")")
            #expect(untrusted?.hint?.contains("SSL_CERT_FILE") == true)
            var environment = server.environment
            environment["no_proxy"] = nil
            environment["https_proxy"] = "http://127.0.0.1:1"
            let proxied = await refusal {
                try await server.registry("token-1", cache: "b", environment: environment).fetch(["main"])
            }
            #expect(proxied?.code == .connection)
            #expect(try server.requests().isEmpty)
        }
    }

    @Test("tells a push that was taken from one that was not, when the answer never came")
    func lostAnswer() async throws {
        try await withServer(.init(tokens: ["token-1": "write"], drop: "git-receive-pack")) { place, server in
            let registry = try await server.registry("token-1")
            _ = try await registry.publish(try .of([.write("a", "1")]))
            #expect(try place.count() == 1)
            try server.set(.init(tokens: ["token-1": "write"]))
            _ = try await registry.publish(try .of([.write("a", "2")]))
            #expect(try place.count() == 2)
        }
    }

    @Test("hears a hook's words, and sees a branch that moved")
    func refused() async throws {
        try await withServer(.init(tokens: ["token-1": "write"])) { place, server in
            let registry = try await server.registry("token-1")
            _ = try await registry.publish(try .of([.write("a", "1")]))
            // Somebody pushes between the fetch and the push.
            let tip = try await registry.fetch(["main"])["main"] ?? nil
            let commit = try #require(
                try await registry.commit(
                    CommitRequest(
                        parent: tip, message: "Late", author: try .tests(), date: Timestamp(seconds: 1_800_000_000),
                        changes: [.write("a", "2")])))
            let theirs = try place.commitElsewhere(["theirs": "x"])
            #expect(try await registry.push(commit, to: "main", expecting: tip) == .moved(to: theirs))

            try place.write("remote.git/hooks/pre-receive", "#!/bin/sh\necho 'not on a Friday' >&2\nexit 1\n")
            try place.run("chmod", "+x", "remote.git/hooks/pre-receive")
            let error = await refusal { try await registry.publish(try .of([.write("a", "3")])) }
            #expect(error?.code == .git)
            #expect(error?.message.contains("not on a Friday") == true, "\(error?.message ?? "")")
            try place.write(
                "remote.git/hooks/pre-receive",
                "#!/bin/sh\necho 'GH013: Changes must be made through a pull request.' >&2\nexit 1\n")
            let ruled = await refusal { try await registry.publish(try .of([.write("a", "4")])) }
            #expect(ruled?.hint?.contains("bypass the rule") == true, "\(ruled?.hint ?? "")")
        }
    }

    @Test(
        "says what is wrong with a secret that cannot be a token",
        arguments: [
            ("  \n", "is empty"), (#"{"token": "t"}"#, "is a JSON object"),
            ("two words", "characters that no token has"),
            ("-----BEGIN OPENSSH PRIVATE KEY-----\n", "is a private key"),
            ("zwei\nZeilen", "characters that no token has"),
        ])
    func noToken(_ secret: String, words: String) async throws {
        try await withServer(.init()) { _, server in
            let error = await refusal { try await server.registry(secret).fetch(["main"]) }
            #expect(error?.code == .credentials)
            #expect(error?.message.contains("git.token \(words)") == true || error?.message.contains(words) == true)
            #expect(error?.message.contains("Zeilen") == false && error?.message.contains("two words") == false)
            let requests = try server.requests()
            #expect(requests.isEmpty)
        }
    }
}
