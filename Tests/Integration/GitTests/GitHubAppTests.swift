import Foundation
import Git
import Model
import Testing

@Suite("Pushing as a GitHub App", .bounded)
struct GitHubAppTests {
    private func withApp(
        _ change: (inout LoopbackHTTPS.Rules.App) -> Void = { _ in },
        _ body: (Workplace, LoopbackHTTPS, AppKeyPair, LoopbackHTTPS.Rules.App) async throws -> Void
    ) async throws {
        let place = try Workplace()
        let pair = try AppKeyPair(place)
        var app = LoopbackHTTPS.Rules.App(key: pair.publicText)
        change(&app)
        let server = try LoopbackHTTPS(place, .init(app: app))
        defer { server.stop() }
        try await body(place, server, pair, app)
    }

    private let app = GitHubApp(id: "12345", installation: 77)

    @Test("with tokens for this repository, to read where it reads, and to write where it writes")
    func publishes() async throws {
        try await withApp { place, server, pair, _ in
            let registry = try await server.registry(pair.text, app: app)
            _ = try await registry.publish(try .of([.write("a", "1")]))
            #expect(try await registry.writableTips(of: ["main"])["main"] != nil)
            #expect(try place.text("a") == "1")
            try place.expectSound()
            let requests = try server.requests()
            let wishes = requests.compactMap(\.wish)
            #expect(wishes.allSatisfy { $0.repositories == ["remote"] })
            #expect(wishes.map(\.permissions) == [["contents": "read"], ["contents": "write"], ["contents": "write"]])
            #expect(
                requests.filter { $0.wish == nil }.allSatisfy { $0.scheme == "Basic" && $0.user == "x-access-token" })
            // Each connection has a token of its own.
            #expect(try server.issued().count == 3)
        }
    }

    @Test("and renews a token that ran out in the middle")
    func renewed() async throws {
        // The first is for the fetch; the second is good for the list of branches only, not for the push that follows.
        try await withApp({ $0.uses = [nil, 1] }) { place, server, pair, _ in
            let registry = try await server.registry(pair.text, app: app)
            _ = try await registry.publish(try .of([.write("a", "1")]))
            #expect(try place.count() == 1)
            let refused = try server.requests().filter { $0.status == 401 }
            #expect(refused.map(\.path) == ["/remote.git/git-receive-pack"])
            #expect(try server.issued().count == 3)
        }
        // One that never holds is not renewed for ever.
        try await withApp({ $0.uses = [0, 0, 0, 0] }) { _, server, pair, _ in
            let error = await refusal { try await server.registry(pair.text, app: app).fetch(["main"]) }
            #expect(error?.code == .credentials)
            let issued = try server.issued()
            #expect(issued.count == 2)
        }
    }

    @Test("says which permission is missing, and what else the API says no to")
    func refusals() async throws {
        try await withApp { place, server, pair, standing in
            func refused(
                _ what: GitHubApp? = nil, key: String? = nil, clock: Int? = nil,
                _ change: (inout LoopbackHTTPS.Rules.App) -> Void = { _ in }
            ) async throws -> StrataError? {
                var rules = standing
                change(&rules)
                try server.set(.init(app: rules, clock: clock))
                let cache = "cache-\(UUID().uuidString)"
                return await refusal {
                    try await server.registry(key ?? pair.text, app: what ?? app, cache: cache).writableTips(of: [
                        "main"
                    ])
                }
            }
            let readOnly = try await refused { $0.permission = "read" }
            #expect(readOnly?.code == .accessDenied)
            #expect(readOnly?.message.contains("may not write to the repository 'remote'") == true)
            #expect(readOnly?.hint?.contains("'Contents: Read and write'") == true)
            let unlisted = try await refused { $0.repositories = ["other"] }
            #expect(unlisted?.code == .accessDenied && unlisted?.message.contains("not accessible") == true)
            let suspended = try await refused { $0.suspended = true }
            #expect(suspended?.code == .accessDenied && suspended?.message.contains("has been suspended") == true)
            let uninstalled = try await refused(GitHubApp(id: "12345", installation: 78))
            #expect(uninstalled?.code == .notFound && uninstalled?.message.contains("no installation 78") == true)
            let stranger = try await refused(key: try AppKeyPair(place).text)
            #expect(stranger?.code == .credentials && stranger?.hint?.contains("check the id") == true)
            let late = try await refused(clock: 3600)
            #expect(late?.code == .credentials)
            #expect(late?.hint?.contains("s behind the server's") == true, "\(late?.hint ?? "")")
            let early = try await refused(clock: -3600)
            #expect(early?.hint?.contains("s ahead of the server's") == true, "\(early?.hint ?? "")")
            // A minute's difference is none.
            #expect(try await refused(clock: -45) == nil)
            #expect(try await refused(clock: 45) == nil)
        }
    }

    @Test("reads the key as it may have been stored, and says what else it is")
    func shapes() async throws {
        try await withApp { place, server, pair, _ in
            let flat = pair.text.replacing("\n", with: "\\n")
            let protected = try place.run(
                "openssl", "rsa", "-traditional", "-aes256", "-passout", "pass:x", input: pair.text)
            let good = [
                pair.text, pair.converted, pair.text.replacing("\n", with: "\r\n"), flat,
                pair.converted.replacing("\n", with: " "),
            ]
            for (number, key) in good.enumerated() {
                let registry = try await server.registry(key, app: app, cache: "good-\(number)")
                #expect(try await registry.fetch(["main"]) == ["main": nil])
            }
            let ssh = try place.sshKey().text
            let small = try place.run("openssl", "genrsa", "-traditional", "1024")
            let bad = [
                ("", "does not begin"), (#"{"key": "x"}"#, "is a JSON object"), (ssh, "is a key for SSH"),
                (String(pair.text.prefix(800)), "is cut off"), (protected, "protected by a passphrase"),
                (pair.publicText, "of the kind 'PUBLIC KEY'"), (small, "damaged, or no RSA key of 2048 bits"),
                (pair.text.replacing("MII", with: "MIJ"), "damaged"),
            ]
            for (number, (key, words)) in bad.enumerated() {
                let error = await refusal {
                    try await server.registry(key, app: app, cache: "bad-\(number)").fetch(["main"])
                }
                #expect(error?.code == .credentials)
                #expect(error?.message.contains(words) == true, "\(words): \(error?.message ?? "")")
            }
        }
    }
}
