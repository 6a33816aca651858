import FoundationEssentials
import Glibc
import Testing

@Suite("A build whose modules cannot be imported")
struct HeldImportTests {
    /// The target that the tests' own Python is for, and where that Python is.
    static func python() async throws -> (target: String, path: String) {
        let program = "import sys; print('python%d.%d' % sys.version_info[:2], sys.executable)"
        let outcome = try await Command(
            arguments: ["/usr/bin/env", Program.python, "-c", program], environment: Program.environment, folder: "/"
        ).run()
        let words = outcome.output.split(whereSeparator: \.isWhitespace).map(String.init)
        try #require(words.count == 2, "\(outcome.error)")
        return (words[0], words[1])
    }

    private static func release(_ version: String, _ source: String) -> PackageIndex.Release {
        .init(version: version, files: ["alpha/__init__.py": source])
    }

    private static let good = release("1.0", "")
    private static let bad = release("1.1", "from json import gone\n")
    private static let better = release("1.2", "from json import loads\n")

    private func configuration(_ index: PackageIndex, _ checks: String = "") async throws -> Configuration {
        let python = try await Self.python()
        return Configuration(
            layers: ["alpha"], targets: [python.target], index: index.simple,
            more: "checks: { imports: sandbox, interpreters: { \(python.target): \"\(python.path)\" }\(checks) }")
    }

    @Test("is held with its reason; the former stays the latest, until another is there or somebody wants a retry")
    func local() async throws {
        try await PackageIndex.run(["alpha": [Self.good]]) { index in
            let place = try Workplace(try await configuration(index), hasOwnCache: true)
            let target = try await Self.python().target
            let first = try await place.strata("publish")
            #expect(first.code == 0, "\(first.error)")
            try await index.set(["alpha": [Self.good, Self.bad]])
            let second = try await place.strata("publish")
            #expect(second.output.contains("'alpha' of alpha 1.1 cannot be imported by Python 3."), "\(second.output)")
            try await expect(place, latest: "1.0", releases: 2)
            for command in [["plan"], ["status"], ["explain", "alpha"]] {
                let shown = try await place.command(command).run()
                #expect(shown.output.contains("cannot import name 'gone' from 'json'"), "\(command): \(shown.output)")
            }
            #expect(try await place.strata("explain", "alpha").output.contains("import of 1 module tried by Python 3."))

            // It is not tried again before something changes.
            let commits = try await place.commits()
            let third = try await place.strata("publish")
            #expect(!third.error.contains("built alpha"), "\(third.error)")
            #expect(try await place.commits() == commits)
            #expect(try await place.strata("retry", "beta").code != 0)
            let retried = try await place.strata("retry", "alpha/\(target)")
            #expect(retried.code == 0 && retried.output.contains("the next run tries it again"), "\(retried.error)")
            #expect(try await place.strata("retry", "alpha").output.contains("nothing of alpha is refused"))
            #expect(try await place.strata("plan").output.contains("1.1"))
            let fourth = try await place.strata("publish")
            #expect(fourth.output.contains("cannot be imported"), "\(fourth.output)")
            try await expect(place, latest: "1.0", releases: 2)

            try await index.set(["alpha": [Self.good, Self.bad, Self.better]])
            let fixed = try await place.strata("publish")
            #expect(fixed.code == 0, "\(fixed.output)\(fixed.error)")
            try await expect(place, latest: "1.2", releases: 4)
            struct BuildFile: Decodable {
                struct Imports: Decodable {
                    let place: String
                    let python: String
                    let modules: Int
                }
                let imports: Imports
            }
            let file = try place.bytes("\(try await place.clone())/layers/alpha/\(target)/2.json")
            let imports = try JSONDecoder().decode(BuildFile.self, from: Data(file)).imports
            #expect(imports.place == "sandbox" && imports.modules == 1)
        }
    }

    @Test("is published with the finding where nothing is held")
    func listed() async throws {
        try await PackageIndex.run(["alpha": [Self.bad]]) { index in
            let place = try Workplace(try await configuration(index, ", hold: false"), hasOwnCache: true)
            let outcome = try await place.strata("publish")
            #expect(outcome.code == 0, "\(outcome.error)")
            try await expect(place, latest: "1.1", releases: 2)
            #expect(try await place.strata("explain", "alpha").output.contains("error (imports): 'alpha' of alpha 1.1"))
        }
    }

    @Test("never comes to AWS: no version, no permission, nothing listed")
    func cloud() async throws {
        try await PackageIndex.run(["alpha": [Self.good]]) { index in
            try await Cloud.run { cloud in
                var configuration = try await configuration(index)
                configuration.publish = cloud.publish()
                let place = try Workplace(configuration, hasOwnCache: true)
                let target = try await Self.python().target
                let name = "t-p\(target.filter(\.isNumber))-alpha"
                let first = try await place.strata("publish", environment: cloud.environment)
                #expect(first.code == 0, "\(first.error)")
                let published = try await cloud.versions(of: [name], in: configuration.regions)
                #expect(published.count == 2 && published.allSatisfy(\.isPublic))

                try await index.set(["alpha": [Self.good, Self.bad]])
                let second = try await place.strata("publish", environment: cloud.environment)
                #expect(second.output.contains("cannot be imported"), "\(second.output)")
                #expect(try await cloud.versions(of: [name], in: configuration.regions) == published)
                #expect(Set(try place.rows(of: try await place.clone()).map(\.version)) == ["1.0"])

                try await index.set(["alpha": [Self.better]])
                let third = try await place.strata("publish", environment: cloud.environment)
                #expect(third.code == 0, "\(third.error)")
                #expect(try await cloud.versions(of: [name], in: configuration.regions).count == 4)
            }
        }
    }

    @Test("leaves no process behind when the run is killed in the middle of an import")
    func killed() async throws {
        let module = "m\(UUID().uuidString.replacing("-", with: ""))"
        let files = ["alpha/__init__.py": "", "alpha/\(module).py": "import time\ntime.sleep(600)\n"]
        try await PackageIndex.run(["alpha": [.init(files: files)]]) { index in
            var configuration = try await configuration(index)
            configuration.layers = ["{ requires: alpha, imports: { only: [alpha.\(module)] } }"]
            let place = try Workplace(configuration, hasOwnCache: true)
            // A shell that tells its number and becomes Strata.
            let run = Task {
                try await place.command(["publish"], shell: "echo $$ > '\(place.folder)/number'").run()
            }
            try await until { Self.processes(naming: module).count >= 2 }
            let number = try #require(Int32(try place.text("number").filter(\.isNumber)))
            #expect(kill(number, SIGKILL) == 0)
            _ = try await run.value
            try await until { Self.processes(naming: module).isEmpty }
        }
    }

    /// Processes whose arguments or environment name something: the probe, and who shuts it in.
    private static func processes(naming text: String) -> [String] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.filter { name in
            guard Int(name) != nil else { return false }
            return ["cmdline", "environ"].contains { file in
                let data = FileManager.default.contents(atPath: "/proc/\(name)/\(file)")
                return data.map { Array($0).firstRange(of: Array(text.utf8)) != nil } ?? false
            }
        }
    }

    private func until(_ isSo: @Sendable () -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(120)
        while !isSo() {
            try #require(ContinuousClock.now < end, "it takes too long")
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private func expect(_ place: Workplace, latest version: String, releases: Int) async throws {
        let rows = try place.rows(of: try await place.clone()).filter { $0.status == "latest" }
        #expect(rows.map(\.version) == [version, version], "\(rows)")
        #expect(try await place.published().count == releases)
    }
}

@Suite("A layer that asks for bytecode")
struct BytecodeCommandTests {
    @Test("gets it where there is an interpreter, keeps it, and is published without and said so where there is none")
    func published() async throws {
        try await PackageIndex.run(["alpha": [.init()]]) { index in
            let (target, path) = try await HeldImportTests.python()
            func configuration(_ python: String) -> String {
                Configuration(
                    layers: ["{ requires: alpha, bytecode: reached }"], targets: [target], index: index.simple,
                    more: "checks: { interpreters: { \(target): \"\(python)\" } }"
                ).text
            }
            let place = try Workplace(hasOwnCache: true)
            try place.write("strata.yaml", configuration(path))
            let first = try await place.strata("publish")
            #expect(first.code == 0, "\(first.error)")
            #expect(try await place.strata("publish").output.contains("Nothing to do"))
            #expect(
                try await place.strata("explain", "alpha").output.contains(
                    "with bytecode of reached modules by Python 3."))
            #expect(try await bytecode(of: 1, place, target)?.scope == "reached")
            // Its bytes can be made again from what is recorded, by anybody with that Python.
            let clone = try await place.clone()
            let rebuilt = try await place.strata(
                "rebuild", "alpha", "\(target)", "1", "--registry", clone, "--python", path)
            #expect(rebuilt.code == 0 && rebuilt.output.contains("the same bytes"), "\(rebuilt.output)\(rebuilt.error)")
            try await place.run("rm", "-r", "cache/builds", "lambda/regions/eu-west-1")
            let again = try await place.strata("reconcile", "--fix")
            #expect(again.code == 0, "\(again.output)\(again.error)")

            try place.write("strata.yaml", configuration("/nowhere/python3"))
            let plan = try await place.strata("plan")
            #expect(plan.output.contains("no bytecode: this machine has no Python 3."), "\(plan.output)")
            let second = try await place.strata("publish")
            #expect(second.code == 0, "\(second.error)")
            #expect(try await bytecode(of: 2, place, target) == nil)
            #expect(try await place.strata("status").output.contains("no bytecode"))
        }
    }

    private struct BuildFile: Decodable {
        struct Options: Decodable {
            let bytecode: Bytecode?
        }
        struct Bytecode: Decodable {
            let scope: String
            let packages: [String]
        }
        let options: Options
    }

    private func bytecode(of number: Int, _ place: Workplace, _ target: String) async throws -> BuildFile.Bytecode? {
        let clone = try await place.clone()
        let file = try place.bytes("\(clone)/layers/alpha/\(target)/\(number).json")
        return try JSONDecoder().decode(BuildFile.self, from: Data(file)).options.bytecode
    }
}
