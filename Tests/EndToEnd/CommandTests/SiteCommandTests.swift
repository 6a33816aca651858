import FoundationEssentials
import Testing

@Suite("The site from the command line")
struct SiteCommandTests {
    private static func configuration(_ site: String) -> Configuration {
        Configuration(layers: ["six", "PyYAML"], targets: ["python3.12"], more: site)
    }

    @Test("has what the configuration asks for, and loses it when it does not any more")
    func options() async throws {
        let place = try Workplace(Self.configuration("site: { api-v2: true, budget: 1MB }"))
        let publish = try await place.strata("publish")
        #expect(publish.code == 0, "\(publish.error)")
        let site = try await place.strata("site", "--output", "site")
        #expect(site.code == 0, "\(site.error)")
        #expect(site.output.contains("of a budget of 1 MB"))
        let latest = try JSONDecoder().decode(
            Latest.self, from: Data(try place.bytes("site/api/v1/latest/six/python3.12.json")))
        let arn = try #require(latest.arns["eu-west-1"])
        for path in ["json/index.html", "csv/index.html", "html/index.html", "index.html"] {
            #expect(try place.text("site/api/v2/p3.12/layers/latest/eu-west-1/\(path)").contains(arn), "\(path)")
        }
        if hasNode() {
            // As its clients spell them, whatever a layer is called here.
            let client = try await place.run(
                Program.python, "\(Program.root)/Tests/Servers/klayers_client.py", "site", "3.12", "eu-west-1", "six",
                "PyYAML", "pyyaml")
            let yaml = try JSONDecoder().decode(
                Latest.self, from: Data(try place.bytes("site/api/v1/latest/pyyaml/python3.12.json")))
            let other = try #require(yaml.arns["eu-west-1"])
            #expect(client.hasSuffix("\(arn)\n\(other)\n\(other)\n"), "\(client)")
        }

        try place.write("strata.yaml", Self.configuration("").text)
        #expect(try await place.strata("site", "--output", "site").code == 0)
        #expect(try place.files("site/api").filter { $0.contains("v2") } == [])
        let again = try await place.strata("site", "--output", "site")
        #expect(again.output.contains("site is up to date."))
    }

    @Test("over its budget is a warning, and refused where that was asked for")
    func budget() async throws {
        let place = try Workplace(Self.configuration("site: { budget: 1MB }"))
        let fine = try await place.strata("site", "--strict", "--output", "site")
        #expect(fine.code == 0, "\(fine.error)")
        // No site of two layers is so large: the size that the site tells of itself is what counts.
        let size = "{\n\"format\": 1,\n\"files\": 9,\n\"bytes\": 5000000\n}\n"
        try place.write("site/api/v1/size.json", size)
        let warned = try await place.strata("site", "--output", "site")
        #expect(warned.code == 0)
        #expect(warned.error.contains("the site is 5 MB in 9 files, more than its budget of 1 MB"))
        let refused = try await place.strata("site", "--strict", "--output", "site")
        #expect(refused.code == 5)
        #expect(refused.errors.count == 1)
    }

    private struct Latest: Decodable { let arns: [String: String] }

    /// The AWS CDK for Python runs its parts in node.
    private func hasNode() -> Bool {
        (Program.variables["PATH"] ?? "").split(separator: ":").contains {
            FileManager.default.isExecutableFile(atPath: "\($0)/node")
        }
    }
}
