import FoundationEssentials
import Model
import Testing

@Suite("The fleet's functions", .serialized)
struct FleetTests {
    /// The functions lay their configuration out elsewhere, so its paths are absolute.
    private static func configuration(
        _ index: PackageIndex, in place: Workplace, layers: [String] = ["alpha", "beta"]
    ) -> Configuration {
        var configuration = Configuration(layers: layers, index: index.simple)
        configuration.publish = "{ provider: local, folder: \(place.folder)/lambda, prefix: t, visibility: public }"
        configuration.ledger = "sqlite:\(place.folder)/ledger.sqlite"
        configuration.git = "{ remote: \(place.folder)/registry.git, author: Test <test@example.invalid> }"
        return configuration
    }

    private static func workplace(_ index: PackageIndex) throws -> Workplace {
        let place = try Workplace(hasOwnCache: true)
        try place.write("strata.yaml", configuration(index, in: place).text)
        return place
    }

    private static let catalogue: [String: [PackageIndex.Release]] = [
        "alpha": [.init(requires: ["gamma"])], "beta": [.init(version: "2.1")], "gamma": [.init()],
    ]

    /// Runs a fleet for as long as `body` does, with an index of its own.
    private func onFleet(_ body: @Sendable (Fleet, PackageIndex) async throws -> Void) async throws {
        try await PackageIndex.run(Self.catalogue) { index in
            try await Fleet.run(try Self.workplace(index)) { fleet in
                try await body(fleet, index)
            }
        }
    }

    @Test("publish all, list it, and find nothing to do the second time; the laptop finds nothing to do either")
    func wholeWay() async throws {
        try await onFleet { fleet, index in
            let first = try await fleet.execute("first")
            #expect(first.failures.isEmpty)
            #expect(first.plan["builds"] == 4 && first.plan["publications"] == 8)
            #expect(first.published.count == 8 && Set(first.published.values) == ["published"])
            #expect(first.commits.map { $0["branch"].text } == ["main", "gh-pages"])
            #expect(first.finish["status"] == "done")
            let report = try await fleet.object(first.finish["report"])
            #expect(report["report"]["published"].list.count == 8 && report["report"]["built"] == 4)
            try await expectTruth(fleet.place, rows: 8)

            let second = try await fleet.execute("second")
            #expect(second.plan["builds"] == 0 && second.published.isEmpty && second.commits.isEmpty)
            #expect(second.prune["deleted"] == 0 && second.prune["left"] == 0)
            #expect(second.finish["status"] == "done")
            let laptop = try await fleet.place.strata("publish")
            #expect(
                laptop.code == 0 && laptop.output.contains("Nothing to do"),
                "\(laptop.status) \(laptop.output) \(laptop.error)")
        }
    }

    @Test("make the same tables, builds and locks on main as one machine does")
    func sameFiles() async throws {
        try await onFleet { fleet, index in
            _ = try await fleet.execute("first")
            let other = try Self.workplace(index)
            #expect(try await other.strata("publish").code == 0)
            let (here, there) = (try await fleet.place.clone(), try await other.clone())
            let names = try fleet.place.files(here).filter { !$0.hasPrefix(".git/") }
            #expect(try other.files(there).filter { !$0.hasPrefix(".git/") } == names)
            #expect(names.contains { $0.hasSuffix(".csv") } && names.contains { $0.hasSuffix(".pylock.toml") })
            for name in names {
                // What differs is when things were made, and nothing else.
                let (left, right) = (try fleet.place.text("\(here)/\(name)"), try other.text("\(there)/\(name)"))
                #expect(timeless(left) == timeless(right), "\(name)")
            }
        }
    }

    @Test("a call that is delivered twice, at the same time or after its answer was lost, does its work once")
    func duplicates() async throws {
        try await onFleet { fleet, _ in
            for handler in Fleet.handlers {
                try await fleet.plant([.init(fault: "duplicate"), .init(fault: "lose")], in: handler)
            }
            let run = try await fleet.execute("twice")
            #expect(run.failures.isEmpty)
            #expect(run.published.count == 8)
            #expect(Set(run.published.values).isSubset(of: ["published", "done", "adopted"]))
            #expect(run.finish["status"] == "done")
            try await expectTruth(fleet.place, rows: 8)
        }
    }

    @Test(
        "a function that crashes or runs out of time is called again, and nothing is published twice",
        arguments: ["prepare", "resolve", "plan", "build", "publish", "commit"])
    func crash(handler: String) async throws {
        try await onFleet { fleet, _ in
            // A call that died is known to be gone when its time is up.
            try await fleet.plant(
                [
                    .init(fault: "crash", after: 0.05, seconds: 2), .init(fault: "timeout", seconds: 0.05),
                    .init(fault: "throttle"),
                ], in: handler)
            if handler == "prepare" {
                // A lease that nobody noted is left to its term; here its holder is known to be dead.
                _ = try? await fleet.call("prepare", ["v": 1, "execution": "crash"])
            }
            let run = try await fleet.execute("crash")
            #expect(run.failures.isEmpty && run.published.count == 8)
            let log = try await fleet.log(handler)
            #expect(run.finish["status"] == "done", "\(log)")
            try await expectTruth(fleet.place, rows: 8)
        }
    }

    @Test("what an execution that died had begun is finished by the next one", arguments: ["prepare", "plan", "build"])
    func death(last: String) async throws {
        try await onFleet { fleet, _ in
            let dead = try await fleet.execute("dead", dyingAfter: last)
            // The next execution is refused while the lease is alive.
            let refusal = await #expect(throws: Fleet.Failure.self) {
                try await fleet.call("prepare", ["v": 1, "execution": "next"])
            }
            #expect(refusal?.errorType == "LeaseHeld")
            #expect(refusal?.errorMessage.contains("execution dead") == true)
            let failed = try await fleet.call(
                "finish",
                [
                    "v": 1, "context": dead.context,
                    "error": ["Error": "States.Timeout", "Cause": "the execution was stopped"],
                ])
            #expect(failed["status"] == "failed")
            let next = try await fleet.execute("next")
            #expect(next.failures.isEmpty)
            #expect(next.finish["status"] == "done")
            try await expectTruth(fleet.place, rows: 8)
        }
    }

    @Test("refuse what they do not know: versions, payloads, handlers, environments")
    func refusals() async throws {
        try await onFleet { fleet, _ in
            func failure(_ handler: String, _ payload: JSON) async -> Fleet.Failure? {
                await #expect(throws: Fleet.Failure.self) { try await fleet.call(handler, payload) }
            }
            for handler in Fleet.handlers {
                let version = await failure(handler, ["v": 2])
                #expect(version?.errorType == "Failed")
                #expect(version?.errorMessage.contains("has version 2, and this Strata speaks version 1") == true)
                #expect(await failure(handler, ["version": 1])?.errorMessage.contains("'v' is missing") == true)
                #expect(await failure(handler, "text")?.errorType == "Failed")
            }
            let odd = await failure("prepare", ["v": 1, "execution": "../up"])
            #expect(odd?.errorMessage.contains("cannot name a run") == true)
            let unknown = await failure("prepare", ["v": 1, "execution": "one", "only": ["zeta"]])
            #expect(unknown?.errorType == "Configuration")

            try await fleet.deploy(environment: ["STRATA_FLEET_CONFIG": "/etc/passwd"])
            #expect(await failure("prepare", ["v": 1])?.errorType == "Configuration")
            try fleet.place.write("strata.yaml", "version: 1\nlayers: []\n")
            try await fleet.deploy()
            let settings = await failure("recover", ["v": 1])
            #expect(settings?.errorType == "Configuration")
            #expect(settings?.errorMessage.contains("strata.yaml") == true)
        }
    }

    @Test("a lease that was lost, and a plan over its limits, end the run with their own error types")
    func typedErrors() async throws {
        try await onFleet { fleet, index in
            let run = try await fleet.execute("lost", dyingAfter: "plan")
            _ = try await fleet.call("finish", ["v": 1, "context": run.context])
            let work = try #require(try await fleet.objects(run.plan["work"]).first)
            let lost = await #expect(throws: Fleet.Failure.self) {
                try await fleet.call(
                    "build", ["v": 1, "context": run.context, "item": work["item"], "batch": work["batch"]])
            }
            #expect(lost?.errorType == "LeaseHeld")

            var configuration = Self.configuration(index, in: fleet.place)
            configuration.more = "limits: { publish: 3 }"
            try fleet.place.write("strata.yaml", configuration.text)
            try await fleet.deploy()
            let over = await #expect(throws: Fleet.Failure.self) { try await fleet.execute("over") }
            #expect(over?.errorType == "OverLimits")
        }
    }

    @Test("a ledger that is not the registry's any more ends the run before anything is published")
    func lostLedger() async throws {
        try await onFleet { fleet, _ in
            _ = try await fleet.execute("first")
            let before = try await fleet.place.published()
            for name in try fleet.place.names(in: ".") where name.hasPrefix("ledger.sqlite") {
                try FileManager.default.removeItem(atPath: "\(fleet.place.folder)/\(name)")
            }
            try await fleet.deploy()
            let empty = await #expect(throws: Fleet.Failure.self) { try await fleet.execute("second") }
            #expect(empty?.errorType == "OverLimits")
            #expect(empty?.errorMessage.contains("this ledger is empty") == true)
            #expect(try await fleet.place.published() == before)
        }
    }

    @Test("one layer that cannot be built is counted and told, and holds up nobody")
    func badLayer() async throws {
        try await onFleet { fleet, index in
            var catalogue = Self.catalogue
            catalogue["delta"] = [.init(lying_record: true)]
            try await index.set(catalogue)
            try fleet.place.write(
                "strata.yaml",
                Self.configuration(index, in: fleet.place, layers: ["alpha", "beta", "delta", "epsilon"]).text)
            try await fleet.deploy()
            let run = try await fleet.execute("bad")
            #expect(run.failures.count == 2 && run.published.count == 8)
            // A wheel that lies is refused for good, as a layer that the index does not have is: only the maintainer can
            // mend either, so no run is left with something to do.
            #expect(run.finish["status"] == "done")
            let report = try await fleet.object(run.finish["report"])["report"]
            #expect(report["failed"].list.isEmpty)
            #expect(report["refused"].list.count == 4)
        }
    }

    /// Without dates, sizes of dates, commits, and what tells one registry and its revisions from another.
    private func timeless(_ text: String) -> String {
        text.replacing(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/, with: "TIME").replacing(/\d{4}-\d\d-\d\d/, with: "DAY")
            .replacing(/"(id|run)": "[0-9A-Z]{26}"/, with: "NAME").replacing(/"revision": \d+/, with: "REVISION")
    }

    /// Every row is a version with its bytes, and there is no version besides.
    private func expectTruth(_ place: Workplace, rows count: Int) async throws {
        try await place.run("git", "-C", "registry.git", "fsck", "--strict", "--full")
        let rows = try place.rows(of: try await place.clone())
        #expect(rows.count == count)
        let published = try await place.published()
        let listed = Set(
            rows.map { row in
                let parts = row.arn.split(separator: ":").map(String.init)
                return "\(parts[3])/\(parts[6])/\(parts[7])"
            })
        #expect(Set(published.keys) == listed, "no orphan, none lost")
    }
}
