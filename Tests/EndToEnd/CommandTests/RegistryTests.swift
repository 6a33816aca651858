import FoundationEssentials
import Testing

@Suite("The registry, as others use it")
struct RegistryTests {
    @Test("edits by hand are named when they are written over, and files of others stay")
    func handEdits() async throws {
        try await PackageIndex.run(["alpha": [.init()], "beta": [.init()]]) { index in
            let place = try Workplace(Configuration(layers: ["alpha"], targets: ["python3.12"], index: index.simple))
            #expect(try await place.strata("publish").code == 0)
            let table = "deployments/python3.12/arns/eu-west-1.csv"
            let clone = try await place.clone()
            try place.write("\(clone)/\(table)", "edited by hand\n")
            try place.write("\(clone)/NOTES", "theirs\n")
            try await place.run("git", "-C", clone, "add", "-A")
            try await place.run(
                "git", "-C", clone, "-c", "user.name=Somebody", "-c", "user.email=s@example.invalid", "commit", "-qm",
                "Edit the table")
            try await place.run("git", "-C", clone, "push", "-q", "origin", "HEAD:main")

            try place.write(
                "strata.yaml",
                Configuration(layers: ["alpha", "beta"], targets: ["python3.12"], index: index.simple).text)
            let second = try await place.strata("publish")
            #expect(second.code == 0, "\(second.error)")
            #expect(second.error.contains(table), "\(second.error)")
            #expect(!second.error.contains("NOTES"))
            let message = try await place.run("git", "-C", "registry.git", "log", "-1", "--format=%B", "main")
            #expect(message.contains("publish beta"))
            let trailers = try await place.run(
                "git", "-C", "registry.git", "log", "-1", "--format=%(trailers:key=Strata-Run,valueonly)", "main")
            #expect(trailers.filter { !$0.isWhitespace }.utf8.count == 26)
            let notes = try await place.run("git", "-C", "registry.git", "show", "main:NOTES")
            #expect(notes == "theirs\n")
            let rows = try await place.run("git", "-C", "registry.git", "show", "main:\(table)")
            #expect(rows.contains("alpha,") && rows.contains("beta,"))
        }
    }

    @Test("publish --prune deletes what is due in the same run, and repeated finds nothing")
    func publishAndPrune() async throws {
        try await PackageIndex.run(["alpha": [.init()]]) { index in
            var configuration = Configuration(layers: ["alpha"], targets: ["python3.12"], index: index.simple)
            configuration.more = "retention: { expire: 0s, keep: 1 }"
            let place = try Workplace(configuration)
            #expect(try await place.strata("publish").code == 0)
            try await index.set(["alpha": [.init(), .init(version: "2.0")]])
            let pruned = try await place.strata("publish", "--prune")
            #expect(pruned.code == 0, "\(pruned.output)\(pruned.error)")
            let versions = try place.files("lambda/regions").filter { $0.hasSuffix("/version.json") }
            #expect(versions.count == 2 && versions.allSatisfy { $0.hasSuffix("/2/version.json") }, "\(versions)")
            for command in [["publish", "--prune"], ["prune"]] {
                let again = try await place.command(command).run()
                #expect(again.code == 0, "\(again.output)\(again.error)")
            }
        }
    }

    @Test("verify tells the bytes that Lambda serves from what the registry lists")
    func verify() async throws {
        try await PackageIndex.run(["alpha": [.init()]]) { index in
            try await Cloud.run { cloud in
                let place = try Workplace(
                    Configuration(
                        layers: ["alpha"], targets: ["python3.12"], index: index.simple, publish: cloud.publish()))
                let published = try await place.strata("publish", environment: cloud.environment)
                #expect(published.code == 0, "\(published.error)")
                let clone = try await place.clone()
                let arn = "arn:aws:lambda:eu-west-1:\(cloud.account):layer:t-p312-alpha:1"

                // Anybody's credentials will do for a public layer.
                let stranger = try await cloud.stranger()
                let good = try await place.strata("verify", arn, "--registry", clone, environment: stranger)
                #expect(good.code == 0, "\(good.error)")
                #expect(good.output.contains("the same as alpha python3.12 build 1"))
                #expect(good.output.contains("downloaded and hashed"))

                let other = arn.dropLast() + "7"
                let unlisted = try await place.strata(
                    "verify", String(other), "--registry", clone, environment: stranger)
                #expect(unlisted.code == 1)
                #expect(unlisted.output.contains("does not list it"))

                let build = "\(clone)/layers/alpha/python3.12/1.json"
                let text = try place.text(build)
                let digest = try JSONDecoder().decode(Digest.self, from: Data(text.utf8)).sha256
                try place.write(build, text.replacing(digest, with: String(digest.reversed())))
                for flags in [[], ["--digest-only"]] {
                    let bad = try await place.command(
                        ["verify", arn, "--registry", clone] + flags, environment: stranger
                    ).run()
                    #expect(bad.code == 1)
                    #expect(bad.output.contains("NOT what the registry lists"), "\(bad.output)\(bad.error)")
                }
            }
        }
    }

    private struct Digest: Decodable { let sha256: String }

    @Test("import takes a file at an address")
    func importAddress() async throws {
        let place = try Workplace(Configuration(layers: ["six"], targets: ["python3.12"]))
        try place.write(
            "served/us-east-1.csv",
            """
            Package,Package Version,Status,Expiry Date,Arn
            requests,2.0.1,deprecated,2099-02-04T02:01:50,arn:aws:lambda:us-east-1:770693421928:layer:Klayers-p312-requests:63

            """)
        try await Server.run("files.py", ["\(place.folder)/served"]) { port in
            let address = "http://127.0.0.1:\(port)/us-east-1.csv"
            let taken = try await place.strata("import", "klayers", address)
            #expect(taken.code == 0, "\(taken.error)")
            #expect(taken.output.contains("Imported 1 release"))
            let missing = try await place.strata("import", "klayers", address + "x")
            #expect(missing.code == 1)
            #expect(missing.error.contains("there is nothing to import at"))
        }
    }
}
