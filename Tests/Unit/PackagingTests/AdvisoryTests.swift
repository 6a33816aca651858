import Model
import Packaging
import Testing

@Suite("Advisories")
struct AdvisoryTests {
    @Test(
        "base scores are those of the specification's examples",
        arguments: [
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1),
            ("CVSS:3.0/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H", 9.9),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 10.0),
            ("CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N", 3.1),
            ("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", 7.5),
            ("CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:N/I:N/A:N", 0.0),
            ("CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 6.8),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N/E:P/RL:O", 7.5),
            ("CVSS:3.1/AV:A/AC:L/PR:N/UI:N/S:C/C:H/I:N/A:H", 9.3),
            ("CVSS:3.0/AV:N/AC:H/PR:N/UI:N/S:C/C:N/I:H/A:N", 6.8),
        ])
    func scores(_ vector: String, _ score: Double) { #expect(CVSS.baseScore(vector) == score) }

    @Test(
        "what is no vector of version 3 has no score",
        arguments: [
            "", "9.8", "CVSS:3.1", "CVSS:2.0/AV:N", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H",
            "CVSS:3.1/AV:X/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "CVSS:3.1/AV:N/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
            "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", "CVSS:3.1/AV:N:N/AC:L//",
        ])
    func noScore(_ vector: String) { #expect(CVSS.baseScore(vector) == nil) }

    private func advisory(_ json: String, _ version: String, of package: String = "jinja2") throws -> Advisory? {
        try OSVDocument(json: Array(json.utf8)).advisory(on: try #require(PackageName(package)), version)
    }

    private func document(_ affected: String, _ more: String = "") -> String {
        """
        {"id": "PYSEC-2019-217", "aliases": ["CVE-2019-10906", "GHSA-462w-v97r-4m45"], \(more)
         "affected": [{"package": {"name": "Jinja2", "ecosystem": "PyPI"}, \(affected)}]}
        """
    }

    @Test("versions and ranges count together, and last_affected includes")
    func ranges() throws {
        let text = document(
            """
            "versions": ["3.0"], "ranges": [{"type": "ECOSYSTEM", "events": [{"fixed": "2.10.1"}, {"introduced": "0"}]},
              {"type": "ECOSYSTEM", "events": [{"introduced": "2.12"}, {"last_affected": "2.13"}]},
              {"type": "GIT", "events": [{"introduced": "0"}]}, {"type": "ECOSYSTEM", "events": [{"introduced": "x"}]}]
            """)
        for version in ["0.1.dev1", "2.10", "2.10+cpu", "2.10.1rc1", "2.12", "2.13", "2.13+local", "3.0", "3.0.0"] {
            #expect(try advisory(text, version) != nil, "\(version)")
        }
        for version in ["2.10.1", "2.11", "2.13.post1", "2.14", "3.0.1", "3.0rc1", "1!0.1", "no version"] {
            #expect(try advisory(text, version) == nil, "\(version)")
        }
        let found = try #require(try advisory(text, "2.9"))
        #expect(found.fixed == ["2.10.1"])
        #expect(found.aliases == ["CVE-2019-10906", "GHSA-462w-v97r-4m45"])
        #expect(found.text == "jinja2 2.9: PYSEC-2019-217 (severity unknown), fixed in 2.10.1")
        #expect(try advisory(text, "2.9", of: "jinja") == nil)
    }

    @Test("withdrawn ones and other ecosystems do not count")
    func withdrawn() throws {
        let affected = "\"versions\": [\"2.9\"]"
        #expect(try advisory(document(affected), "2.9") != nil)
        #expect(try advisory(document(affected, "\"withdrawn\": \"2021-01-01T00:00:00Z\","), "2.9") == nil)
        #expect(try advisory(document(affected).replacing("PyPI", with: "npm"), "2.9") == nil)
    }

    @Test("severities: a vector, a word, neither, and malice")
    func severities() throws {
        let affected = "\"versions\": [\"2.9\"]"
        func severity(_ more: String) throws -> Advisory.Severity? {
            try advisory(document(affected, more), "2.9")?.severity
        }
        let vector =
            "\"severity\": [{\"type\": \"CVSS_V3\", \"score\": \"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N\"}],"
        #expect(try severity(vector + "\"database_specific\": {\"severity\": \"LOW\"},") == .high)
        #expect(try severity("\"database_specific\": {\"severity\": \"MODERATE\"},") == .medium)
        #expect(try severity("\"database_specific\": {\"severity\": 7},") == .unknown)
        let four = "\"severity\": [{\"type\": \"CVSS_V4\", \"score\": \"CVSS:4.0/AV:N\"}],"
        #expect(try severity(four) == .unknown)
        #expect(try severity(four + "\"database_specific\": {\"severity\": \"CRITICAL\"},") == .critical)
        let malice = document(affected).replacing("PYSEC-2019-217", with: "MAL-2024-1")
        #expect(try advisory(malice, "2.9")?.severity == .critical)
    }

    @Test("advisories with a common name are one, also by way of a third")
    func merged() throws {
        let package = try #require(PackageName("a"))
        func one(_ id: String, _ aliases: [String], _ severity: Advisory.Severity, _ fixed: [String] = []) -> Advisory {
            Advisory(
                package: package, version: "1", id: id, aliases: aliases, severity: severity, fixed: fixed)
        }
        let found = AdvisorySearch.merged([
            one("GHSA-1", ["CVE-1"], .high, ["3"]), one("PYSEC-1", ["CVE-1"], .unknown, ["2", "10"]),
            one("PYSEC-2", [], .low), one("CVE-1", [], .critical),
        ]).sorted()
        #expect(found.map(\.id) == ["PYSEC-1", "PYSEC-2"])
        #expect(found.first?.aliases == ["CVE-1", "GHSA-1"])
        #expect(found.first?.severity == .critical)
        #expect(found.first?.fixed == ["2", "3", "10"])
    }

    @Test("whatever bytes a document has", arguments: 0..<300 as Range<UInt64>)
    func mangled(_ seed: UInt64) throws {
        // A linear congruential generator: the same bytes for the same seed.
        var state = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var bytes = Array(
            document(
                "\"ranges\": [{\"type\": \"ECOSYSTEM\", \"events\": [{\"introduced\": \"0\"}, {\"fixed\": \"2.10\"}]}]"
            ).utf8)
        for _ in 0...next(5) { bytes[next(bytes.count)] = UInt8(0x20 + next(0x5f)) }
        let found = try? OSVDocument(json: bytes).advisory(on: try #require(PackageName("jinja2")), "2.9")
        #expect(found.map { $0.id.utf8.count <= 64 && $0.fixed.count <= 5 } ?? true)
    }
}
