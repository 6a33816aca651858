import FoundationEssentials
import Testing

/// What a layer says of itself: its bill of materials, and the licences that it may be under.
@Suite("What a layer is")
struct BillTests {
    /// What two tools read in a bill.
    private struct Bill: Decodable {
        let type: String
        let names: [String]
        let relationships: Int
        let components: Int
        let licenses: [String: [License]]
    }

    private struct License: Decodable, Equatable {
        struct Named: Decodable, Equatable {
            var id: String?
            var name: String?
        }
        var license: Named?
        var expression: String?
    }

    private static func read(_ place: Workplace, _ builds: [String]) async throws -> [Bill] {
        var files: [String] = []
        for build in builds {
            let path = "api/v1/builds/\(build).cdx.json"
            let name = build.replacing("/", with: "-") + ".cdx.json"
            try place.write(name, try await place.run("git", "-C", "registry.git", "show", "gh-pages:\(path)"))
            files.append("\(place.folder)/\(name)")
        }
        let script = "\(Program.root)/Tests/Servers/bill.py"
        let command = Command(
            arguments: [Program.python, script] + files, environment: Program.environment, folder: place.folder)
        let outcome = try await command.run()
        try #require(outcome.code == 0, "\(outcome.error)")
        return try JSONDecoder().decode([Bill].self, from: Data(outcome.output.utf8))
    }

    @Test("real layers' bills pass CycloneDX's schema and are read by another tool, with what wheels bundle")
    func realBills() async throws {
        let place = try Workplace(
            Configuration(
                layers: ["psycopg2-binary", "cryptography", "\"python-dateutil<3\""], targets: ["python3.12"],
                regions: ["eu-west-1"]))
        let publish = try await place.strata("publish")
        #expect(publish.code == 0, "\(publish.error)")
        let bills = try await Self.read(
            place, ["psycopg2-binary/python3.12/1", "cryptography/python3.12/1", "python-dateutil/python3.12/1"])
        try #require(bills.count == 3)
        #expect(bills.allSatisfy { $0.type == "cyclonedx" })
        #expect(bills[0].names.contains("krb5-libs"), "\(bills[0].names)")
        #expect(bills[0].components > 5)
        #expect(bills[1].names.contains("openssl"), "\(bills[1].names)")
        #expect(bills[1].components > 20)
        #expect(bills[1].licenses["cryptography"] == [License(expression: "Apache-2.0 OR BSD-3-Clause")])
        #expect(bills[1].licenses["asn1"]?.first?.license?.id == "BSD-3-Clause", "\(bills[1].licenses)")
        #expect(bills[2].names.contains("six"))
        #expect(bills[2].licenses["six"] == [License(license: .init(id: "MIT"))])
        #expect(bills[2].relationships >= 2)

        // What was read from the wheels is on `main`, and a ledger that was lost gets it back from there.
        let before = try await place.run("git", "-C", "registry.git", "rev-parse", "gh-pages", "main")
        for name in try place.names(in: ".") where name.hasPrefix("ledger.sqlite") {
            try FileManager.default.removeItem(atPath: "\(place.folder)/\(name)")
        }
        #expect(try await place.strata("reconcile", "--rebuild").code == 0)
        let again = try await place.strata("publish")
        #expect(again.code == 0, "\(again.error)")
        let after = try await Self.read(
            place, ["psycopg2-binary/python3.12/1", "cryptography/python3.12/1"])
        #expect(after[0].names == bills[0].names && after[1].names == bills[1].names)
        #expect(
            try await place.run("git", "-C", "registry.git", "rev-parse", "gh-pages", "main") == before,
            "the same state is the same bytes")
    }

    @Test("what a stranger's bill says does not break ours")
    func hostileBills() async throws {
        let bill = """
            {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [
              {"type": "library", "bom-ref": "x", "name": "one", "version": "1", "purl": "pkg:generic/one@1?a=/home/x",
               "licenses": [{"expression": "MIT"}, {"license": {"id": "No-Such-1.0"}}]},
              {"type": "library", "bom-ref": "x", "name": "\\u001b[2Jtwo\\n<b>", "purl": "javascript:alert(1)"},
              {"name": 7}, 8, {"type": "library", "name": "alpha", "purl": "pkg:pypi/alpha@1.0"},
              {"type": "library", "name": "three", "components": [{"name": "four", "version": ""}]}]}
            """
        let files = [
            "alpha-1.0.dist-info/sboms/good.cdx.json": bill, "alpha-1.0.dist-info/sboms/bad.json": "[[[[{",
            "alpha-1.0.dist-info/sboms/deep.json": String(repeating: "{\"components\":[", count: 100_000),
        ]
        try await PackageIndex.run(["alpha": [.init(files: files)]]) { index in
            let place = try Workplace(
                Configuration(
                    layers: ["alpha"], targets: ["python3.12"], regions: ["eu-west-1"], index: index.simple),
                hasOwnCache: true)
            let publish = try await place.strata("publish")
            #expect(publish.code == 0, "\(publish.error)")
            let bills = try await Self.read(place, ["alpha/python3.12/1"])
            #expect(bills[0].names.filter { $0 != "alpha" } == ["[2Jtwo<b>", "four", "one", "three"])
            #expect(bills[0].licenses["one"]?.first?.license?.name == "MIT AND No-Such-1.0")
        }
    }

    @Test("a homepage is kept on main and linked, without a password; what is no address of the web is left out")
    func homepages() async throws {
        try await PackageIndex.run([
            "alpha": [.init(requires: ["gamma"], homepage: "https://u:p@alpha.example.invalid/?a&b")],
            "beta": [.init(homepage: "javascript:alert(1)")],
            "gamma": [.init(homepage: "https://gamma.example.invalid")],
        ]) { index in
            let place = try Workplace(
                Configuration(
                    layers: ["alpha", "beta"], targets: ["python3.12"], regions: ["eu-west-1"], index: index.simple),
                hasOwnCache: true)
            let publish = try await place.strata("publish")
            #expect(publish.code == 0, "\(publish.error)")
            func show(_ path: String) async throws -> String {
                try await place.run("git", "-C", "registry.git", "show", path)
            }
            let alpha = try await show("main:layers/alpha/python3.12/1.json")
            #expect(alpha.contains("\"https://alpha.example.invalid/?a\\u0026b\""))
            #expect(!alpha.contains("gamma.example.invalid"), "only what was asked for has one")
            let page = try await show("gh-pages:layers/alpha.html")
            let link = "<a href=\"https://alpha.example.invalid/?a&amp;b\" rel=\"external nofollow noopener\">"
            #expect(page.contains(link))
            for path in ["main:layers/beta/python3.12/1.json", "gh-pages:layers/beta.html"] {
                #expect(try await !show(path).contains("javascript:"))
            }
        }
    }

    @Test("a layer under a licence that is denied is refused with the reason, and published when a layer allows it")
    func licences() async throws {
        func release(_ license: String, _ version: String = "1.0") -> PackageIndex.Release {
            .init(version: version, license: license)
        }
        try await PackageIndex.run([
            "alpha": [release("MIT OR AGPL-3.0-only")], "beta": [release("AGPL-3.0-or-later AND MIT")],
            "gamma": [.init(license: "")],
        ]) { index in
            var configuration = Configuration(
                layers: ["alpha", "beta", "gamma"], targets: ["python3.12"], regions: ["eu-west-1"],
                index: index.simple)
            configuration.more = "licences: { deny: [\"AGPL-*\"] }"
            let place = try Workplace(configuration, hasOwnCache: true)
            let first = try await place.strata("publish")
            let reason =
                "beta 1.0 is under 'AGPL-3.0-or-later AND MIT', and 'licences.deny' has 'AGPL-*'"
            #expect((first.output + first.error).contains(reason), "\(first.output)\(first.error)")
            #expect(try place.rows(of: try await place.clone()).map(\.package).sorted() == ["alpha", "gamma"])

            // Nobody tries it again, and everybody is told why.
            for command in ["plan", "status", "explain"] {
                let told = try await place.strata(command, command == "explain" ? "beta" : "--json")
                #expect(told.output.contains(reason), "\(command): \(told.output)\(told.error)")
            }
            let page = try await place.run("git", "-C", "registry.git", "show", "gh-pages:layers/beta.html")
            #expect(page.contains("AGPL-3.0-or-later AND MIT"))
            let built = try await place.strata("build", "beta")
            #expect(built.code == 1 && built.error.contains(reason), "\(built.error)")

            // A layer may say otherwise; what says nothing is allowed unless it is not.
            configuration.layers[1] = "{ requires: beta, licences: { deny: [] } }"
            configuration.more = "licences: { deny: [\"AGPL-*\"], unknown: deny }"
            try place.write("strata.yaml", configuration.text)
            let second = try await place.strata("publish")
            #expect(second.code == 0, "\(second.output)\(second.error)")
            let listed = try place.rows(of: try await place.clone()).map(\.package).sorted()
            #expect(listed == ["alpha", "beta", "gamma"], "\(second.output)")
            let built2 = try await place.strata("build", "gamma")
            #expect(
                built2.code == 1
                    && built2.error.contains("gamma 1.0 says nothing of its licence, and 'licences.unknown' is deny"),
                "\(built2.error)")
        }
    }

    @Test("a licence that SPDX does not list is a mistake in the configuration")
    func mistakes() async throws {
        var configuration = Configuration(layers: ["alpha"])
        configuration.more = "licences: { deny: [Apache-2, \"AGLP-*\"] }"
        let place = try Workplace(configuration)
        let check = try await place.strata("check")
        #expect(check.code == 2)
        #expect(check.error.contains("'Apache-2' is not in SPDX's list of licences"), "\(check.error)")
        #expect(check.error.contains("'AGLP-*' is not in SPDX's list of licences"), "\(check.error)")
    }
}
