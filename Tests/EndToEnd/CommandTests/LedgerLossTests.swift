import FoundationEssentials
import Testing

@Suite("A ledger that is lost")
struct LedgerLossTests {
    private func rows(_ place: Workplace) async throws -> String {
        try await place.run(
            "git", "-C", "registry.git", "show", "main:deployments/python3.12/arns/us-east-1.csv",
            "main:deployments/python3.12/arns/eu-west-1.csv")
    }

    private func loseLedger(_ place: Workplace) throws {
        for name in try place.names(in: ".") where name.hasPrefix("ledger.sqlite") {
            try FileManager.default.removeItem(atPath: "\(place.folder)/\(name)")
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
