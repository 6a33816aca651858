import FoundationEssentials
import HTTP
import Testing

@Suite("A key that is kept neither in AWS nor in a file of Strata's")
struct SecretPlaceTests {
    private func configuration(_ index: PackageIndex, sign: String, secrets: String) -> Configuration {
        Configuration(
            layers: ["alpha"], targets: ["python3.12"], regions: ["us-east-1"], index: index.simple,
            git: "{ remote: registry.git, author: Test <test@example.invalid>, sign: \"\(sign)\" }",
            more: "secrets: \(secrets)")
    }

    private func verify(_ place: Workplace, _ signer: String) async throws {
        try place.write("signers", signer)
        for branch in ["main", "gh-pages"] {
            try await place.run(
                "git", "-C", "registry.git", "-c", "gpg.ssh.allowedSignersFile=\(place.folder)/signers",
                "verify-commit",
                branch)
        }
    }

    @Test("is made, used and rotated in Vault, and no trace of it is anywhere else")
    func vault() async throws {
        try await PackageIndex.run(["alpha": [.init()]]) { index in
            try await Server.run("vault.py") { port in
                let place = try Workplace(hasOwnCache: true)
                let configuration = configuration(
                    index, sign: "vault:secret/strata/signer#private",
                    secrets: "{ vault: { auth: approle, role: role-1, secret-id: \"file:role-secret\" } }")
                try place.write("strata.yaml", configuration.text)
                try place.write("role-secret", "secret-1\n")
                try await place.run("chmod", "600", "role-secret")
                @Sendable func strata(_ arguments: String..., code: Int32 = 0) async throws -> Outcome {
                    let outcome = try await place.command(
                        arguments + ["--config", "\(place.folder)/strata.yaml"],
                        environment: ["VAULT_ADDR": "http://127.0.0.1:\(port)"]
                    ).run()
                    #expect(outcome.code == code, "\(arguments): \(outcome.error)")
                    return outcome
                }
                let http = try HTTPClient()
                @Sendable func held() async throws -> [[String: String]] {
                    let body = HTTPRequest.Body.bytes(Array(#"{"path": "secret/strata/signer"}"#.utf8))
                    let answer = try await http.send(
                        HTTPRequest(.post, "http://127.0.0.1:\(port)/front/held", body: body))
                    return try JSONDecoder().decode([[String: String]].self, from: Data(answer.body))
                }
                try await SecretWatch.run { watch in
                    #expect(try await strata("publish", code: 1).error.contains("vault:secret/strata/signer#private"))
                    let made = try await strata("keys", "new", "--signing").output
                    #expect(try await strata("keys", "new", "--signing", code: 1).error.contains("keys rotate"))
                    let first = try #require(try await held().last?["private"])
                    _ = try await strata("publish")
                    try await verify(place, try await strata("keys", "show", "--allowed-signers").output)

                    _ = try await strata("keys", "rotate", "--signing")
                    let second = try #require(try await held().last)
                    #expect(second["private-previous"] == first && second["private"] != first)
                    try await index.set(["alpha": [.init(), .init(version: "2.0")]])
                    let published = try await strata("publish")
                    let signers = try await strata("keys", "show", "--allowed-signers").output
                    #expect(signers.split(separator: "\n").count == 2)
                    try await verify(place, signers)

                    let found = try await watch.search(
                        .init(
                            keys: ["first": first, "second": second["private"] ?? ""],
                            marks: [
                                "argument": "\(place.folder)/strata.yaml",
                                "public half": String(made.split(separator: " ")[1]),
                            ], folders: [place.folder], texts: ["output": made + published.output + published.error]))
                    #expect(found["first"] == [] && found["second"] == [], "\(found)")
                    #expect(found["argument"]?.contains("cmdline") == true, "the watch saw Strata run")
                    #expect(found["public half"]?.contains("output") == true, "the watch can find what is there")
                }
            }
        }
    }

    @Test("is printed by a program that the configuration lists, and by no other")
    func command() async throws {
        try await PackageIndex.run(["alpha": [.init()]]) { index in
            let place = try Workplace()
            try await place.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "key")
            func write(_ commands: String) throws {
                let secrets = "{ commands: { \(commands) } }"
                try place.write("strata.yaml", configuration(index, sign: "cmd:show:key", secrets: secrets).text)
            }
            try write(#"show: [cat, "{}"]"#)
            let published = try await place.strata("publish")
            #expect(published.code == 0, "\(published.error)")
            try await verify(place, try await place.strata("keys", "show", "--allowed-signers").output)
            let stored = try await place.strata("keys", "rotate", "--signing")
            #expect(stored.code == 1 && stored.error.contains("cannot be rotated"), "\(stored.error)")
            try write("other: [cat, key]")
            let refused = try await place.strata("keys", "show")
            #expect(refused.code == 2 && refused.error.contains("lists no command 'show'"), "\(refused.error)")
            try write("show: [sh, -c, \"printf 'sealed\\\\033[2J' >&2; exit 4\", \"{}\"]")
            let failed = try await place.strata("keys", "show")
            #expect(failed.code == 1 && failed.error.contains("sealed"), "\(failed.error)")
            #expect(!failed.error.contains("\u{1b}[2J"), "\(failed.error)")
        }
    }
}
