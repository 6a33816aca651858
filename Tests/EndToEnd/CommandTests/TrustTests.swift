import FoundationEssentials
import Testing

@Suite("What a consumer can check") struct TrustTests {
    /// A published registry whose key is in a file, and a consumer's clone with the key's line beside it.
    private func signed(_ layers: [String] = ["six"], folders: String = "flat") async throws -> Workplace {
        let place = try Workplace(
            Configuration(
                layers: layers, targets: ["python3.12"],
                git: """
                    { remote: registry.git, author: Test <test@example.invalid>, sign: "file:key", folders: \(folders) }
                    """))
        try await place.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "key")
        try await publish(place)
        return place
    }

    private func publish(_ place: Workplace) async throws {
        let publish = try await place.strata("publish")
        try #require(publish.code == 0, "\(publish.error)")
    }

    /// What the documentation says, word by word.
    private func verifyByHand(_ place: Workplace, _ clone: String, signers: String = "signers") async throws -> Outcome
    {
        try await Command(
            arguments: [
                "/bin/sh", "-c",
                """
                ssh-keygen -Y verify -f ../\(signers) -I test@example.invalid -n strata-checkpoint \
                -s checkpoint.sig < checkpoint &&
                test "$(sha256sum < SHA256SUMS | cut -c -64)" = "$(sed -n 's/^files //p' checkpoint)" &&
                sha256sum --quiet -c SHA256SUMS && find layers -name SHA256SUMS -exec cat {} + | sha256sum --quiet -c
                """,
            ], environment: Program.environment, folder: "\(place.folder)/\(clone)"
        ).run()
    }

    @Test(
        "ssh-keygen and sha256sum alone verify a clone; Python computes the same digests",
        arguments: [("flat", "layers/six"), ("sharded", "layers/44/six")])
    func byHand(folders: String, six: String) async throws {
        let place = try await signed(["six", "idna"], folders: folders)
        let signers = try await place.strata("keys", "show", "--allowed-signers")
        try place.write("signers", signers.output)
        let clone = try await place.clone()
        let good = try await verifyByHand(place, clone)
        #expect(good.code == 0, "\(good.error)\(good.output)")
        try await place.run(Program.python, "\(Program.root)/Tests/Servers/checkpoint.py", clone)

        // A run without a change makes no commit.
        let commits = try await place.commits()
        try await publish(place)
        #expect(try await place.commits() == commits)

        // After a yank the chain goes on, and holds in every place.
        let yank = try await place.strata("yank", "six", "1", "--reason", "bad")
        try #require(yank.code == 0, "\(yank.error)")
        let next = try await place.clone()
        #expect(try await verifyByHand(place, next).code == 0)
        try await place.run(Program.python, "\(Program.root)/Tests/Servers/checkpoint.py", next)
        let previous = try await place.run("sha256sum", "\(clone)/checkpoint").prefix(64)
        #expect(try place.text("\(next)/checkpoint").contains("\nprevious \(previous)\n"))

        // Whatever is changed by hand is found.
        for path in [
            "deployments/python3.12/arns/eu-west-1.csv", "\(six)/releases.json", "checkpoint", "SHA256SUMS",
        ] {
            let edited = try await place.clone()
            try place.write("\(edited)/\(path)", try place.text("\(edited)/\(path)").replacing("1", with: "2"))
            #expect(try await verifyByHand(place, edited).code != 0, "\(path)")
        }
    }

    @Test("sharded folders are read by find, bump, verify, rebuild and reconcile --rebuild, and stay as they are")
    func sharded() async throws {
        let place = try await signed(["six", "idna"], folders: "sharded")
        let clone = try await place.clone()
        #expect(try place.names(in: "\(clone)/layers/44/six/python3.12") == ["1.json", "1.pylock.toml"])
        let build = try await place.strata(
            "rebuild", "six", "python3.12", "1", "--registry", clone, "--output", "a.zip")
        #expect(build.code == 0 && build.output.contains("the same bytes"), "\(build.error)\(build.output)")
        for arguments in [["find", "six"], ["verify"], ["verify", "a.zip"]] {
            let outcome = try await place.command(arguments + ["--registry", clone]).run()
            #expect(outcome.code == 0, "\(arguments): \(outcome.error)\(outcome.output)")
        }
        let found = try await place.strata("find", "six", "--registry", clone, "--json")
        let arn = try #require(found.output.firstMatch(of: /arn:aws:lambda:[^"]+/).map { String($0.output) })
        try place.write("app/template.yaml", "Layers: [\(arn)]\n")
        let bump = try await place.strata("bump", "--registry", clone, "--check", "app")
        #expect(bump.code == 0 && bump.output.contains("newest"), "\(bump.error)\(bump.output)")

        // The ledger is lost, and the configuration says nothing of folders any more.
        for name in try place.names(in: ".") where name.hasPrefix("ledger.sqlite") {
            try FileManager.default.removeItem(atPath: "\(place.folder)/\(name)")
        }
        try place.write("strata.yaml", try place.text("strata.yaml").replacing(", folders: sharded", with: ""))
        let commits = try await place.commits()
        #expect(try await place.strata("reconcile", "--rebuild").code == 0)
        try await publish(place)
        #expect(try await place.commits() == commits)
    }

    @Test("after a rotation both keys are listed, and the old one vouches for the new")
    func rotation() async throws {
        let place = try await signed()
        try place.write("old", try await place.strata("keys", "show", "--allowed-signers").output)
        try await place.run("mv", "key", "key.previous")
        try await place.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "key-new")
        try await place.run("mv", "key-new", "key")
        try place.write("strata.yaml", try place.text("strata.yaml").replacing("- six", with: "- six\n  - idna"))
        try await publish(place)
        let clone = try await place.clone()
        #expect(try await verifyByHand(place, clone, signers: "old").code != 0)
        let listed = try await Command(
            arguments: [
                "/bin/sh", "-c",
                "ssh-keygen -Y verify -f ../old -I test@example.invalid -n strata-signers "
                    + "-s keys/allowed_signers.sig < keys/allowed_signers && cp keys/allowed_signers ../new",
            ], environment: Program.environment, folder: "\(place.folder)/\(clone)"
        ).run()
        #expect(listed.code == 0, "\(listed.error)")
        #expect(try place.text("new").split(separator: "\n").count == 2)
        let good = try await verifyByHand(place, clone, signers: "new")
        #expect(good.code == 0, "\(good.error)\(good.output)")
    }

    @Test("a consumer's session: verify, rebuild byte for byte, and be told of a rollback and of a changed table")
    func session() async throws {
        let place = try await signed(["six"])
        try place.write("signers", try await place.strata("keys", "show", "--allowed-signers").output)
        let old = try await place.clone()
        #expect(try await verifyByHand(place, old).code == 0)

        let own = ["STRATA_CACHE": "\(place.folder)/consumer"]
        func verify(_ arguments: String..., code: Int32) async throws -> Outcome {
            let outcome = try await place.command(["verify"] + arguments, environment: own).run()
            #expect(outcome.code == code, "\(arguments): \(outcome.error)\(outcome.output)")
            return outcome
        }
        // By the line of the maintainers, and by the first key that is met.
        let good = try await verify("--registry", old, "--allowed-signers", "signers", code: 0)
        #expect(
            good.output.contains("2 releases listed"), "\(good.output)")
        #expect(good.output.contains("all as the checkpoint says"))
        #expect(try await verify("--registry", "registry.git", code: 0).output.contains("was read here before"))

        // Made again, without the ledger and the folder that stands in for Lambda.
        let rebuilt = try await place.command(
            ["rebuild", "six", "python3.12", "1", "--registry", old, "--output", "made/six.zip"], environment: own
        ).run()
        #expect(rebuilt.code == 0, "\(rebuilt.error)")
        let digest = String(try await place.run("sha256sum", "made/six.zip").prefix(64))
        let digests = Set(try await place.published().values)
        #expect(digests == [digest], "the same as was published")
        #expect(rebuilt.output.contains("the same bytes (sha256 \(digest))"))
        let found = try await verify("--registry", old, "made/six.zip", "--json", code: 0)
        #expect(found.output.contains("\"kind\" : \"same\"") && found.output.contains("\"kind\" : \"registry\""))
        try place.write("made/other.zip", "not a layer")
        #expect(try await verify("--registry", old, "made/other.zip", code: 1).output.contains("no such bytes"))
        #expect(try await verify("--registry", old, "made/none.zip", code: 2).error.contains("neither"))

        // A table that was changed.
        let edited = try await place.clone()
        let table = "\(edited)/deployments/python3.12/arns/eu-west-1.csv"
        try place.write(table, try place.text(table).replacing(":1\n", with: ":7\n"))
        #expect(try await verify("--registry", edited, code: 5).error.contains("arns/eu-west-1.csv"))
        // What was changed is not read by others either, and a build that was changed is not made.
        let build = "\(edited)/layers/six/python3.12/1.json"
        try place.write(build, try place.text(build).replacing("\"recipe\": 1", with: "\"recipe\": 9"))
        let refused = try await place.command(
            ["rebuild", "six", "python3.12", "1", "--registry", edited], environment: own
        ).run()
        #expect(refused.code == 5 && refused.error.contains("1.json"), "\(refused.error)")

        // Another revision, and the old one again.
        try place.write("strata.yaml", try place.text("strata.yaml").replacing("- six", with: "- six\n  - idna"))
        try await publish(place)
        let new = try await place.clone()
        let next = try await verify("--registry", new, code: 0)
        #expect(next.output.contains("it follows the one that was read here before"), "\(next.output)")
        let replayed = try await verify("--registry", old, "--allowed-signers", "signers", code: 5)
        #expect(replayed.error.contains("was read here before"), "\(replayed.error)")
        #expect(try await verify("--registry", old, "--allow-older", code: 0).output.contains("EARLIER"))

        // A registry that was signed, and is not any more; and one that somebody else has signed.
        try await place.run("rm", "\(new)/checkpoint")
        #expect(try await verify("--registry", new, code: 5).error.contains("any more"))
        try await place.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "stranger")
        let forged = try await place.clone()
        try await place.run("rm", "\(forged)/checkpoint.sig")
        try await place.run(
            "ssh-keygen", "-q", "-Y", "sign", "-f", "stranger", "-n", "strata-checkpoint", "\(forged)/checkpoint")
        #expect(try await verify("--registry", forged, code: 5).error.contains("before"))
        #expect(
            try await verify("--registry", forged, "--allowed-signers", "signers", code: 5).error.contains(
                "not allowed"))
    }

    @Test("a recipe of another Strata, an imported build and a wheel from a folder are refused, each with what to do")
    func notRebuilt() async throws {
        let place = try Workplace(Configuration(layers: ["six"], targets: ["python3.12"]))
        try await publish(place)
        let clone = try await place.clone()
        let path = "\(clone)/layers/six/python3.12/1.json"
        let text = try place.text(path)
        let address = try #require(text.firstMatch(of: /"url":"([^"]*)"/)).1
        for (old, new, expected) in [
            ("\"recipe\": 1", "\"recipe\": 9", "use a newer Strata"),
            ("\"url\":\"\(address)\"", "\"url\":\"/srv/wheels/six.whl\"", "does not say where to download"),
            ("\"contents\"", "\"other\"", "was imported"),
        ] {
            try place.write(path, text.replacing(old, with: new))
            let outcome = try await place.strata("rebuild", "six", "python3.12", "1", "--registry", clone)
            #expect(outcome.code == 1 && outcome.error.contains(expected), "\(outcome.error)")
        }
        for arguments in [["six", "python3.12", "2"], ["none", "python3.12", "1"]] {
            let outcome = try await place.command(["rebuild"] + arguments + ["--registry", clone]).run()
            #expect(outcome.code == 1 && outcome.error.contains("has no build"), "\(outcome.error)")
        }
        #expect(try await place.strata("rebuild", "six", "python3", "1", "--registry", clone).code == 2)
        // Not signed: said, and with nothing to compare there is nothing to verify.
        #expect(try await place.strata("verify", "--registry", clone).code == 5)
    }

    @Test("an attestation is read by the tools of others, and is the same every time")
    func attestation() async throws {
        let place = try await signed(["requests"])
        let clone = try await place.clone()
        func attest(_ more: String...) async throws -> String {
            let outcome = try await place.command(
                ["attest", "requests", "python3.12", "1", "--registry", clone] + more
            ).run()
            try #require(outcome.code == 0, "\(outcome.error)")
            return outcome.output
        }
        let envelope = try await attest("--signed")
        #expect(try await attest("--signed") == envelope)
        #expect(try await attest() == attest())
        try place.write("envelope.json", envelope)
        let read = try await place.run(
            Program.python, "\(Program.root)/Tests/Servers/attestation.py", "envelope.json", "key.pub", "out")
        let lines = read.split(separator: "\n")
        #expect(Set(try await place.published().values) == [lines.first.map(String.init)])
        #expect(lines.last?.contains("requests-") == true && lines.last?.contains("urllib3-") == true)
        try await place.run(
            "openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "out/key.pem", "-rawin", "-in", "out/message",
            "-sigfile",
            "out/signature")
        try await place.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "stranger")
        let wrong = try await Command(
            arguments: [
                Program.python, "\(Program.root)/Tests/Servers/attestation.py", "envelope.json", "stranger.pub", "out",
            ], environment: Program.environment, folder: place.folder
        ).run()
        #expect(wrong.code != 0 && wrong.error.contains("VerificationError"), "\(wrong.error)")
    }

    @Test("an address that serves the branch is read by its checkpoint, and what was changed there is not used")
    func address() async throws {
        let place = try await signed(["six"])
        try place.write("signers", try await place.strata("keys", "show", "--allowed-signers").output)
        let clone = try await place.clone()
        let own = ["STRATA_CACHE": "\(place.folder)/consumer"]
        try await Server.run("files.py", ["\(place.folder)/\(clone)"]) { port in
            let registry = ["--registry", "http://127.0.0.1:\(port)", "--no-cache"]
            func strata(_ arguments: [String], code: Int32) async throws -> Outcome {
                let outcome = try await place.command(arguments + registry, environment: own).run()
                #expect(outcome.code == code, "\(arguments): \(outcome.error)\(outcome.output)")
                return outcome
            }
            #expect(try await strata(["verify"], code: 0).output.contains("The key was not seen before"))
            let find = ["find", "six", "--region", "eu-west-1", "--allowed-signers", "signers"]
            #expect(try await strata(find, code: 0).output.contains(":1"))
            _ = try await strata(["rebuild", "six", "python3.12", "1", "-o", "six.zip"], code: 0)
            #expect(try await strata(["verify", "six.zip"], code: 0).output.contains("the same as six"))

            let history = "\(clone)/layers/six/releases.json"
            let good = try place.text(history)
            try place.write(history, good.replacing("\"eu-west-1\":1", with: "\"eu-west-1\":7"))
            #expect(try place.text(history) != good)
            let changed = try await strata(find, code: 5)
            #expect(changed.error.contains("layers/six/releases.json"), "\(changed.error)")
            _ = try await strata(["verify", "six.zip"], code: 5)
            // Without its checkpoint the registry is refused by who knows that it was signed.
            try await place.run("rm", "\(clone)/checkpoint")
            _ = try await strata(["verify", "six.zip"], code: 5)
            _ = try await strata(find, code: 5)
        }
    }
}
