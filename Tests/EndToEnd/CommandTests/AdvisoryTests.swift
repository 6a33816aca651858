import FoundationEssentials
import Testing

/// What is known to be wrong with packages, from a database to the registry.
@Suite("Advisories")
struct AdvisoryTests {
    private struct Row: Decodable {
        struct Advisory: Decodable {
            let id: String
            let package: String
            let severity: String
            let aliases: [String]
            let fixed: [String]
        }
        let layer: String
        let advisory: Advisory
        let ignored: String?
        let fails: Bool
    }

    private static let high = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"
    private static let critical = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"

    private static func document(
        _ id: String, _ package: String, fixed: String? = nil, vector: String, aliases: [String] = []
    ) -> String {
        """
        {"id": "\(id)", "aliases": [\(aliases.map { "\"\($0)\"" }.joined(separator: ", "))], "summary": "It \\u001b[2J <b>leaks",
         "severity": [{"type": "CVSS_V3", "score": "\(vector)"}], "affected": [{"package": {"ecosystem": "PyPI",
         "name": "\(package)"}, "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}\
        \(fixed.map { ", {\"fixed\": \"\($0)\"}" } ?? "")]}]}]}
        """
    }

    private static func database(_ documents: [String], in place: Workplace, as name: String = "all.zip") async throws {
        try place.write("documents.json", "[\(documents.joined(separator: ",\n"))]")
        try await place.run(
            Program.python, "\(Program.root)/Tests/Servers/advisories.py", "zip", "documents.json", name)
    }

    private static func audit(_ place: Workplace, _ arguments: [String] = []) async throws -> (
        code: Int32?, rows: [Row]
    ) {
        let outcome = try await place.command(["audit", "--json"] + arguments).run()
        let rows = try JSONDecoder().decode([Row].self, from: Data(outcome.output.utf8))
        return (outcome.code, rows)
    }

    @Test("a new advisory is an event, once; what is refused for one is not built until it is ignored")
    func wholeWay() async throws {
        try await PackageIndex.run(["alpha": [.init()], "beta": [.init()]]) { index in
            var configuration = Configuration(
                layers: ["alpha", "beta"], targets: ["python3.12"], regions: ["eu-west-1"], index: index.simple)
            configuration.more = "vulnerabilities: { source: osv, database: all.zip, fail: critical }"
            let place = try Workplace(configuration, hasOwnCache: true)
            try await Self.database([Self.document("PYSEC-2026-1", "other", vector: Self.high)], in: place)
            let first = try await place.strata("publish")
            #expect(first.code == 0, "\(first.error)")
            let quiet = try await place.commits()
            #expect(try await Self.audit(place).code == 0)

            // Another advisory, under two names, about what is published.
            try await Self.database(
                [
                    Self.document("GHSA-aaaa", "Alpha", fixed: "2.0", vector: Self.high, aliases: ["PYSEC-2026-2"]),
                    Self.document("PYSEC-2026-2", "alpha", fixed: "1.5", vector: Self.high, aliases: ["CVE-2026-9"]),
                ], in: place)
            let found = try await place.strata("publish")
            #expect(found.code == 0)
            let text = "alpha 1.0: PYSEC-2026-2 (high), fixed in 1.5"
            #expect((found.output + found.error).contains(text), "\(found.output)\(found.error)")
            let told = try await place.commits()
            #expect(told.count == quiet.count + 2)
            func show(_ path: String, _ branch: String = "gh-pages") async throws -> String {
                try await place.run("git", "-C", "registry.git", "show", "\(branch):\(path)")
            }
            #expect(try await show("layers/alpha/advisories.json", "main").contains("\"id\":\"PYSEC-2026-2\""))
            let table = try await show("api/v1/advisories.json")
            #expect(table.contains("\"aliases\":[\"CVE-2026-9\",\"GHSA-aaaa\"]") && !table.contains("\u{1b}"))
            for path in ["feed.xml", "layers/alpha.xml", "layers/alpha.html", "api/v1/layers/alpha.json"] {
                #expect(try await show(path).contains("PYSEC-2026-2"), "\(path)")
            }
            #expect(!(try await show("layers/beta.html")).contains("PYSEC"))
            for command in [["status"], ["explain", "alpha", "--offline"]] {
                let outcome = try await place.command(command).run()
                #expect(outcome.output.contains(text), "\(command)")
            }

            // The same set is no commit, and neither is a database that is gone or is none.
            #expect(try await place.strata("publish").code == 0)
            for damage in [nil, "not a zip"] {
                try FileManager.default.removeItem(atPath: "\(place.folder)/all.zip")
                if let damage { try place.write("all.zip", damage) }
                let without = try await place.strata("publish")
                #expect(without.code == 0 && without.error.contains("stay as they were"), "\(without.error)")
                if damage == nil { try place.write("all.zip", "") }
            }
            #expect(try await place.commits() == told)

            // A new build is refused, the published one stays.
            try await Self.database(
                [
                    Self.document("PYSEC-2026-2", "alpha", fixed: "1.5", vector: Self.high),
                    Self.document("PYSEC-2026-3", "alpha", vector: Self.critical),
                ], in: place)
            try await index.set(["alpha": [.init(), .init(version: "2.0")], "beta": [.init()]])
            let plan = try await place.strata("plan")
            let reason = "alpha 2.0: PYSEC-2026-3 (critical), no fix yet; 'vulnerabilities.fail' is critical"
            #expect(plan.output.contains(reason), "\(plan.output)\(plan.error)")
            #expect(try await place.strata("publish").code == 0)
            #expect(try place.rows(of: try await place.clone()).map(\.version) == ["1.0", "1.0"])
            #expect(try await place.strata("status").output.contains("not built: \(reason)"))
            let (code, rows) = try await Self.audit(place)
            #expect(code == 1)
            #expect(rows.map(\.advisory.id) == ["PYSEC-2026-3", "PYSEC-2026-2"])
            #expect(rows.map(\.fails) == [true, false])
            #expect(try await Self.audit(place, ["beta"]).code == 0)

            configuration.more =
                "vulnerabilities: { source: osv, database: all.zip, ignore: { PYSEC-2026-3: \"we do not call it\" } }"
            try place.write("strata.yaml", configuration.text)
            let ignored = try await place.strata("publish")
            #expect(ignored.code == 0, "\(ignored.error)")
            let published = try place.rows(of: try await place.clone())
            #expect(published.contains { $0.package == "alpha" && $0.version == "2.0" && $0.status == "latest" })
            #expect(try await show("api/v1/advisories.json").contains("\"ignored\":\"we do not call it\""))
            #expect(!(try await show("layers/alpha.html")).contains("PYSEC-2026-3"))
            #expect(try await Self.audit(place).code == 0)

            // Where nobody looks any more, nothing is told.
            configuration.more = ""
            try place.write("strata.yaml", configuration.text)
            #expect(try await place.strata("publish").code == 0)
            let files = try await place.run("git", "-C", "registry.git", "ls-tree", "-r", "--name-only", "main")
            #expect(!files.contains("advisories.json"))
            #expect(!(try await place.strata("status").output.contains("PYSEC")))
        }
    }

    @Test("a database is fetched only if it has changed; while it cannot be reached its copy is asked")
    func fetching() async throws {
        try await PackageIndex.run(["alpha": [.init()]]) { index in
            let plain = Configuration(
                layers: ["alpha"], targets: ["python3.12"], regions: ["eu-west-1"], index: index.simple)
            let place = try Workplace(plain, hasOwnCache: true)
            #expect(try await place.strata("publish").code == 0)
            try place.write("served/all.zip", "")
            try await Self.database(
                [Self.document("PYSEC-2026-2", "alpha", vector: Self.critical)], in: place, as: "served/all.zip")
            try await Server.run("files.py", ["\(place.folder)/served"]) { port in
                var configuration = plain
                let url = "http://127.0.0.1:\(port)/all.zip"
                configuration.more = "vulnerabilities: { source: osv, database: \"\(url)\", refresh: 0s }"
                try place.write("strata.yaml", configuration.text)
                #expect(try await Self.audit(place).rows.map(\.advisory.id) == ["PYSEC-2026-2"])
                // A server that is asked whether the file has changed says that it has not.
                let path = "\(place.folder)/served/all.zip"
                let date = try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
                try place.write("served/all.zip", "something else")
                try FileManager.default.setAttributes([.modificationDate: try #require(date)], ofItemAtPath: path)
                #expect(try await Self.audit(place).rows.map(\.advisory.id) == ["PYSEC-2026-2"])
                try FileManager.default.removeItem(atPath: path)
                let gone = try await place.strata("audit")
                #expect(gone.code == 1 && gone.error.contains("its copy of"), "\(gone.error)")
                #expect(gone.output.contains("1 advisory about 1 build."))
            }
            var configuration = plain
            configuration.more = "vulnerabilities: { source: osv, database: \"http://127.0.0.1:9/all.zip\" }"
            try place.write("strata.yaml", configuration.text)
            let never = try await place.strata("audit")
            #expect(never.code == 1 && never.output.isEmpty, "\(never.output)")
        }
    }

    @Test("says what Python's own library says of random advisories", arguments: 1...4)
    func asPackaging(_ seed: Int) async throws {
        struct Truth: Decodable {
            let packages: [String: String]
            let known: [String]
        }
        let place = try Workplace(hasOwnCache: true)
        let answer = try await place.run(
            Program.python, "\(Program.root)/Tests/Servers/advisories.py", "random", "\(seed)", "all.zip")
        let truth = try JSONDecoder().decode(Truth.self, from: Data(answer.utf8))
        try #require(truth.known.count > 10)
        let catalogue = truth.packages.mapValues { [PackageIndex.Release(version: $0)] }
        try await PackageIndex.run(catalogue) { index in
            let pins = truth.packages.sorted { $0.key < $1.key }.map { "\"\($0.key)==\($0.value)\"" }
            var configuration = Configuration(
                layers: ["{ name: all, requires: [\(pins.joined(separator: ", "))] }"], targets: ["python3.12"],
                regions: ["eu-west-1"], index: index.simple)
            try place.write("strata.yaml", configuration.text)
            let publish = try await place.strata("publish")
            #expect(publish.code == 0, "\(publish.error)")
            configuration.more = "vulnerabilities: { source: osv, database: all.zip, fail: never }"
            try place.write("strata.yaml", configuration.text)
            let (code, rows) = try await Self.audit(place)
            #expect(code == 0)
            #expect(rows.map { "\($0.advisory.package) \($0.advisory.id)" }.sorted() == truth.known)
        }
    }
}
