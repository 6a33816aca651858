import FoundationEssentials
import Testing

@Suite("A ledger that is lost")
struct LedgerLossTests {
    private func rows(_ place: Workplace) async throws -> String {
        try await place.run(
            "git", "-C", "registry.git", "show", "main:deployments/python3.12/arns/us-east-1.csv",
            "main:deployments/python3.12/arns/eu-west-1.csv")
    }

    /// - Parameter other: the folder that keeps it; nil if it is gone.
    private func loseLedger(_ place: Workplace, to other: String? = nil) throws {
        let files = FileManager.default
        if let other {
            try files.createDirectory(atPath: "\(place.folder)/\(other)", withIntermediateDirectories: true)
        }
        for name in try place.names(in: ".") where name.hasPrefix("ledger.sqlite") {
            if let other {
                try files.moveItem(atPath: "\(place.folder)/\(name)", toPath: "\(place.folder)/\(other)/\(name)")
            } else {
                try files.removeItem(atPath: "\(place.folder)/\(name)")
            }
        }
    }

    @Test("publishes nothing; one line says what mends it, and it does")
    func refused() async throws {
        try await PackageIndex.run(["alpha": [.init()]]) { index in
            let place = try Workplace(Configuration(layers: ["alpha"], targets: ["python3.12"], index: index.simple))
            #expect(try await place.strata("publish").code == 0)
            let (before, versions) = (try await rows(place), try place.files("lambda"))
            try loseLedger(place)
            let second = try await place.strata("publish")
            #expect(second.code == 5, "\(second.output)\(second.error)")
            let lines = second.error.split(separator: "\n").filter { $0.hasPrefix("error: ") }
            #expect(lines.count == 1)
            #expect(second.error.contains("ledger is empty") && second.error.contains("strata reconcile --rebuild"))
            #expect(try place.files("lambda") == versions)
            // Who only looks hears the same, and is not shown everything as new.
            let plan = try await place.strata("plan")
            #expect(plan.code == 5 && plan.errors.count == 1, "\(plan.error)")
            #expect(plan.error.contains("strata reconcile --rebuild") && plan.output.isEmpty, "\(plan.output)")
            let doctor = try await place.strata("doctor")
            #expect(doctor.code == 1 && doctor.output.contains("✗ belonging: "), "\(doctor.output)")
            let compared = try await place.strata("reconcile")
            #expect(compared.code == 4 && compared.error.contains("strata reconcile --rebuild"), "\(compared.error)")
            let rebuilt = try await place.strata("reconcile", "--rebuild")
            #expect(rebuilt.code == 0, "\(rebuilt.output)\(rebuilt.error)")
            let healthy = try await place.strata("doctor")
            #expect(
                healthy.code == 0 && healthy.output.contains("ledger and registry belong together, revision"),
                "\(healthy.output)")
            #expect(try await place.strata("plan").code == 0)
            let third = try await place.strata("publish")
            #expect(third.code == 0 && third.output.contains("Nothing to do"), "\(third.output)\(third.error)")
            #expect(try await rows(place) == before)
        }
    }

    @Test("is filled by each run itself where there is no disk, and nothing is published twice")
    func withoutDisk() async throws {
        try await PackageIndex.run(["alpha": [.init()]]) { index in
            let place = try Workplace(
                Configuration(
                    layers: ["alpha"], targets: ["python3.12"], index: index.simple,
                    ledger: "{ sqlite: ledger.sqlite, rebuild: auto }"))
            let first = try await place.strata("publish")
            #expect(first.code == 0, "\(first.error)")
            let (before, versions) = (try await rows(place), try place.files("lambda"))
            for command in ["plan", "publish", "publish"] {
                try loseLedger(place)
                let next = try await place.strata(command)
                #expect(next.code == 0 && next.output.contains("Nothing to do"), "\(next.output)\(next.error)")
                #expect(try place.files("lambda") == versions)
                #expect(try await rows(place) == before)
            }
        }
    }

    @Test("a registry that cannot be reached is only warned of by plan")
    func unreachable() async throws {
        try await PackageIndex.run(["alpha": [.init()]]) { index in
            let place = try Workplace(Configuration(layers: ["alpha"], targets: ["python3.12"], index: index.simple))
            #expect(try await place.strata("publish").code == 0)
            try FileManager.default.removeItem(atPath: "\(place.folder)/registry.git")
            try place.write("registry.git/HEAD", "nothing")
            let plan = try await place.strata("plan")
            #expect(plan.code == 0 && plan.output.contains("Nothing to do"), "\(plan.output)\(plan.error)")
            #expect(plan.error.contains("belongs to the registry is not known"), "\(plan.error)")
            #expect(try await place.strata("doctor").code == 1)
        }
    }

    @Test("is taken from an export into an empty one, and into no other")
    func exported() async throws {
        try await PackageIndex.run(["alpha": [.init()], "beta": [.init()]]) { index in
            let place = try Workplace(Configuration(layers: ["alpha"], targets: ["python3.12"], index: index.simple))
            #expect(try await place.strata("publish").code == 0)
            #expect(try await place.strata("export", "alpha.jsonl").code == 0)
            let again = try await place.strata("import", "ledger", "alpha.jsonl")
            #expect(again.code == 0 && again.output.contains("Done already"), "\(again.output)\(again.error)")
            try loseLedger(place)
            let taken = try await place.strata("import", "ledger", "alpha.jsonl")
            #expect(taken.code == 0 && taken.output.hasPrefix("Took "), "\(taken.output)\(taken.error)")
            #expect(try await place.strata("publish").output.contains("Nothing to do"))

            let other = try Workplace(
                Configuration(layers: ["beta"], targets: ["python3.12"], index: index.simple))
            #expect(try await other.strata("publish").code == 0)
            #expect(try await other.strata("export", "before.jsonl").code == 0)
            let refused = try await other.strata("import", "ledger", "\(place.folder)/alpha.jsonl")
            #expect(refused.code == 5 && refused.errors.count == 1, "\(refused.error)")
            #expect(refused.error.contains("of the registry") && refused.error.contains("empty"), "\(refused.error)")
            #expect(try await other.strata("export", "after.jsonl").code == 0)
            // All but the first line, which tells the time.
            func records(_ file: String) throws -> [Substring] {
                Array(try other.text(file).split(separator: "\n").dropFirst())
            }
            #expect(try records("before.jsonl") == records("after.jsonl"))
        }
    }

    @Test("two ledgers that published at the same moment: what the message says leads to an end, and loses nothing")
    func diverged() async throws {
        try await PackageIndex.run(["alpha": [.init()]]) { index in
            let place = try Workplace(Configuration(layers: ["alpha"], targets: ["python3.12"], index: index.simple))
            func move(_ name: String, _ other: String) throws {
                try FileManager.default.moveItem(atPath: "\(place.folder)/\(name)", toPath: "\(place.folder)/\(other)")
            }
            let layers = ["us-east-1", "eu-west-1"].map { "lambda/regions/\($0)/t-p312-alpha" }
            #expect(try await place.strata("publish").code == 0)
            try FileManager.default.createDirectory(atPath: "\(place.folder)/theirs", withIntermediateDirectories: true)
            for name in ["ledger.sqlite", "registry.git"] {
                try FileManager.default.copyItem(
                    atPath: "\(place.folder)/\(name)", toPath: "\(place.folder)/theirs/\(name)")
            }
            // This machine publishes 3.0, and has not pushed yet when the other, which has looked before, publishes 2.0.
            try await index.set(["alpha": [.init(), .init(version: "3.0")]])
            #expect(try await place.strata("publish").code == 0)
            try loseLedger(place, to: "ours")
            try FileManager.default.removeItem(atPath: "\(place.folder)/registry.git")
            for name in ["ledger.sqlite", "registry.git"] { try move("theirs/\(name)", name) }
            for layer in layers { try move("\(layer)/2", "\(layer)-aside") }
            try await index.set(["alpha": [.init(), .init(version: "2.0")]])
            #expect(try await place.strata("publish").code == 0)
            for layer in layers { try move("\(layer)-aside", "\(layer)/2") }
            let promised = try await rows(place)
            try loseLedger(place)
            for name in try place.names(in: "ours") { try move("ours/\(name)", name) }

            try await index.set(["alpha": [.init(), .init(version: "2.0"), .init(version: "3.0")]])
            let refused = try await place.strata("publish")
            #expect(refused.code == 5 && refused.error.contains("strata reconcile --rebuild"), "\(refused.error)")
            let rebuild = try await place.strata("reconcile", "--rebuild")
            #expect(rebuild.code == 1 && rebuild.errors.count == 1, "\(rebuild.error)")
            #expect(rebuild.error.contains("different builds 2") && rebuild.error.contains("move this ledger away"))
            let steps = rebuild.error.split(separator: "'").filter { $0.hasPrefix("strata ") }.map {
                $0.split(separator: " ").dropFirst().map(String.init)
            }
            #expect(steps == [["reconcile", "--rebuild"], ["publish"], ["reconcile", "--fix", "--adopt"]])
            try loseLedger(place)
            for step in steps {
                let outcome = try await place.command(step).run()
                // The rebuilt ledger differs from what is in Lambda, and says so.
                #expect(
                    outcome.code == (step.contains("--rebuild") ? 4 : 0), "\(step): \(outcome.output)\(outcome.error)")
            }
            let agreed = try await place.strata("reconcile")
            #expect(agreed.code == 0 && agreed.output.contains("registry agree"), "\(agreed.output)")
            #expect(try await place.strata("publish").output.contains("Nothing to do"))
            let now = try await rows(place)
            for arn in promised.split(whereSeparator: { ",\n".contains($0) }) where arn.hasPrefix("arn:") {
                #expect(now.contains(arn))
            }
            // Every version that is there is listed, the one that this machine had published among them.
            let tables = try await place.rows(of: place.clone())
            #expect(tables.map(\.arn).filter { $0.hasSuffix(":2") }.count == 2, "\(tables)")
            #expect(tables.count == 8 && tables.filter { $0.status == "latest" }.allSatisfy { $0.arn.hasSuffix(":4") })
        }
    }

    @Test("a registry that has become another one is taken over when that is asked for")
    func takeOver() async throws {
        try await PackageIndex.run(["alpha": [.init()]]) { index in
            let place = try Workplace(Configuration(layers: ["alpha"], targets: ["python3.12"], index: index.simple))
            #expect(try await place.strata("publish").code == 0)
            let before = try await rows(place)
            let clone = try await place.clone()
            let file = try place.text("\(clone)/registry.json")
            let other = String(repeating: "0", count: 26)
            try place.write("\(clone)/registry.json", file.replacing(/"id": "[^"]*"/, with: "\"id\": \"\(other)\""))
            try await place.run(
                "git", "-C", clone, "-c", "user.name=Somebody", "-c", "user.email=s@example.invalid", "commit", "-qam",
                "Another registry")
            try await place.run("git", "-C", clone, "push", "-q", "origin", "HEAD:main")
            for command in [["publish"], ["reconcile", "--fix"], ["yank", "alpha", "1", "--reason", "a leak"]] {
                let foreign = try await place.command(command).run()
                #expect(foreign.code == 5 && foreign.error.contains("--take-over"), "\(foreign.error)")
            }
            let rebuilt = try await place.strata("reconcile", "--rebuild")
            #expect(rebuilt.code == 1 && rebuilt.error.contains("move it away"), "\(rebuilt.error)")
            let taken = try await place.strata("reconcile", "--take-over", "--fix")
            #expect(taken.code == 0, "\(taken.output)\(taken.error)")
            let next = try await place.strata("publish")
            #expect(next.code == 0 && next.output.contains("Nothing to do"), "\(next.output)\(next.error)")
            #expect(try await rows(place) == before)
            let now = try await place.run("git", "-C", "registry.git", "show", "main:registry.json")
            #expect(now.contains(other))
        }
    }
}
