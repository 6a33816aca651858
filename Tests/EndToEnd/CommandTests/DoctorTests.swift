import FoundationEssentials
import Testing

/// `strata doctor`: what a long run would stumble over, found before it.
@Suite("Doctor")
struct DoctorTests {
    private struct Report: Decodable {
        struct Line: Decodable {
            let name: String
            let verdict: String
            let text: String
            let mend: String?
            let details: [String]
        }
        let ok: Bool
        let checks: [Line]

        func line(_ name: String) throws -> Line {
            try #require(checks.first { $0.name == name }, "\(checks.map(\.name))")
        }
    }

    private func report(_ place: Workplace, environment: [String: String] = [:]) async throws -> (Report, Outcome) {
        let outcome = try await place.strata("doctor", "--json", environment: environment)
        return (try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8)), outcome)
    }

    @Test("changes nothing: no ledger, no registry, no cache is made")
    func nothing() async throws {
        let place = try Workplace(Configuration(layers: ["idna"], targets: ["python3.12"]), hasOwnCache: true)
        let (report, outcome) = try await report(place)
        #expect(outcome.code == 0 && report.ok, "\(outcome.output)")
        #expect(try place.names(in: ".") == ["home", "strata.yaml", "tmp"])
        #expect(try report.line("ledger").text.hasSuffix("ledger.sqlite is made by the first run"))
        #expect(try report.line("registry").text.hasSuffix("registry.git is made by the first run"))
        #expect(try report.line("code storage").details.count == 2)
        #expect(try report.line("site").verdict == "warning")
        for line in report.checks { #expect((line.verdict == "ok") == (line.mend == nil), "\(line)") }
    }

    @Test("every line that is not well says how to mend it, and the exit code tells whether a run would fail")
    func mending() async throws {
        let place = try Workplace(
            Configuration(
                layers: ["idna"], targets: ["python3.12"], index: "http://127.0.0.1:9/simple/",
                ledger: "sqlite:ledger.sqlite"))
        try place.write("ledger.sqlite", String(repeating: "no database ", count: 1000))
        let (report, outcome) = try await report(place, environment: ["STRATA_UV": "/nowhere/uv"])
        #expect(outcome.code == 1 && !report.ok)
        for name in ["uv", "index", "ledger"] {
            let line = try report.line(name)
            #expect(line.verdict == "failed" && line.mend?.isEmpty == false, "\(line)")
        }
        let shown = try await place.strata("doctor", environment: ["STRATA_UV": "/nowhere/uv"])
        #expect(shown.output.contains("✗ uv: ") && shown.output.contains("  → install it with 'pip install uv'"))
    }

    @Test("says whether the site's address serves the site's branch")
    func site() async throws {
        let place = try Workplace()
        try place.write("served/.keep", "")
        try await Server.run("files.py", ["\(place.folder)/served"]) { port in
            var configuration = Configuration(layers: ["idna"], targets: ["python3.12"]).text
            configuration = configuration.replacing(
                "https://example.invalid/layers", with: "http://127.0.0.1:\(port)/site")
            try place.write("strata.yaml", configuration)
            #expect(try await report(place).0.line("site").text == "there is nothing to serve yet")
            #expect(try await place.strata("publish").code == 0)
            let missing = try await report(place).0.line("site")
            #expect(missing.verdict == "warning" && missing.text.contains("404"), "\(missing)")
            try await place.run("git", "clone", "-q", "--branch", "gh-pages", "registry.git", "served/site")
            #expect(try await report(place).0.line("site").verdict == "ok")
            try place.write("served/site/api/v1/index.json", "{}")
            let other = try await report(place).0.line("site")
            #expect(other.verdict == "warning" && other.mend?.contains("gh-pages") == true, "\(other)")
        }
    }

    @Test("a clock that is wrong is told by the index's")
    func clock() async throws {
        try await Server.run("late_index.py", ["7200"]) { port in
            let place = try Workplace(
                Configuration(layers: ["idna"], targets: ["python3.12"], index: "http://127.0.0.1:\(port)/simple/"))
            let line = try await report(place).0.line("clock")
            #expect(line.verdict == "warning" && line.text.contains("behind the index's"), "\(line)")
            #expect(line.text.contains("120 minutes") || line.text.contains("119 minutes"))
        }
    }

    @Test("tells what GitHub tells everybody of the branches' protection, and what it does not")
    func branches() async throws {
        let place = try Workplace()
        try await place.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "key")
        var configuration = Configuration(layers: ["idna"], targets: ["python3.12"])
        configuration.git =
            "{ remote: \"git@github.com:acme/layers.git\", ssh-key: \"file:key\", author: Test <test@example.invalid> }"
        try place.write("strata.yaml", configuration.text)
        try await Server.run("github_rules.py") { port in
            func look(_ kind: String) async throws -> Report.Line {
                try await report(
                    place,
                    environment: [
                        "GITHUB_API_URL": "http://127.0.0.1:\(port)/\(kind)", "https_proxy": "http://127.0.0.1:9",
                    ]
                ).0.line("branches")
            }
            #expect(try await look("open").verdict == "ok")
            let ruled = try await look("ruled")
            #expect(ruled.verdict == "warning", "\(ruled)")
            for part in [
                "'main' is protected", "rules of 'main' ask for pull_request",
                "rules of 'gh-pages' ask for non_fast_forward", "Pages is off",
            ] {
                #expect(ruled.text.contains(part), "\(ruled.text)")
            }
            let hidden = try await look("private")
            #expect(hidden.verdict == "warning" && hidden.text.contains("cannot be seen without a token"), "\(hidden)")
            #expect(try await look("archived").verdict == "failed")
            let throttled = try await look("throttled")
            #expect(throttled.verdict == "warning" && throttled.mend?.contains("60 questions") == true, "\(throttled)")
        }
    }
}
