import FoundationEssentials
import Testing

@Suite("What a consumer can check") struct TrustTests {
    /// A published registry whose key is in a file, and a consumer's clone with the key's line beside it.
    private func signed(_ layers: [String] = ["six"]) async throws -> Workplace {
        let place = try Workplace(
            Configuration(
                layers: layers, targets: ["python3.12"],
                git: "{ remote: registry.git, author: Test <test@example.invalid>, sign: \"file:key\" }"))
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
                sha256sum --quiet -c SHA256SUMS && cat layers/*/SHA256SUMS | sha256sum --quiet -c
                """,
            ], environment: Program.environment, folder: "\(place.folder)/\(clone)"
        ).run()
    }

    @Test("ssh-keygen and sha256sum alone verify a clone; Python computes the same digests")
    func byHand() async throws {
        let place = try await signed(["six", "idna"])
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
            "deployments/python3.12/arns/eu-west-1.csv", "layers/six/releases.json", "checkpoint", "SHA256SUMS",
        ] {
            let edited = try await place.clone()
            try place.write("\(edited)/\(path)", try place.text("\(edited)/\(path)").replacing("1", with: "2"))
            #expect(try await verifyByHand(place, edited).code != 0, "\(path)")
        }
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
}
