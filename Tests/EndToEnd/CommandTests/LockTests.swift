import FoundationEssentials
import Testing

/// What a project has locked becomes a layer. Real packages, and uv's own locks.
@Suite("Locks")
struct LockTests {
    private struct Summary: Decodable {
        struct Built: Decodable {
            let version: String
            let sha256: String
            let remarks: [String]
        }
        let built: [Built]
    }

    private static let project = """
        [project]
        name = "app"
        version = "0.1.0"
        requires-python = ">=3.11"
        dependencies = ["requests>=2.32", "core", "typing-extensions<4.10; python_version<'3.12'",
            "typing-extensions>=4.12; python_version>='3.12'"]
        [project.optional-dependencies]
        fast = ["orjson"]
        [dependency-groups]
        dev = ["pytest"]
        data = ["six", "tomli; python_version<'3.12'"]
        [tool.uv.sources]
        core = { workspace = true }
        [tool.uv.workspace]
        members = ["packages/*"]

        """
    private static let member = """
        [project]
        name = "core"
        version = "1"
        requires-python = ">=3.11"
        dependencies = ["packaging"]
        [build-system]
        requires = ["uv_build"]
        build-backend = "uv_build"

        """

    /// A project with a workspace, groups, extras and forks, locked.
    private func lockedProject(_ place: Workplace) async throws {
        try place.write("app/pyproject.toml", Self.project)
        try place.write("app/packages/core/pyproject.toml", Self.member)
        try await uv(place, "lock", "--quiet", "--project", "app")
    }

    @discardableResult
    private func uv(_ place: Workplace, _ arguments: String...) async throws -> String {
        let script = "exec '\(Program.variables["STRATA_UV"] ?? "uv")' \"$@\""
        var outcome = ""
        outcome = try await place.command(sh: script, arguments)
        return outcome
    }

    private func pins(_ place: Workplace, _ zip: String) async throws -> [String] {
        try await place.run("unzip", "-p", zip, "python/requirements.txt").split(separator: "\n").map(String.init)
    }

    private func names(_ place: Workplace, _ zip: String) async throws -> Set<String> {
        Set(try await pins(place, zip).map { String($0.prefix { $0 != "=" }) })
    }

    @Test("a uv.lock is a layer without a configuration: groups, extras, forks and members as uv means them")
    func uvLock() async throws {
        let place = try Workplace()
        try await lockedProject(place)
        let locked = try place.text("app/uv.lock")

        let plain = try await place.strata(
            "build", "--from", "app/uv.lock", "--target", "python3.12", "-o", "layer.zip")
        try #require(plain.code == 0, "\(plain.error)")
        let main: Set = [
            "certifi", "charset-normalizer", "idna", "packaging", "requests", "typing-extensions", "urllib3",
        ]
        #expect(try await names(place, "layer.zip") == main)
        #expect(plain.output.contains("left out: the project itself") && plain.output.contains("core"))
        for pin in try await pins(place, "layer.zip") {
            let parts = pin.split(separator: "=").map(String.init)
            #expect(locked.contains("name = \"\(parts[0])\"\nversion = \"\(parts[1])\""), "\(pin) is locked")
        }

        let more = try await place.strata(
            "build", "--from", "app/pyproject.toml", "--group", "data", "--extra", "fast", "--target", "python3.11",
            "-o",
            "out/more.zip", "--json")
        try #require(more.code == 0, "\(more.error)")
        #expect(try await names(place, "out/more.zip") == main.union(["orjson", "six", "tomli"]))
        #expect(try await pins(place, "out/more.zip").contains { $0.hasPrefix("typing-extensions==4.9.") })

        // The same from what uv exports, by the digest.
        let summary = try JSONDecoder().decode(Summary.self, from: Data(more.output.utf8))
        for format in ["pylock.toml", "requirements.txt"] {
            try await uv(
                place, "export", "--quiet", "--frozen", "--project", "app", "--no-default-groups", "--group", "data",
                "--extra",
                "fast", "--format", format, "-o", "app/\(format)")
            let outcome = try await place.strata(
                "build", "--from", "app/\(format)", "--target", "python3.11", "-o", "again.zip", "--json")
            try #require(outcome.code == 0, "\(outcome.error)\(outcome.output)")
            let again = try JSONDecoder().decode(Summary.self, from: Data(outcome.output.utf8))
            #expect(again.built.first?.sha256 == summary.built.first?.sha256, "\(format)")
        }
    }

    @Test("what the layer holds can be imported")
    func imports() async throws {
        let place = try Workplace()
        try await lockedProject(place)
        let target = try await place.run(
            Program.python, "-c", "import sys; print('python%d.%d' % sys.version_info[:2])"
        ).split(separator: "\n").joined()
        let outcome = try await place.strata(
            "build", "--from", "app/uv.lock", "--extra", "fast", "--target", target, "-o", "layer.zip")
        try #require(outcome.code == 0, "\(outcome.error)")
        try await place.run("unzip", "-qq", "layer.zip", "-d", "opt")
        let script = "import requests, orjson, packaging; print(requests.__file__, orjson.dumps({'a': 1}))"
        let shown = try await place.run(
            Program.python, "-S", "-c", script, environment: ["PYTHONPATH": "\(place.folder)/opt/python"])
        #expect(shown.contains("/opt/python/requests") && shown.contains("{\"a\":1}"))
    }

    @Test("what cannot be taken from a lock is told in one line, with what to do")
    func refusals() async throws {
        let place = try Workplace()
        try await lockedProject(place)
        func build(_ arguments: String...) async throws -> Outcome {
            try await place.command(["build", "--target", "python3.12", "-o", "x.zip"] + arguments).run()
        }
        for (arguments, code, text) in [
            (["--from", "app/uv.lock", "--group", "nope"], 1, "nope"),
            (["--from", "app/uv.lock", "--extra", "nope"], 1, "nope"),
            (["--from", "missing/uv.lock"], 2, "missing/uv.lock"),
            (["--from", "app/setup.py"], 2, "not a lock"),
            (["--group", "data"], 2, "--from"),
        ] {
            let outcome = try await place.command(["build", "--target", "python3.12", "-o", "x.zip"] + arguments).run()
            #expect(outcome.code == Int32(code), "\(arguments): \(outcome.error)")
            #expect((outcome.error + outcome.output).contains(text), "\(arguments): \(outcome.error)\(outcome.output)")
        }
        try place.write("bare/requirements.txt", "idna==3.10\n")
        let bare = try await build("--from", "bare/requirements.txt")
        #expect(bare.code == 1 && bare.output.contains("bare/requirements.txt:1") && bare.output.contains("no SHA-256"))
        let source = String(repeating: "0", count: 64)
        try place.write("old/requirements.txt", "docopt==0.6.2 --hash=sha256:\(source)\n")
        let old = try await build("--from", "old/requirements.txt")
        #expect(old.code == 1 && old.output.contains("docopt") && old.output.contains("source only"))
        try place.write("lone/uv.lock", try place.text("app/uv.lock"))
        #expect(try await build("--from", "lone/uv.lock").error.contains("pyproject.toml"))
        #expect(try place.files(".").contains("x.zip") == false)
    }

    @Test("a layer from a lock of the tree: planned, published, and planned again when the lock has changed")
    func configuration() async throws {
        let place = try Workplace(
            Configuration(
                layers: [
                    "{ name: app, from-lock: app/uv.lock, groups: [main, data], extras: [fast], version-of: requests }"
                ],
                targets: ["python3.12"], more: "updates: { minimum-age: 365d, dependencies-only: 30d }"))
        try await lockedProject(place)
        let check = try await place.strata("check")
        try #require(check.code == 0, "\(check.error)")
        let first = try await place.strata("publish")
        try #require(first.code == 0, "\(first.error)\(first.output)")
        #expect(try await place.strata("plan", "--exit-code").code == 0)
        let explained = try await place.strata("explain", "app")
        #expect(explained.output.contains("locked by: app/uv.lock (group data, group main, extra fast)"))

        try place.write("app/pyproject.toml", Self.project.replacing("\"six\"", with: "\"six\", \"iniconfig\""))
        try await uv(place, "lock", "--quiet", "--project", "app")
        let changed = try await place.strata("plan", "--exit-code")
        #expect(changed.code == 4, "dependencies-only does not hold back what a lock says: \(changed.output)")
        let second = try await place.strata("publish")
        try #require(second.code == 0, "\(second.error)")
        #expect(try await place.strata("status").output.contains("app"))
    }
}

extension Workplace {
    /// Runs a line of shell with arguments; it must succeed.
    fileprivate func command(sh script: String, _ arguments: [String]) async throws -> String {
        let outcome = try await Command(
            arguments: ["/bin/bash", "-c", script, "bash"] + arguments,
            environment: Program.environment.merging(["HOME": "\(folder)/home", "UV_CACHE_DIR": "\(cache)/uv"]) { $1 },
            folder: folder
        ).run()
        try #require(outcome.code == 0, "\(arguments): \(outcome.error)")
        return outcome.output
    }
}
