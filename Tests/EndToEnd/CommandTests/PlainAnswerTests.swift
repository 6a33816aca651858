import FoundationEssentials
import Testing

/// What somebody new to the commands asks, and what they must not be left to guess.
@Suite("A plain answer")
struct PlainAnswerTests {
    @Test("tells what is held back or refused, and never 'nothing to do' above it")
    func heldBack() async throws {
        let shadowing = PackageIndex.Release(files: ["typing.py": "x = 1\n"])
        try await PackageIndex.run(["alpha": [.init(), .init(version: "2.0")], "beta": [shadowing]]) { index in
            var wanted = Configuration(layers: ["alpha"], targets: ["python3.12"], index: index.simple)
            let place = try Workplace(wanted)
            #expect(try await place.strata("publish").code == 0)
            wanted.layers = ["alpha<2", "beta"]
            try place.write("strata.yaml", wanted.text)
            for _ in 1...2 {
                let run = try await place.strata("publish")
                #expect(run.code == 5 && !run.output.contains("Nothing to do"), "\(run.output)\(run.error)")
                #expect(run.output.contains("Refused 2 items"), "\(run.output)")
            }
            let plan = try await place.strata("plan")
            #expect(plan.output.contains("1 item cannot be built, 1 item is held back"), "\(plan.output)")
            let commits = try await place.commits()
            let status = try await place.strata("status")
            #expect(
                status.output.contains("held back since") && status.output.contains("--allow-lower"), "\(status.output)"
            )
            #expect(status.output.contains("refused since") && status.output.contains("typing"), "\(status.output)")
            #expect(
                status.output.contains("1 of 2 published; 0 regions pending; 2 refused or held back."),
                "\(status.output)")
            let explained = try await place.strata("explain", "alpha", "--offline")
            #expect(explained.output.contains("--allow-lower"), "\(explained.output)")
            // Allowed, it goes on: what is held back is not refused for good.
            let allowed = try await place.strata("publish", "--allow-lower")
            #expect(allowed.output.contains("Published 2 releases"), "\(allowed.output)\(allowed.error)")
            #expect(try await place.commits() != commits)
            #expect(try await place.strata("status", "alpha").output.contains("1 of 1 published; 0 regions pending."))
            let unknown = try await place.strata("status", "alpa")
            #expect(unknown.code == 1 && unknown.error.contains("did you mean 'alpha'?"), "\(unknown.error)")
        }
    }

    @Test("retiring what was never published, or by a day that is over, is an error")
    func retire() async throws {
        try await PackageIndex.run(["alpha": [.init()]]) { index in
            let place = try Workplace(Configuration(layers: ["alpha"], targets: ["python3.12"], index: index.simple))
            #expect(try await place.strata("publish").code == 0)
            let never = try await place.strata("retire", "--target", "python3.11", "--until", "2099-01-01")
            #expect(never.code == 1 && never.errors.count == 1, "\(never.error)")
            #expect(never.error.contains("nothing was ever published for python3.11"), "\(never.error)")
            #expect(never.error.contains("python3.12"), "\(never.error)")
            let region = try await place.strata("retire", "--region", "eu-west-2", "--until", "2099-01-01")
            #expect(region.code == 1 && region.error.contains("did you mean 'eu-west-1'?"), "\(region.error)")
            let past = try await place.strata(
                "retire", "--target", "python3.11", "--until", "2020-01-01", "--shorten", "--reason", "it is broken")
            #expect(past.code == 2 && past.error.contains("2020-01-01 is over"), "\(past.error)")
        }
    }

    @Test("verify reads the local provider's folder, and says what it needs without one")
    func verify() async throws {
        try await PackageIndex.run(["alpha": [.init()]]) { index in
            let place = try Workplace(Configuration(layers: ["alpha"], targets: ["python3.12"], index: index.simple))
            #expect(try await place.strata("publish").code == 0)
            let arn = "arn:aws:lambda:eu-west-1:000000000000:layer:t-p312-alpha:1"
            let bare = try await place.strata("verify", arn, "--registry", "registry.git")
            #expect(bare.code == 2 && bare.error.contains("--folder .strata/lambda"), "\(bare.error)")
            func verify(_ arn: String) async throws -> Outcome {
                try await place.strata("verify", arn, "--registry", "registry.git", "--folder", "lambda")
            }
            let good = try await verify(arn)
            #expect(good.code == 0 && good.output.contains("the same as alpha python3.12 build 1"), "\(good.output)")
            try place.write("lambda/regions/eu-west-1/t-p312-alpha/1/other", "")
            try FileManager.default.removeItem(
                atPath: "\(place.folder)/lambda/regions/eu-west-1/t-p312-alpha/1/layer.zip")
            try place.write("lambda/regions/eu-west-1/t-p312-alpha/1/layer.zip", "damaged")
            let damaged = try await verify(arn)
            #expect(damaged.code == 1 && damaged.output.contains("NOT what the registry lists"), "\(damaged.output)")
            let reconciled = try await place.strata("reconcile")
            #expect(reconciled.output.contains("serves"), "\(reconciled.output)")
            let missing = try await verify("\(arn.dropLast())9")
            #expect(missing.code == 1, "\(missing.output)")
        }
    }

    @Test(
        "a layer that bump is asked for and the registry does not have is an error; what stays deprecated is warned of")
    func bump() async throws {
        try await PackageIndex.run(["alpha": [.init()]]) { index in
            let place = try Workplace(
                Configuration(
                    layers: ["alpha"], targets: ["python3.12"], index: index.simple,
                    more: "retention: { expire: 1h, keep: 1 }"))
            #expect(try await place.strata("publish").code == 0)
            try await index.set(["alpha": [.init(), .init(version: "2.0")]])
            #expect(try await place.strata("publish").code == 0)
            let readme = try await place.run("git", "-C", "registry.git", "show", "main:README.md")
            #expect(readme.contains("1 hour after it was replaced"), "\(readme)")
            let file = try await place.run("git", "-C", "registry.git", "show", "main:registry.json")
            #expect(file.contains("\"expire-seconds\":3600"), "\(file)")

            try place.write(
                "app.yaml", "a: arn:aws:lambda:eu-west-1:000000000000:layer:t-p312-alpha:1  # strata: keep\n")
            let unknown = try await place.strata("bump", "--registry", "registry.git", "--layer", "alpa", "app.yaml")
            #expect(unknown.code == 1 && unknown.error.contains("it has 'alpha'"), "\(unknown.error)")
            for arguments in [["--json"], ["--quiet"], []] {
                let kept = try await place.command(["bump", "--registry", "registry.git", "app.yaml"] + arguments).run()
                #expect(kept.code == 0, "\(kept.error)")
                #expect(
                    kept.error.contains("warning: app.yaml:1: ") && kept.error.contains("is deprecated"),
                    "\(kept.error)")
            }
        }
    }
}
