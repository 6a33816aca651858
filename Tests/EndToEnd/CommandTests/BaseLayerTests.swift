import FoundationEssentials
import Testing

/// What a layer leaves out since something else brings it.
@Suite("Provided packages and base layers")
struct BaseLayerTests {
    private struct Summary: Decodable {
        struct Item: Decodable {
            let layer: String
        }
        struct Finding: Decodable {
            let rule: String
            let verdict: String
            let message: String
        }
        struct Built: Decodable {
            let item: Item
            let path: String
            let remarks: [String]
            let findings: [Finding]
        }
        struct Refused: Decodable {
            let item: Item
            let reason: String
        }
        let built: [Built]
        let refused: [Refused]
    }

    private typealias Release = PackageIndex.Release

    /// A stand-in for the SDK: what it asks for keeps `shared` at an old version, as botocore does with python-dateutil.
    private static let catalogue: [String: [Release]] = [
        "app": [Release(requires: ["boto3>=1.20", "shared", "helper"])],
        "boto3": [
            Release(version: "1.10"), Release(version: "1.40"),
            Release(version: "1.50", requires: ["botocore", "only-sdk"]),
        ],
        "botocore": [Release(version: "1.50", requires: ["shared<2", "only-sdk"])],
        "only-sdk": [Release()],
        "shared": [Release(version: "1.0"), Release(version: "2.0")],
        "helper": [Release(version: "1.0"), Release(version: "2.0", requires: ["more"])],
        "more": [Release()],
        "old": [Release(requires: ["boto3<1.20"])],
        "strict": [Release(requires: ["boto3==1.40"])],
    ]

    private func build(
        _ place: Workplace, _ names: String..., target: String = "python3.11"
    ) async throws -> Summary {
        let outcome = try await place.command(["build"] + names + ["--target", target, "-o", "out", "--json"]).run()
        return try JSONDecoder().decode(Summary.self, from: Data(outcome.output.utf8))
    }

    private func pins(_ place: Workplace, _ layer: String, target: String = "python3.11") async throws -> [String] {
        try await place.run("unzip", "-p", "out/\(target)/\(layer).zip", "python/requirements.txt").split(
            separator: "\n"
        )
        .map(String.init)
    }

    @Test("what the runtime brings is left out with what only it needs; the rest still fits to it")
    func provided() async throws {
        try await PackageIndex.run(Self.catalogue) { index in
            let place = try Workplace(
                Configuration(
                    layers: [
                        "{ name: app, requires: [app], provided: [boto3, botocore] }",
                        "{ name: old, requires: [old], provided: [boto3] }",
                        "{ name: strict, requires: [\"strict==1.0\"], provided: [boto3, botocore] }",
                        "{ name: odd, requires: [app], provided: [helper, boto3] }",
                        "{ name: nothing, requires: [boto3], provided: [boto3] }",
                    ], targets: ["python3.11", "python3.12"], index: index.simple), hasOwnCache: true)
            let summary = try await build(place)
            #expect(try await pins(place, "app") == ["app==1.0", "helper==2.0", "more==1.0", "shared==1.0"])
            func findings(_ layer: String) -> [Summary.Finding] {
                summary.built.first { $0.item.layer == layer }?.findings.filter { $0.rule == "requirements" } ?? []
            }
            #expect(findings("app").isEmpty, "1.27.1 and all later ones will do")
            let reasons = Dictionary(summary.refused.map { ($0.item.layer, $0.reason) }) { first, _ in first }
            #expect(reasons["old"]?.contains("old 1.0 requires boto3<1.20") == true)
            #expect(reasons["old"]?.contains("brought 1.27.1 in November 2023") == true)
            #expect(reasons["nothing"]?.contains("provided") == true)
            #expect(findings("strict").map(\.verdict) == ["warning"], "1.40 may have come since")
            #expect(
                findings("odd").contains { $0.message.contains("helper") && $0.message.contains("not known to bring") })

            let newer = try await build(place, "app", target: "python3.12")
            let message = newer.built.first?.findings.first { $0.rule == "requirements" }?.message
            #expect(message?.contains("which version Lambda's Python 3.12 brings is not known") == true)
        }
    }

    @Test("what a base layer holds is left out, at its versions")
    func bases() async throws {
        var catalogue = Self.catalogue
        catalogue["shared"] = [Release(version: "1.0")]
        let known = catalogue
        try await PackageIndex.run(known) { index in
            let layers = [
                "{ name: base, requires: [\"helper<2\", shared] }", "{ name: app, requires: [app], with: [base] }",
            ]
            let place = try Workplace(
                Configuration(layers: layers, targets: ["python3.12"], index: index.simple), hasOwnCache: true)
            // A base that is not asked for is resolved all the same.
            let summary = try await build(place, "app", target: "python3.12")
            #expect(summary.refused.isEmpty)
            let clash = try #require(summary.built.first)
            #expect(clash.remarks.contains { $0.contains("'base' has them") } == true)
            let held = try await pins(place, "app", target: "python3.12")
            #expect(!held.contains { $0.hasPrefix("helper") || $0.hasPrefix("shared") || $0.hasPrefix("more") })
            #expect(
                clash.findings.allSatisfy { $0.verdict == "note" }, "what the base holds is there: \(clash.findings)")
        }
    }

    @Test("published together, and recorded in the build's file; nothing more to do afterwards")
    func published() async throws {
        var catalogue = Self.catalogue
        catalogue["shared"] = [Release(version: "1.0")]
        let known = catalogue
        try await PackageIndex.run(known) { index in
            let layers = [
                "{ name: base, requires: [shared, helper] }",
                "{ name: app, requires: [app], with: [base], provided: [boto3, botocore] }",
            ]
            let place = try Workplace(
                Configuration(
                    layers: layers, targets: ["python3.12"], index: index.simple,
                    more: "updates: { dependencies-only: 7d }"), hasOwnCache: true)
            let first = try await place.strata("publish")
            try #require(first.code == 0, "\(first.error)\(first.output)")
            let file = try await place.run("git", "-C", "registry.git", "show", "main:layers/app/python3.12/1.json")
            #expect(file.contains("\"with\"") && file.contains("\"base\"") && file.contains("\"provided\""))
            #expect(try await place.strata("plan", "--exit-code").code == 0)

            // The base waits for its turn, and what is used with it does, too.
            var changed = Self.catalogue
            changed["shared"] = [Release(version: "1.0")]
            changed["more"] = [Release(), Release(version: "1.1")]
            changed["app"]?.append(Release(version: "2.0", requires: ["boto3>=1.20", "shared", "helper", "more>=1.1"]))
            try await index.set(changed)
            let waiting = try await place.strata("plan", "--exit-code")
            #expect(waiting.code == 0, "\(waiting.output)")
        }
    }

    @Test(
        "layers that cannot be used with each other are told at once",
        arguments: [
            ("with: [bse]", "did you mean 'base'?"), ("with: [app]", "circle"), ("with: [narrow]", "python3.12"),
            ("provided: [\"boto3>=1\"]", "not the name of"), ("with: base", "list"),
        ])
    func mistakes(option: String, says: String) async throws {
        let place = try Workplace(
            Configuration(
                layers: [
                    "{ name: base, requires: [beta] }", "{ name: narrow, requires: [gamma], targets: [python3.13] }",
                    "{ name: app, requires: [alpha], \(option) }",
                ], targets: ["python3.12"]))
        let outcome = try await place.strata("check")
        #expect(outcome.code == 2)
        #expect(outcome.error.contains(says), "\(outcome.error)")
    }
}
