import FoundationEssentials
import Testing

/// `strata review`: what a pull request asks for, built without any right and told.
@Suite("Reviews")
struct ReviewTests {
    private func configuration(_ layers: [String], index: PackageIndex, regions: [String] = ["us-east-1", "eu-west-1"])
        -> String
    {
        Configuration(layers: layers, targets: ["python3.12"], regions: regions, index: index.simple).text
    }

    @Test("builds what differs from the base, needs nothing but the index, and leaves nothing but the cache")
    func difference() async throws {
        try await PackageIndex.run([
            "alpha": [.init(payload: 300_000)], "beta": [.init(requires: ["alpha"], license: "Apache-2.0")],
            "gone": [.init()],
        ]) { index in
            let place = try Workplace()
            try place.write("base/strata.yaml", configuration(["alpha", "gone"], index: index))
            try place.write(
                "head/strata.yaml", configuration(["alpha", "beta", "nowhere"], index: index, regions: ["us-east-1"]))
            let outcome = try await place.strata(
                "review", "--config", "head/strata.yaml", "--base", "base/strata.yaml")
            #expect(outcome.code == 1, "one of them cannot be built: \(outcome.error)")
            let text = outcome.output
            for part in [
                "✅ 1 built, ❌ 1 cannot be built, 1 as before.", "more in each of 1 region.",
                "| `beta` | `python3.12` | new | `1.0` |", "`Apache-2.0`", "| `nowhere` | `python3.12` | new | ❌ `",
                "No longer asked for: `gone python3.12`", "This also changes: `regions`.", "`alpha 1.0` `MIT`",
            ] { #expect(text.contains(part), "\(part): \(text)") }
            #expect(!text.contains("| `alpha` |"), "it is as it was")
            #expect(try place.names(in: "head") == ["strata.yaml"], "no ledger, no registry, no zips")

            let same = try await place.strata("review", "base/strata.yaml", "--base", "base/strata.yaml")
            #expect(same.code == 0 && same.output.contains("Nothing to build: 2 layers and targets as before."))
            let first = try await place.strata("review", "base/strata.yaml", "--base", "none/strata.yaml")
            #expect(first.code == 0 && first.output.contains("✅ 2 built."), "\(first.output)\(first.error)")
        }
    }

    @Test("says what would be shadowed, what will not load, and what the imports came to")
    func loading() async throws {
        try await PackageIndex.run([
            "shade": [.init(files: ["json/__init__.py": ""])],
            "broken": [.init(files: ["broken/__init__.py": "import nothing_has_this\n"])],
        ]) { index in
            let place = try Workplace(
                Configuration(
                    layers: ["shade", "{ name: broken, requires: [broken], checks: { hold: false } }"],
                    targets: ["python3.12"], index: index.simple))
            let outcome = try await place.strata("review")
            #expect(outcome.code == 1)
            #expect(outcome.output.contains("| `shade` | `python3.12` | new | ❌ `") && outcome.output.contains("json"))
            #expect(outcome.output.contains("`missing-module`"), "\(outcome.output)")
        }
    }

    @Test("a configuration with mistakes is answered with all of them")
    func mistakes() async throws {
        let place = try Workplace()
        try place.write("strata.yaml", "version: 1\nlayers: [requests, '| pipe `tick` @everybody']\nregionz: []\n")
        let outcome = try await place.strata("review", "--json")
        #expect(outcome.code == 2)
        try place.write("review.json", outcome.output)
        let text = try await place.strata("review", "--from", "review.json").output
        #expect(text.contains("mistakes: nothing was built") && text.contains("regionz"), "\(text)")
        #expect(!text.contains("`tick`") && !text.contains("| pipe"), "\(text)")
    }

    @Test("what another run left is rendered only if a run could have written it")
    func artefact() async throws {
        let place = try Workplace()
        let layer = #"{"item":{"layer":"a","target":"python3.12"},"change":"new","refusal":"x"}"#
        func review(_ layers: String, _ more: String = "") -> String {
            #"{"v":1,"problems":[],"layers":[\#(layers)],"unchanged":0,"removed":[],"sections":[],"regions":1\#(more)}"#
        }
        try place.write("good.json", review(layer))
        let good = try await place.strata("review", "--from", "good.json")
        #expect(good.code == 0, "\(good.error)")
        for (name, text) in [
            ("markdown", "### Layers\n\nAll is well. @everybody"),
            ("newer", review(layer).replacing("\"v\":1", with: "\"v\":2")),
            ("name", review(layer.replacing("\"a\"", with: "\"a](https://x)\""))),
            ("neither", review(layer.replacing(#","refusal":"x""#, with: ""))),
            ("number", review("").replacing("\"regions\":1", with: "\"regions\":-1")),
            ("deep", String(repeating: "[", count: 100_000)), ("large", String(repeating: " ", count: 8_000_001)),
        ] {
            try place.write("bad.json", text)
            let outcome = try await place.strata("review", "--from", "bad.json")
            #expect(outcome.code == 1 && outcome.output.isEmpty && outcome.errors.count == 1, "\(name): \(outcome)")
        }
    }

    @Test("strangers' words stay in code spans, and a comment's length is kept")
    func hostile() async throws {
        let place = try Workplace()
        let evil = #"` | <img src=x> @team [x](https://evil.invalid) \u202e\n# head\u0000"#
        let layers = (0..<2000).map {
            #"{"item":{"layer":"a\#($0)","target":"python3.12"},"change":"new","refusal":"\#(evil)"}"#
        }
        let built = #"""
            {"item":{"layer":"b","target":"python3.12"},"change":"changed","build":{"version":"1\#(evil)","zipped":60000000,
            "unzipped":230000000,"packages":[{"name":"b","version":"\#(evil)","license":"\#(evil)"}],"remarks":["\#(evil)"],
            "findings":[{"rule":"hidden-library","verdict":"warning","message":"\#(evil)"}]}}
            """#.replacing("\n", with: "")
        try place.write(
            "review.json",
            #"{"v":1,"problems":[],"layers":[\#(([built] + layers).joined(separator: ","))],"unchanged":3,"removed":[],"sections":["\#(evil)"],"regions":30}"#
        )
        let outcome = try await place.strata("review", "--from", "review.json")
        try #require(outcome.code == 0, "\(outcome.error)")
        let text = outcome.output
        #expect(text.utf8.count < 65_000)
        #expect(!text.contains("\u{202e}") && !text.contains("\u{0}") && !text.contains("\n# head"))
        // Outside of code spans nothing of it is left.
        for line in text.split(separator: "\n") {
            let outside = line.split(separator: "`", omittingEmptySubsequences: false).enumerated()
                .filter { $0.offset.isMultiple(of: 2) }.map(\.element).joined()
            #expect(!outside.contains("<img") && !outside.contains("@team") && !outside.contains("]("), "\(line)")
        }
        #expect(
            text.contains("60 MB") && text.contains("needs `publish.staging`") && text.contains("⚠️ 230 MB (87 %)"),
            "\(text.prefix(3000))")
        #expect(text.contains("warning `hidden-library` (shadows)"))
    }
}
