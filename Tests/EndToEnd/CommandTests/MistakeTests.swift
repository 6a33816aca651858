import Testing

@Suite("A mistake ends with one clear line and its exit code")
struct MistakeTests {
    /// What is wrong, what the line says, the exit code.
    struct Mistake: Sendable, CustomTestStringConvertible {
        let name: String
        let arguments: [String]
        var configuration = Configuration(layers: ["alpha"])
        let says: String
        var code: Int32 = 2
        var testDescription: String { name }
    }

    private static let mistakes = [
        Mistake(
            name: "no configuration", arguments: ["check", "--config", "other.yaml"], says: "other.yaml"),
        Mistake(
            name: "an unknown key", arguments: ["check"],
            configuration: .init(layers: ["alpha"], more: "retentoin: {}"),
            says: "retention"),
        Mistake(
            name: "an unknown region", arguments: ["plan"],
            configuration: .init(layers: ["alpha"], regions: ["us-east-9"]), says: "us-east-9"),
        Mistake(
            name: "an unknown target", arguments: ["publish"],
            configuration: .init(layers: ["alpha"], targets: ["python2.7"]), says: "python2.7"),
        Mistake(
            name: "a layer twice", arguments: ["check"], configuration: .init(layers: ["alpha", "Alpha"]),
            says: "alpha"),
        Mistake(
            name: "a requirement that is a URL", arguments: ["check"],
            configuration: .init(layers: ["\"alpha @ https://example.invalid/a.whl\""]), says: "requirement"),
        Mistake(
            name: "a requirement that is an option", arguments: ["check"],
            configuration: .init(layers: ["\"-r other.txt\""]), says: "requirement"),
        Mistake(
            name: "a list that is not there", arguments: ["check"],
            configuration: .init(layers: ["{ from: missing.csv }"]), says: "missing.csv"),
        Mistake(
            name: "a layer that is not configured", arguments: ["publish", "--only", "beta"], says: "there is no layer"),
        Mistake(
            name: "a target that is not known", arguments: ["build", "--target", "python9"], says: "there is no target"),
    ]

    @Test("in the configuration or in the arguments: 2", arguments: mistakes)
    func mistake(_ mistake: Mistake) async throws {
        let place = try Workplace(mistake.configuration)
        let outcome = try await place.strata(mistake.arguments)
        #expect(outcome.code == mistake.code, "\(outcome.error)")
        #expect(outcome.errors.count == 1, "\(outcome.error)")
        #expect(outcome.error.contains(mistake.says), "\(outcome.error)")
        #expect(try place.files("lambda").isEmpty && place.files("registry.git").isEmpty)
    }

    @Test(
        "in the usage: 2",
        arguments: [["publsh"], ["plan", "--jsn"], ["build", "--target"], ["completions", "tcsh"]])
    func usage(arguments: [String]) async throws {
        let outcome = try await Workplace().strata(arguments)
        #expect(outcome.code == 2)
        #expect(outcome.error.contains("Error: "), "\(outcome.error)")
    }

    @Test("all mistakes of a configuration are told at once, each with its place")
    func all() async throws {
        let place = try Workplace(
            Configuration(layers: ["alpha"], targets: ["python3.99"], regions: ["mars-1"], more: "colour: blue"))
        let outcome = try await place.strata("check")
        #expect(outcome.code == 2)
        #expect(outcome.errors.count == 3, "\(outcome.error)")
        #expect(outcome.errors.allSatisfy { $0.contains("strata.yaml:") }, "\(outcome.error)")
    }

    @Test("a plan over the limits: 5, and nothing has happened; by hand it is allowed")
    func limits() async throws {
        try await PackageIndex.run(["alpha": [.init()]]) { index in
            let place = try Workplace(
                Configuration(layers: ["alpha"], index: index.simple, more: "limits: { publish: 3, delete: 3 }"),
                hasOwnCache: true)
            let outcome = try await place.strata("publish")
            #expect(outcome.code == 5)
            #expect(outcome.errors.count == 1 && outcome.error.contains("--allow-over-limits"), "\(outcome.error)")
            #expect(try await place.published().isEmpty)
            #expect(try await place.strata("plan").error.contains("publish would refuse this"))
            #expect(try await place.strata("publish", "--allow-over-limits").code == 0)
            #expect(try await place.published().count == 4)
        }
    }

    @Test("what vanishes from the configuration: 5, until it is allowed", arguments: ["layer", "region", "target"])
    func vanished(what: String) async throws {
        try await PackageIndex.run(["alpha": [.init()], "beta": [.init()]]) { index in
            var configuration = Configuration(layers: ["alpha", "beta"], index: index.simple)
            let place = try Workplace(configuration, hasOwnCache: true)
            #expect(try await place.strata("publish").code == 0)
            let commits = try await place.commits()
            switch what {
            case "layer": configuration.layers = ["alpha"]
            case "region": configuration.regions = ["us-east-1"]
            default: configuration.targets = ["python3.12"]
            }
            try place.write("strata.yaml", configuration.text)
            let outcome = try await place.strata("publish")
            #expect(outcome.code == 5)
            #expect(outcome.errors.count == 1 && outcome.error.contains("--allow-vanished"), "\(outcome.error)")
            #expect(try await place.commits() == commits)

            let allowed = try await place.strata("publish", "--allow-vanished")
            #expect(allowed.code == 0, "\(allowed.error)")
            #expect(allowed.output.contains("Deprecated 4 releases"), "\(allowed.output)")
            #expect(try await place.strata("publish").output.contains("Nothing to do"))
        }
    }

    @Test("a lease that a running process holds: 6; of a process that died nobody has to wait for")
    func lease() async throws {
        try await PackageIndex.run(["alpha": [.init()]]) { index in
            let place = try Workplace(Configuration(layers: ["alpha"], index: index.simple), hasOwnCache: true)
            // Somebody who never gives a region's lock back holds the first run in the middle of its work.
            try await place.run("mkdir", "-p", "lambda/regions/us-east-1")
            let lock = Command(
                arguments: [
                    "flock", "--no-fork", "lambda/regions/us-east-1", "bash", "-c", "echo held >&2; exec sleep 600",
                ], environment: try place.command([]).environment, folder: place.folder)
            try await lock.whileRunning(from: "held") {
                try await place.command(["publish"]).whileRunning(from: "built ") {
                    let second = try await place.strata("publish")
                    #expect(second.code == 6)
                    #expect(second.errors.count == 1 && second.error.contains("is held by"), "\(second.error)")
                    #expect(try await place.strata("plan").code == 0, "looking needs no lease")
                }
            }
            let third = try await place.strata("publish")
            #expect(third.code == 0, "\(third.error)")
            #expect(try await place.published().count == 4)
        }
    }

    @Test("a region that fails: 3, the others are published and listed, and the next run does the rest")
    func partly() async throws {
        try await PackageIndex.run(["alpha": [.init()]]) { index in
            let place = try Workplace(
                Configuration(layers: ["alpha"], targets: ["python3.12"], index: index.simple), hasOwnCache: true)
            // Where the region's folder should be is a file.
            try place.write("lambda/regions/eu-west-1", "in the way")
            let outcome = try await place.strata("publish")
            #expect(outcome.code == 3, "\(outcome.error)")
            #expect(outcome.output.contains("Pending 1 release") && outcome.output.contains("eu-west-1"))
            #expect(Set(try place.rows(of: try await place.clone()).map(\.region)) == ["us-east-1"])
            let status = try await place.strata("status")
            #expect(status.code == 3 && status.output.contains("pending eu-west-1"), "\(status.output)")

            try await place.run("rm", "lambda/regions/eu-west-1")
            #expect(try await place.strata("publish").code == 0)
            #expect(Set(try place.rows(of: try await place.clone()).map(\.region)) == ["us-east-1", "eu-west-1"])
            #expect(try await place.published().count == 2)
        }
    }

    @Test("what cannot be built is refused with its reason, and holds up nothing else")
    func refused() async throws {
        let catalogue: [String: [PackageIndex.Release]] = [
            "alpha": [.init()], "source-only": [.init(tags: [], sdist: true)], "liar": [.init(lying_record: true)],
        ]
        try await PackageIndex.run(catalogue) { index in
            let place = try Workplace(
                Configuration(
                    layers: ["alpha", "source-only", "liar", "nowhere"], targets: ["python3.12"], index: index.simple),
                hasOwnCache: true)
            let outcome = try await place.strata("publish")
            let text = outcome.output
            #expect(text.contains("source-only python3.12: ") && text.contains("source only"), "\(text)")
            #expect(text.contains("nowhere python3.12: "), "\(text)")
            #expect(text.contains("liar python3.12: ") && text.contains("RECORD"), "\(text)")
            #expect(Set(try await place.published().keys) == ["us-east-1/t-p312-alpha/1", "eu-west-1/t-p312-alpha/1"])
            #expect(Set(try place.rows(of: try await place.clone()).map(\.package)) == ["alpha"])
        }
    }
}

extension Workplace {
    func strata(_ arguments: [String]) async throws -> Outcome { try await command(arguments).run() }
}
