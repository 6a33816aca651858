import FoundationEssentials
import Testing

@Suite("Pushing over SSH with a key from AWS")
struct PushTests {
    /// A workplace whose registry is behind an SSH server, with its keys in Secrets Manager and in SSM.
    private func withWorkplace(
        _ body: @Sendable (_ cloud: Cloud, _ index: PackageIndex, _ place: Workplace) async throws -> Void
    ) async throws {
        try await PackageIndex.run(["alpha": [.init()]]) { index in
            try await Cloud.run { cloud in
                let place = try Workplace(hasOwnCache: true)
                try await Server.run("ssh_server.py", [place.folder]) { port in
                    let user = try await place.run("id", "-un").filter { !$0.isWhitespace }
                    let configuration = Configuration(
                        layers: ["alpha"], targets: ["python3.12"], index: index.simple, publish: cloud.publish(),
                        git: """
                            { remote: "ssh://\(user)@127.0.0.1:\(port)\(place.folder)/registry.git", \
                            author: Test <test@example.invalid>, host-keys: [known_hosts], deadline: 600s, \
                            ssh-key: "secretsmanager:strata/deploy-key", sign: "ssm:/strata/signing-key" }
                            """)
                    try place.write("strata.yaml", configuration.text)
                    try place.write("known_hosts", "[127.0.0.1]:\(port) \(try place.text("sshd/host.pub"))")
                    try await place.run("git", "init", "--quiet", "--bare", "registry.git")
                    try await body(cloud, index, place)
                }
            }
        }
    }

    /// Runs Strata and keeps what it printed.
    private func strata(
        _ place: Workplace, _ cloud: Cloud, _ log: Log, _ arguments: String..., code: Int32 = 0
    ) async throws -> Outcome {
        // The folder's name in the arguments is what the watch must be able to see.
        let outcome = try await place.command(
            arguments + ["--config", "\(place.folder)/strata.yaml"], environment: cloud.environment
        ).run()
        await log.add(outcome)
        #expect(outcome.code == code, "\(arguments): \(outcome.error)")
        return outcome
    }

    private actor Log {
        private(set) var text = ""
        func add(_ outcome: Outcome) { text += outcome.output + outcome.error }
    }

    /// The commits of both branches are signed by the printed signer, and the repository is sound.
    private func expectSigned(_ place: Workplace, _ signer: String) async throws {
        try await place.run("git", "-C", "registry.git", "fsck", "--strict", "--full")
        try place.write("signers", signer)
        for branch in ["main", "gh-pages"] {
            try await place.run(
                "git", "-C", "registry.git", "-c", "gpg.ssh.allowedSignersFile=\(place.folder)/signers",
                "verify-commit", branch)
        }
        // Published beside the files for convenience, and the same as what was printed.
        try await place.run(
            "sh", "-c", "test \"$(git -C registry.git show main:keys/allowed_signers)\" = \"$(cat signers)\"")
    }

    @Test("signed, rotated without a gap, and no trace of a private key anywhere")
    func wholeLife() async throws {
        try await withWorkplace { cloud, index, place in
            try await SecretWatch.run { watch in
                let log = Log()
                // The pairs: halves stored, halves printed.
                let deploy = try await strata(place, cloud, log, "keys", "new").output
                #expect(deploy.hasPrefix("ssh-ed25519 "))
                _ = try await strata(place, cloud, log, "keys", "new", "--signing")
                let again = try await strata(place, cloud, log, "keys", "new", code: 1)
                #expect(again.errors.count == 1 && again.error.contains("keys rotate"), "\(again.error)")
                let signer = try await strata(place, cloud, log, "keys", "show", "--allowed-signers").output
                let first = try await cloud.secret("strata/deploy-key")

                // Before the public half is pasted, nothing can be pushed, and that is said.
                let refused = try await strata(place, cloud, log, "publish", code: 1)
                #expect(refused.errors.count == 1, "\(refused.error)")

                try place.write("sshd/authorized_keys", deploy)
                let published = try await strata(place, cloud, log, "publish")
                #expect(published.output.contains("Pushed main"), "\(published.output)")
                try await expectSigned(place, signer)
                #expect(try place.rows(of: try await place.clone()).count == 2)
                let commits = try await place.commits()
                #expect(try await strata(place, cloud, log, "publish").output.contains("Nothing to do"))
                #expect(try await place.commits() == commits)

                // Rotated: the old key pushes until the new one may.
                let rotated = try await strata(place, cloud, log, "keys", "rotate").output
                #expect(rotated.hasPrefix("ssh-ed25519 ") && rotated != deploy)
                try await index.set(["alpha": [.init(), .init(version: "2.0")]])
                let between = try await strata(place, cloud, log, "publish")
                #expect(between.error.contains("the old one still works"), "\(between.error)")
                #expect(between.output.contains("Pushed main"), "\(between.output)")

                try place.write("sshd/authorized_keys", rotated)
                try await index.set(["alpha": [.init(), .init(version: "2.0"), .init(version: "3.0")]])
                let after = try await strata(place, cloud, log, "publish")
                #expect(!after.error.contains("the old one still works"), "\(after.error)")
                #expect(after.output.contains("Pushed main"), "\(after.output)")
                try await expectSigned(place, signer)
                #expect(try place.rows(of: try await place.clone()).count == 6)

                let found = try await watch.search(
                    .init(
                        keys: [
                            "first": first, "second": try await cloud.secret("strata/deploy-key"),
                            "signing": try await cloud.parameter("/strata/signing-key"),
                        ],
                        marks: [
                            "argument": "\(place.folder)/strata.yaml",
                            "public half": String(deploy.split(separator: " ")[1]),
                        ],
                        folders: [place.folder], texts: ["output": await log.text]))
                #expect(found["first"] == [] && found["second"] == [] && found["signing"] == [], "\(found)")
                #expect(found["argument"]?.contains("cmdline") == true, "the watch saw Strata run")
                #expect(found["public half"]?.contains("output") == true, "the watch can find what is there")
            }
        }
    }

    @Test("the watch finds a key wherever it is put")
    func control() async throws {
        let place = try Workplace()
        try await place.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "key")
        let key = try place.text("key")
        let body = key.split(separator: "\n").filter { !$0.hasPrefix("-----") }.joined()
        try place.write("found/flat", body)
        try place.write("found/json", #"{"SecretString":"\#(key.replacing("\n", with: #"\n"#))"}"#)
        try place.write("clean/public", try place.text("key.pub"))
        // An argument, for as long as the process lives.
        let script = "echo ready >&2; while test -e '\(place.folder)/clean'; do sleep 0.1; done"
        let process = Command(
            arguments: ["/bin/sh", "-c", script, body], environment: Program.environment, folder: place.folder)
        try await process.whileRunning(from: "ready") {
            try await SecretWatch.run { watch in
                let found = try await watch.search(
                    .init(
                        keys: ["key": key], marks: [:], folders: ["\(place.folder)/found", "\(place.folder)/clean"],
                        texts: ["text": body], until: body))
                #expect(
                    found["key"] == ["\(place.folder)/found/flat", "\(place.folder)/found/json", "cmdline", "text"],
                    "\(found)")
            }
        }
    }
}
