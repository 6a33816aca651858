import FoundationEssentials
import Testing

@Suite("Pushing over HTTPS with a secret from AWS")
struct WebPushTests {
    /// The registry behind `git_https.py`, and what that is told.
    private struct Host {
        let place: Workplace
        let cloud: Cloud
        let state: Workplace

        func set(_ rules: String) throws { try state.write("https/rules.json", rules) }

        func strata(_ arguments: String..., code: Int32 = 0) async throws -> Outcome {
            let trust = ["SSL_CERT_FILE": "\(state.folder)/https/ca.pem", "CURL_CA_BUNDLE": ""]
            let outcome = try await place.command(
                arguments + ["--config", "\(place.folder)/strata.yaml"],
                environment: cloud.environment.merging(trust) { $1 }
            ).run()
            #expect(outcome.code == code, "\(arguments): \(outcome.error)\(outcome.output)")
            return outcome
        }
    }

    private func withHost(
        git: String, _ body: @Sendable (_ host: Host, _ index: PackageIndex) async throws -> Void
    ) async throws {
        try await PackageIndex.run(["alpha": [.init()]]) { index in
            try await Cloud.run { cloud in
                let place = try Workplace(hasOwnCache: true)
                // What the server knows is not among what is searched.
                let state = try Workplace()
                try await place.run("git", "init", "--quiet", "--bare", "registry.git")
                try await Server.run("git_https.py", [place.folder, "\(state.folder)/https"]) { port in
                    let configuration = Configuration(
                        layers: ["alpha"], targets: ["python3.12"], index: index.simple, publish: cloud.publish(),
                        git: """
                            { remote: "https://localhost:\(port)/registry.git", \
                            author: Test <test@example.invalid>, deadline: 600s, \(git) }
                            """)
                    try place.write("strata.yaml", configuration.text)
                    try await body(Host(place: place, cloud: cloud, state: state), index)
                }
            }
        }
    }

    @Test("with a token: proved first, replaced when it is revoked, and found nowhere")
    func token() async throws {
        try await withHost(git: #"token: "secretsmanager:strata/token#value""#) { host, index in
            let tokens = ["github_pat_11ABCDEFG0aZ5kq7Lr2Mv9Xw", "github_pat_11HIJKLMN0bY6jp8Ks3Nu4Tz"]
            try await host.cloud.store(secret: #"{"value": "\#(tokens[0])"}"#, as: "strata/token")
            try await SecretWatch.run { watch in
                var told = ""
                try host.set(#"{"tokens": {"\#(tokens[0])": "read"}}"#)
                told += try await host.strata("check").output
                let readOnly = try await host.strata("doctor", code: 1).output
                #expect(readOnly.contains("may not push to the repository: Write access"), "\(readOnly)")
                #expect(readOnly.contains("Contents: Read and write"), "\(readOnly)")

                try host.set(#"{"tokens": {"\#(tokens[0])": "write"}}"#)
                #expect(try await host.strata("doctor").output.contains("writable, empty"))
                let published = try await host.strata("publish")
                #expect(published.output.contains("Pushed main"), "\(published.output)")
                #expect(try host.place.rows(of: try await host.place.clone()).count == 2)
                #expect(try await host.strata("publish").output.contains("Nothing to do"))

                // Revoked: what is published stays so, and is pushed with the next token.
                try host.set(#"{"tokens": {"\#(tokens[1])": "write"}}"#)
                try await index.set(["alpha": [.init(), .init(version: "2.0")]])
                let revoked = try await host.strata("publish", code: 1)
                #expect(revoked.error.contains("the server does not accept the token"), "\(revoked.error)")
                #expect(revoked.error.contains("expired or been revoked"), "\(revoked.error)")
                told += readOnly + published.output + published.error + revoked.output + revoked.error

                let found = try await watch.search(
                    .init(
                        secrets: ["token": tokens[0]], marks: ["argument": "\(host.place.folder)/strata.yaml"],
                        folders: [host.place.folder], texts: ["output": told]))
                #expect(found["token"] == [], "\(found)")
                #expect(found["argument"]?.contains("cmdline") == true, "the watch saw Strata run")
            }
            try await host.cloud.store(secret: #"{"value": "\#(tokens[1])"}"#, as: "strata/token")
            #expect(try await host.strata("publish").output.contains("Pushed main"))
            #expect(try host.place.rows(of: try await host.place.clone()).count == 4)
            try await host.place.run("git", "-C", "registry.git", "fsck", "--strict", "--full")
        }
    }

    @Test("as an App: proved first, by tokens of its own, and neither they nor the key found anywhere")
    func app() async throws {
        try await withHost(
            git: #"github-app: { id: 12345, installation: 77, key: "ssm:/strata/app-key" }"#
        ) { host, _ in
            let state = host.state
            try await state.run("openssl", "genrsa", "-traditional", "-out", "key.pem", "2048")
            try await state.run("openssl", "rsa", "-in", "key.pem", "-pubout", "-out", "public.pem")
            let key = try state.text("key.pem")
            try await host.cloud.store(parameter: key, as: "/strata/app-key")
            let parts = try state.text("public.pem").replacing("\n", with: #"\n"#)
            @Sendable func allow(_ permission: String) throws {
                try host.set(
                    """
                    {"app": {"id": 12345, "installation": 77, "key": "\(parts)", "permission": "\(permission)",
                     "repositories": ["registry"]}}
                    """)
            }
            try await SecretWatch.run { watch in
                try allow("read")
                let readOnly = try await host.strata("doctor", code: 1).output
                #expect(readOnly.contains("may not write to the repository 'registry'"), "\(readOnly)")
                #expect(readOnly.contains("'Contents: Read and write'"), "\(readOnly)")
                try allow("write")
                #expect(try await host.strata("doctor").output.contains("writable, empty"))
                let published = try await host.strata("publish")
                #expect(published.output.contains("Pushed main"), "\(published.output)")
                let shown = try await host.strata("keys", "show").output
                #expect(shown.contains("the App 12345"), "\(shown)")

                let issued = try state.text("https/issued").split(separator: "\n").map(String.init)
                var secrets = Dictionary(uniqueKeysWithValues: issued.map { ($0, $0) })
                #expect(secrets.count >= 4)
                // The first lines of the key tell its modulus, which is public.
                secrets["key"] = key.split(separator: "\n").dropFirst(8).joined(separator: "\n")
                let found = try await watch.search(
                    .init(
                        secrets: secrets, marks: ["argument": "\(host.place.folder)/strata.yaml"],
                        folders: [host.place.folder], texts: ["output": readOnly + published.output + published.error]))
                #expect(secrets.keys.allSatisfy { found[$0] == [] }, "\(found)")
                #expect(found["argument"]?.contains("cmdline") == true, "the watch saw Strata run")
            }
            #expect(try host.place.rows(of: try await host.place.clone()).count == 2)
        }
    }

    @Test("the watch finds a token in a header and in a file")
    func control() async throws {
        let place = try Workplace()
        let token = "github_pat_11ABCDEFG0aZ5kq7Lr2Mv9Xw"
        for (name, user) in [("a", "x-access-token"), ("b", "oauth2"), ("c", "me")] {
            try place.write("found/\(name)", "Basic \(Data("\(user):\(token)".utf8).base64EncodedString())")
        }
        try place.write("found/d", "https://x:\(token)@localhost/")
        try place.write("clean/e", String(token.prefix(12)))
        try await SecretWatch.run { watch in
            let found = try await watch.search(
                .init(
                    secrets: ["token": token], marks: [:], folders: ["\(place.folder)/found", "\(place.folder)/clean"],
                    texts: [:]))
            #expect(found["token"] == ["a", "b", "c", "d"].map { "\(place.folder)/found/\($0)" }, "\(found)")
        }
    }
}
