import FoundationEssentials
import Testing

@Suite("What consumers run") struct ConsumerCommandTests {
    private static let account = "111122223333"

    /// A registry with a layer of its own, and one imported for a target and a region that are not configured.
    private func registry() async throws -> Workplace {
        let place = try Workplace(
            Configuration(layers: ["six"], targets: ["python3.12"], more: "site: { api-v2: true }"))
        try place.write(
            "deployments/python3.8/arns/ap-south-1.csv",
            """
            Package,Package Version,Status,Expiry Date,Arn
            PyYAML,5.4,deprecated,2099-03-18T02:03:06,arn:aws:lambda:ap-south-1:\(Self.account):layer:Old-python38-PyYAML:24
            PyYAML,6.0,latest,,arn:aws:lambda:ap-south-1:\(Self.account):layer:Old-python38-PyYAML:25

            """)
        let imported = try await place.strata("import", "klayers", "deployments")
        #expect(imported.code == 0, "\(imported.error)")
        #expect(imported.output.contains("contents not recorded for 1"))
        try place.write("others.txt", "arn:aws:lambda:eu-west-1:901920570463:layer:aws-otel-python-amd64-ver-1-2:3\n")
        let others = try await place.strata("import", "layers", "others.txt")
        #expect(others.code == 0, "\(others.error)")
        let publish = try await place.strata("publish")
        #expect(publish.code == 0, "\(publish.error)")
        try await place.run("git", "clone", "-q", "-b", "main", "registry.git", "checkout")
        return place
    }

    @Test("bump, find and the site know imported layers, whatever is configured")
    func consumers() async throws {
        let place = try await registry()
        let arn = "arn:aws:lambda:ap-south-1:\(Self.account):layer:Old-python38-PyYAML"
        try place.write("app/template.yaml", "a: \(arn):24\nb: \(arn):7\n")
        try place.write(
            "app/main.tf",
            "data \"aws_lambda_layer_version\" \"x\" {\n  layer_name = \"\(arn)\"\n  version    = 7\n}\n")
        for registry in ["checkout", "registry.git"] {
            let check = try await place.strata("bump", "--registry", registry, "--check", "app")
            #expect(check.code == 4, "\(check.error)")
            #expect(check.output.contains("Old-python38-PyYAML:24 → Old-python38-PyYAML:25"))
            #expect(check.output.contains("the registry does not list number 7 any more"))
            #expect(check.output.contains("version 5.4 → 6.0, contents not recorded"))
        }
        let moved = try await place.strata("bump", "--registry", "checkout", "app/**", "--json")
        #expect(moved.code == 0, "\(moved.error)")
        #expect(moved.output.contains("\"outcome\" : \"moved\""))
        #expect(try place.text("app/template.yaml") == "a: \(arn):25\nb: \(arn):25\n")
        #expect(try place.text("app/main.tf").contains("version    = 25"))
        #expect(try await place.strata("bump", "--registry", "checkout", "--check", "app").code == 0)

        try place.write("unknown.yaml", "a: arn:aws:lambda:ap-south-1:\(Self.account):layer:other:1\n")
        let unknown = try await place.strata("bump", "--registry", "checkout", "--check", "unknown.yaml")
        #expect(unknown.code == 3)
        #expect(unknown.output.contains("the registry has no layer published as other by \(Self.account)"))

        let explained = try await place.strata("find", "\(arn):24", "--registry", "checkout")
        #expect(explained.code == 0, "\(explained.error)")
        #expect(explained.output.contains("replaced by \(arn):25"))
        #expect(try await place.strata("find", "arn:aws:lambda:x", "--registry", "checkout").code == 2)
        let old = try await place.strata("find", "pyyaml<6", "--registry", "checkout")
        #expect(old.output.contains("may be deleted from 2099-03-18 on"))
        let external = try await place.strata("find", "aws-otel-python-ver-1-2", "--registry", "checkout")
        #expect(external.output.contains("aws-otel-python-ver-1-2 any"), "\(external.error)")

        let unsigned = try await place.strata(
            "find", "six", "--registry", "checkout", "--allowed-signers", "others.txt")
        #expect(unsigned.code == 5)

        let site = try await place.strata("site", "--output", "site")
        #expect(site.code == 0, "\(site.error)")
        #expect(
            try place.text("site/api/v2/p3.8/layers/ap-south-1/PyYAML/index.html")
                == place.text("site/api/v2/p3.8/layers/ap-south-1/pyyaml/index.html"))
    }

    @Test("Renovate finds a layer's releases, be they none, one or many")
    func renovate() async throws {
        let place = try await registry()
        #expect(try await place.strata("site", "--output", "site").code == 0)
        func releases(_ answer: String, _ region: String) async throws -> [Release] {
            let text = try await place.run(
                Program.python, "\(Program.root)/Tests/Servers/renovate_preset.py", "site/renovate.json", region, answer
            )
            return try JSONDecoder().decode(Answer.self, from: Data(text.utf8)).releases
        }
        let own = try await releases("site/api/v1/renovate/six/python3.12.json", "eu-west-1")
        #expect(own.map(\.version) == ["1"])
        let two = try await releases("site/api/v1/renovate/pyyaml/python3.8.json", "ap-south-1")
        #expect(two.map(\.version).sorted() == ["24", "25"])
        #expect(two.map(\.isDeprecated).filter { $0 }.count == 1)
        #expect(try await releases("site/api/v1/renovate/pyyaml/python3.8.json", "eu-west-1").isEmpty)
        try place.write(
            "many.json",
            "{\"releases\": ["
                + (1...5).map { "{\"isDeprecated\": false, \"numbers\": {\"eu-west-1\": \($0)}}" }
                .joined(separator: ",") + "]}")
        #expect(try await releases("many.json", "eu-west-1").map(\.version) == ["1", "2", "3", "4", "5"])
    }

    private struct Answer: Decodable { let releases: [Release] }
    private struct Release: Decodable {
        let version: String
        let isDeprecated: Bool
    }
}
