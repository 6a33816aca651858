import FoundationEssentials
import Testing

/// Layers of packages that are published as source only, and of no packages at all.
@Suite("Source packages and files alone")
struct SourceLayerTests {
    private func show(_ path: String, in place: Workplace, branch: String = "main") async throws -> String {
        try await place.run("git", "-C", "registry.git", "show", "\(branch):\(path)")
    }

    @Test("docopt is built, published with what it was built from, shown, and built again from the record")
    func docopt() async throws {
        let place = try Workplace(
            Configuration(
                layers: [
                    "{ name: legacy, requires: [docopt], sdists: [docopt], checks: { imports: sandbox } }"
                ], targets: ["python3.11", "python3.11-arm64"]), hasOwnCache: true)
        let publish = try await place.strata("publish")
        try #require(publish.code == 0, "\(publish.error)\(publish.output)")
        let build = try await show("layers/legacy/python3.11/1.json", in: place)
        #expect(build.contains("\"built\":{\"file\":\"docopt-0.6.2.tar.gz\",\"url\":\"http"), "\(build)")
        #expect(
            build.contains("\"sha256\":\"49b3a825280bd66b3aa83585ef59c4a8c82f2c8a522dbe754a8bc8d08c85c491\""),
            "what PyPI has said since 2014")
        #expect(build.contains("\"tools\":[") && build.contains("\"package\":\"setuptools\""))
        let lock = try await show("layers/legacy/python3.11/1.pylock.toml", in: place)
        #expect(
            lock.contains("sdist = { name = \"docopt-0.6.2.tar.gz\"")
                && !lock.contains("\nwheels = [\n    { name = \"docopt"))
        #expect(lock.contains("[packages.tool.strata.built]\nbackend = \"setuptools.build_meta:__legacy__\"\n"))
        try place.write("pylock.toml", lock)
        let parsed = try await place.run(
            "python3", "-c",
            "import tomllib; print(tomllib.load(open('pylock.toml', 'rb'))['packages'][0]['tool']['strata']['built']['python'])"
        )
        #expect(parsed.hasPrefix("3."))
        let bill = try await show("api/v1/builds/legacy/python3.11/1.cdx.json", in: place, branch: "gh-pages")
        #expect(bill.contains("\"type\":\"source-distribution\"") && bill.contains("strata:built-with"), "\(bill)")
        let page = try await show("layers/legacy.html", in: place, branch: "gh-pages")
        #expect(page.contains("built here from docopt-0.6.2.tar.gz with Python 3."))
        let explain = try await place.strata("explain", "legacy")
        #expect(explain.output.contains("docopt built from docopt-0.6.2.tar.gz"), "\(explain.output)")
        #expect(try await place.strata("plan", "--exit-code").code == 0)

        // Pure code is the same for both architectures.
        let other = try await show("layers/legacy/python3.11-arm64/1.json", in: place)
        let digest = try #require(
            build.firstMatch(of: /"file":"docopt-0.6.2-py2.py3-none-any.whl".*?"sha256":"([0-9a-f]{64})"/))
        #expect(other.contains(digest.1))

        // Another machine: nothing but the registry.
        let clone = try await place.clone()
        let rebuilt = try await place.command(
            ["rebuild", "legacy", "python3.11", "1", "--registry", clone],
            environment: ["STRATA_CACHE": "\(place.folder)/consumer"]
        ).run()
        #expect(rebuilt.code == 0 && rebuilt.output.contains("the same bytes"), "\(rebuilt.error)\(rebuilt.output)")

        // A record that promises another wheel is found out.
        let path = "\(clone)/layers/legacy/python3.11/1.json"
        let text = try place.text(path)
        let refused = try await { () async throws -> Outcome in
            try place.write(path, text.replacing("\"python\":\"3.11", with: "\"python\":\"3.9"))
            return try await place.command(
                ["rebuild", "legacy", "python3.11", "1", "--registry", clone],
                environment: ["STRATA_CACHE": "\(place.folder)/third"]
            ).run()
        }()
        #expect(refused.code == 1 && refused.error.contains("this machine has no Python 3.9"), "\(refused.error)")
    }

    @Test("what real packages need is built, whoever asks for it, and what is not named is refused")
    func dependencies() async throws {
        let place = try Workplace(
            Configuration(
                layers: [
                    "{ name: words, requires: [num2words], sdists: [docopt] }",
                    "{ name: feeds, requires: [feedparser==6.0.11, stringcase], sdists: [sgmllib3k, stringcase, docopt] }",
                    "{ name: refused, requires: [docopt] }",
                ], targets: ["python3.11"]), hasOwnCache: true)
        let build = try await place.strata("build", "--output", "out")
        #expect(build.output.contains("name it under 'sdists'"), "\(build.output)")
        func pins(_ layer: String) async throws -> String {
            try await place.run("unzip", "-p", "out/python3.11/\(layer).zip", "python/requirements.txt")
        }
        #expect(try await pins("words").hasPrefix("docopt==0.6.2\nnum2words=="), "\(build.error)\(build.output)")
        let feeds = try await pins("feeds")
        #expect(feeds.contains("sgmllib3k==1.0.0\nstringcase==1.2.0\n") && !feeds.contains("docopt"))
        #expect(build.output.contains("sgmllib3k 1.0.0 was built from sgmllib3k-1.0.0.tar.gz, with Python 3.11"))
    }

    @Test("files alone are a layer: built, published, told, and made again")
    func filesAlone() async throws {
        func configuration(_ more: String = "") -> Configuration {
            Configuration(
                layers: [
                    """
                    { name: tools, files: [{ path: "vendor/jq-{arch}.sh", take: { "*": bin/greet }, licence: MIT, \
                    version: "1.7" }]\(more) }
                    """
                ], targets: ["python3.12", "python3.12-arm64"])
        }
        let place = try Workplace(configuration())
        for architecture in ["x86_64", "arm64"] {
            try place.write("vendor/jq-\(architecture).sh", "#!/bin/sh\necho \(architecture)\n")
        }
        let check = try await place.strata("check")
        #expect(check.code == 0, "\(check.error)")
        let build = try await place.strata("build", "--output", "out")
        #expect(build.code == 0, "\(build.error)\(build.output)")
        #expect(try await place.run("unzip", "-Z1", "out/python3.12/tools.zip") == "bin/greet\n")
        try await place.run("unzip", "-q", "out/python3.12/tools.zip", "-d", "opt")
        #expect(try await place.run("opt/bin/greet") == "x86_64\n")
        let publish = try await place.strata("publish")
        try #require(publish.code == 0, "\(publish.error)\(publish.output)")
        let rows = try await show("deployments/python3.12-arm64/arns/us-east-1.csv", in: place)
        #expect(rows.contains("tools,1.7,latest,"), "\(rows)")
        let file = try await show("layers/tools/python3.12/1.json", in: place)
        #expect(file.contains("\"wheels\":[") || file.contains("\"wheels\": ["), "\(file)")
        let bill = try await show("api/v1/builds/tools/python3.12/1.cdx.json", in: place, branch: "gh-pages")
        #expect(bill.contains("jq-x86_64.sh") && !bill.contains("jq-arm64.sh"), "\(bill)")
        #expect(try await show("layers/tools.html", in: place, branch: "gh-pages").contains("jq-x86_64.sh"))
        #expect(try await place.strata("plan", "--exit-code").code == 0)
        let explain = try await place.strata("explain", "tools")
        #expect(explain.output.contains("asked for: files alone"), "\(explain.output)")
        #expect(try await place.strata("reconcile").code == 0)

        // Another file is another build.
        try place.write("vendor/jq-x86_64.sh", "#!/bin/sh\necho more\n")
        let plan = try await place.strata("plan", "--exit-code")
        #expect(plan.code == 4 && plan.output.contains("python3.12"), "\(plan.output)")

        for (more, says) in [
            (", bin: [x]", "'bin' is for packages"), (", sdists: [x]", "'sdists' is for packages"),
            (", from-lock: uv.lock, sdists: [x]", "exclude each other"),
        ] {
            try place.write("strata.yaml", configuration(more).text)
            let wrong = try await place.strata("check")
            #expect(wrong.code == 2 && wrong.error.contains(says), "\(wrong.error)")
        }
        try place.write("strata.yaml", configuration().text.replacing("name: tools, ", with: ""))
        #expect(try await place.strata("check").error.contains("name"))
    }
}
