import Consuming
import Model
import Site
import Testing

/// What `bump` does about layers that the tables of configured targets do not lead to, and numbers that are not listed.
@Suite("Finding what a reference means") struct BumpLookupTests {
    private static let account = SampleRegistry.account

    private func imported(name: String, layer: String, target: String = "python3.8") throws -> SampleRegistry {
        var registry = SampleRegistry()
        try registry.add(
            layer,
            [
                .init(buildNumber: 1, version: "1.0", numbers: [24, 24], name: name),
                .init(buildNumber: 2, version: "1.1", status: .latest, numbers: [25, 25], name: name),
            ], target: target)
        return registry
    }

    private func bump(
        _ text: String, _ registry: SampleRegistry, rules: BumpRules = BumpRules(now: SampleRegistry.start),
        configured: String = #"{"format":1,"targets":["python3.12"],"regions":["ap-south-1"]}"#
    ) async throws -> BumpedFile {
        var files = try registry.files()
        files["registry.json"] = Array(configured.utf8)
        let known = files
        let catalog = RegistryCatalog(RegistrySource(name: "sample") { known[$0] })
        return try await Bump(catalog, rules).examine(Array(text.utf8), file: "x")
    }

    @Test(
        "finds layers of targets and regions that are not configured any more, under whatever name they were published",
        arguments: [
            ("Old-python38-numpy", "numpy"), ("Klayers-python38-PyYAML", "pyyaml"), ("k-p38-arm64-a-b-c", "a-b-c"),
            ("requests-p38-acme", "requests"), ("acme-p38-requests-3", "requests"),
            ("x_psycopg_binary", "psycopg_binary"),
            ("Klayers-python38-typing_extensions", "typing-extensions"), ("AcmeTools", "AcmeTools"),
        ])
    func unconfigured(name: String, layer: String) async throws {
        let arn = "arn:aws:lambda:us-east-1:\(Self.account):layer:\(name)"
        let result = try await bump("\(arn):24", imported(name: name, layer: layer))
        #expect(result.rewritten == Array("\(arn):25".utf8))
    }

    @Test("an unknown number is older than the list, and moves; one above the list is not understood")
    func numbers() async throws {
        let registry = try imported(name: "Old-p38-x", layer: "x")
        let arn = "arn:aws:lambda:us-east-1:\(Self.account):layer:Old-p38-x"
        let old = try await bump("\(arn):7", registry)
        #expect(old.rewritten == Array("\(arn):25".utf8))
        #expect(
            old.findings.map(\.description) == [
                "x:1: Old-p38-x:7 → Old-p38-x:25, the registry does not list number 7 any more, version 1.1, "
                    + "contents not recorded"
            ])
        let new = try await bump("\(arn):26", registry)
        #expect(!new.isChanged && new.findings.allSatisfy { !$0.isSettled })
        let elsewhere = try await bump(
            "arn:aws:lambda:eu-north-1:\(Self.account):layer:Old-p38-x:7", registry)
        #expect(!elsewhere.isChanged && elsewhere.findings.allSatisfy { !$0.isSettled })
    }

    @Test("an unknown number under a name with a build's number stays what it is: a name that is not known")
    func buildNames() async throws {
        var registry = SampleRegistry()
        try registry.add(
            "x", [.init(buildNumber: 4, version: "1", status: .latest, numbers: [1, 1], name: "a-p38-x-4")])
        let result = try await bump("arn:aws:lambda:us-east-1:\(Self.account):layer:a-p38-x-2:1", registry)
        #expect(!result.isChanged && result.findings.allSatisfy { !$0.isSettled })
    }

    @Test("never goes to a lower number unless it is told to, or a version was excluded")
    func lower() async throws {
        var registry = SampleRegistry()
        try registry.add(
            "x",
            [
                .init(buildNumber: 2, version: "2", numbers: [9, 9]),
                .init(buildNumber: 1, version: "1", status: .latest, numbers: [3, 3]),
            ])
        let arn = "arn:aws:lambda:us-east-1:\(Self.account):layer:acme-p312-x"
        let held = try await bump("\(arn):9", registry)
        #expect(!held.isChanged && held.findings.allSatisfy { !$0.isSettled })
        #expect(held.findings[0].description.contains("acme-p312-x:3, is an older one; --allow-lower moves to it"))
        let told = try await bump("\(arn):9", registry, rules: BumpRules(allowsLower: true, now: SampleRegistry.start))
        #expect(told.rewritten == Array("\(arn):3".utf8))
        let asked = try await bump("\(arn):9 # strata: <2", registry)
        #expect(asked.rewritten == Array("\(arn):3 # strata: <2".utf8))
    }

    @Test("moves names that a file computes in part, where only one layer can be meant")
    func computed() async throws {
        let registry = try imported(name: "Klayers-p38-numpy", layer: "numpy")
        let text = "arn:aws:lambda:${AWS::Region}:${account}:layer:Klayers-${py}-numpy:24"
        #expect(try await bump(text, registry).rewritten == Array(text.replacing(":24", with: ":25").utf8))

        // What the registry never listed may be another layer of that shape, which it does not know.
        let unlisted = try await bump(text.replacing(":24", with: ":7"), registry)
        #expect(!unlisted.isChanged && unlisted.findings.map(\.isSettled) == [false])
        #expect(
            unlisted.findings[0].description.contains(
                "the file computes its name, and numpy/python3.8 has no number 7; a comment 'strata: LAYER/TARGET'"))

        var two = registry
        try two.add(
            "numpy",
            [.init(buildNumber: 1, version: "1", status: .latest, numbers: [40, 40], name: "Klayers-p39-numpy")],
            target: "python3.9")
        let older = text.replacing(":24", with: ":9")
        let held = try await bump(older, two)
        #expect(!held.isChanged)
        #expect(
            held.findings[0].description.contains(
                "it may be numpy/python3.8 or numpy/python3.9, whose newest differ; a comment "
                    + "'strata: numpy/python3.8' says which"))
        let marked = try await bump("# strata: numpy/python3.9\n\(older)", two)
        #expect(marked.rewritten == Array("# strata: numpy/python3.9\n\(text.replacing(":24", with: ":40"))".utf8))
        let unnamed = try await bump("arn:aws:lambda:eu-west-1:\(Self.account):layer:${name}:24", two)
        #expect(unnamed.findings[0].description.contains("a comment 'strata: LAYER/TARGET' tells which layer it is"))
        let unnumbered = try await bump("arn:aws:lambda:eu-west-1:\(Self.account):layer:Klayers-p38-numpy:${v}", two)
        #expect(unnumbered.findings.map(\.isSettled) == [false])
        #expect(unnumbered.findings[0].description.contains("the file writes no number for it"))
    }

    @Test("moves Terraform's data sources and marked numbers")
    func terraform() async throws {
        let registry = try imported(name: "Klayers-p38-numpy", layer: "numpy")
        let text = """
            data "aws_lambda_layer_version" "numpy" {
              layer_name = "arn:aws:lambda:us-east-1:\(Self.account):layer:Klayers-p38-numpy"
              version    = 24
            }
            # strata: numpy/python3.8
            numpy_layer = "24"
            other = "24"
            """
        let expected = text.replacing("version    = 24", with: "version    = 25")
            .replacing("numpy_layer = \"24\"", with: "numpy_layer = \"25\"")
        #expect(String(decoding: try await bump(text, registry).rewritten, as: UTF8.self) == expected)
    }

    @Test("reads UTF-16 and writes it back", arguments: [false, true], [false, true])
    func utf16(isBig: Bool, hasMark: Bool) async throws {
        func encoded(_ text: String) -> [UInt8] {
            text.utf16.flatMap { unit -> [UInt8] in
                let (high, low) = (UInt8(unit >> 8), UInt8(unit & 255))
                return isBig ? [high, low] : [low, high]
            }
        }
        let registry = try imported(name: "Klayers-p38-numpy", layer: "numpy")
        let text =
            "\(hasMark ? "\u{feff}" : "")# Größe 𐐷\r\narn:aws:lambda:us-east-1:\(Self.account):layer:Klayers-p38-numpy:7\r\n"
        let catalog = try registry.catalog()
        let result = try await Bump(catalog, BumpRules(now: SampleRegistry.start)).examine(encoded(text), file: "x")
        #expect(result.rewritten == encoded(text.replacing("numpy:7", with: "numpy:25")))
        #expect(result.findings.map(\.occurrence.line) == [2])
    }

    @Test("a comment that keeps a layer settles it, also one that the registry does not know")
    func kept() async throws {
        let registry = try imported(name: "Klayers-p38-numpy", layer: "numpy")
        let result = try await bump(
            "arn:aws:lambda:us-east-1:999999999999:layer:else:7 # strata: keep", registry)
        #expect(result.findings.map(\.isSettled) == [true])
    }
}
