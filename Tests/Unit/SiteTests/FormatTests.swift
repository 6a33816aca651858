import Foundation
import Model
import SampleSite
import Site
import Testing

/// The formats that others read: each file against its schema in `docs/api`, and against copies that were kept.
@Suite("The formats")
struct FormatTests {
    /// Which schema is for which files, by the beginning and the end of their paths. The first that fits counts.
    private static let schemas = [
        ("api/v1/schemas/", ".json", nil), ("api/v1/openapi", ".json", nil),
        ("api/v1/index", ".json", "index"), ("api/v1/layers/", ".json", "layer"), ("api/v1/latest/", ".json", "latest"),
        ("api/v1/builds/", ".cdx.json", nil), ("api/v1/builds/", ".json", "build"),
        ("api/v1/regions/", ".json", "region"), ("api/v1/numbers/", ".json", "numbers"),
        ("api/v1/shards/", ".json", "shard"), ("api/v1/changes/index", ".json", "days"),
        ("api/v1/expiring/index", ".json", "days"), ("api/v1/changes/", ".json", "changes"),
        ("api/v1/expiring/", ".json", "expiring"), ("api/v1/coverage", ".json", "coverage"),
        ("api/v1/status", ".json", "status"), ("api/v1/size", ".json", "size"),
        ("api/v1/renovate/", ".json", "renovate"), ("renovate", ".json", nil),
        ("api/v1/advisories", ".json", "advisories"), ("layers/", "/advisories.json", "layer-advisories"),
        ("deployments/", ".json", "arns"), ("layers/", "/releases.json", "releases"), ("layers/", ".json", "build"),
        ("registry", ".json", "registry"),
    ]

    private static var root: URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
    }

    private static func schema(_ name: String) throws -> JSONSchema {
        try JSONSchema(Data(contentsOf: root.appending(path: "docs/api/\(name).schema.json")))
    }

    private static func branches(_ registry: RegistryInput, _ layers: [LayerState]) throws -> Branch {
        var branch = Branch()
        branch.apply(try MainRenderer(registry).changes(for: layers) { _ in nil })
        branch.apply(try SiteRenderer(registry).changes(for: layers) { _ in nil })
        return branch
    }

    @Test("every JSON file is what its schema says, whatever strangers wrote", arguments: 0..<8 as Range<UInt64>)
    func schemas(_ seed: UInt64) throws {
        var random = RandomState(seed: seed)
        let fixture = Fixture.believable()
        let branch =
            try seed == 0
            ? Self.branches(fixture.registry, fixture.layers)
            : Self.branches(random.registry, LayerState.grouping(random.items()))
        var loaded: [String: JSONSchema] = [:]
        var used: Set<String> = []
        for (path, bytes) in branch.files where path.hasSuffix(".json") {
            let rule = try #require(
                Self.schemas.first { path.hasPrefix($0.0) && path.hasSuffix($0.1) }, "no schema for \(path)")
            guard let name = rule.2 else { continue }
            let schema = try loaded[name] ?? Self.schema(name)
            loaded[name] = schema
            used.insert(name)
            let problems = try schema.problems(of: Data(bytes))
            #expect(problems == [], "\(path)")
        }
        if seed == 0 { #expect(used == Set(Self.schemas.compactMap(\.2))) }
    }

    @Test("a document that breaks its schema is noticed")
    func noticed() throws {
        let schema = try Self.schema("latest")
        let good = try Self.branches(Fixture.believable().registry, Fixture.believable().layers)
        let text = try #require(good.text("api/v1/latest/requests/python3.13.json"))
        for (old, new) in [
            ("\"format\": 1", "\"format\": 2"), ("\"build\": 4", "\"build\": \"4\""), ("\"arns\"", "\"arn\""),
            ("python3.13", "ruby3"), ("eu-west-1\":", "EU\":"),
        ] {
            #expect(try !schema.problems(of: Data(text.replacing(old, with: new).utf8)).isEmpty, "\(old) → \(new)")
        }
    }

    /// Copies of files as they were first published. A format may grow; what was there stays as it was.
    @Test("what was published in the first format is still published, and still read")
    func golden() throws {
        let fixture = Fixture.believable()
        let layers = fixture.layers.filter { $0.layer.text == "requests" }
        let branch = try Self.branches(fixture.registry, layers)
        let folder = Self.root.appending(path: "Tests/Golden/v1")
        if ProcessInfo.processInfo.environment["STRATA_RECORD_GOLDEN"] != nil {
            for path in Self.kept {
                let file = folder.appending(path: path)
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(try #require(branch.files[path], "\(path)")).write(to: file)
            }
        }
        for path in Self.kept {
            let kept = try Data(contentsOf: folder.appending(path: path))
            let now = try #require(branch.files[path], "\(path)")
            if path.hasSuffix(".json") {
                let old = try JSONSerialization.jsonObject(with: kept)
                let new = try JSONSerialization.jsonObject(with: Data(now))
                #expect(Self.holds(new, old), "\(path) lost something")
            } else {
                #expect(Array(kept) == now, "\(path)")
            }
        }
        let reader = try RegistryReader { path in
            Self.kept.contains(path) ? Array(try Data(contentsOf: folder.appending(path: path))) : nil
        }
        let layer = try #require(layers.first)
        let items = layer.items.filter { $0.item.target.description == "python3.13" }
        let read = try reader.states(of: layer.layer).filter { $0.item.target.description == "python3.13" }
        #expect(read.map(\.builds) == items.map(\.builds))
        #expect(Set(read.flatMap(\.releases)) == Set(items.flatMap(\.releases)))
    }

    private static let kept =
        [
            "registry.json", "layers/requests/releases.json", "deployments/python3.13/arns/eu-west-1.csv",
            "deployments/python3.13/arns/eu-west-1.json", "deployments/python3.13/packages/requests/requirements.txt",
            "layers/requests/python3.13/1.pylock.toml", "api/v1/index.json", "api/v1/layers/requests.json",
            "api/v1/latest/requests/python3.13.json", "api/v1/regions/eu-west-1/python3.13/r.json",
            "api/v1/regions/eu-west-1/python3.13/r.csv", "api/v1/numbers/python3.13/r.json",
            "api/v1/shards/r.json", "api/v1/changes/index.json", "api/v1/expiring/index.json",
            "api/v1/coverage.json", "api/v1/status.json", "api/v1/renovate/requests/python3.13.json",
            "api/v1/builds/requests/python3.13/4.cdx.json",
        ]
        + ["python3.12", "python3.13", "python3.13-arm64"].flatMap { target in
            (1...4).map { "layers/requests/\(target)/\($0).json" }
        }

    /// Whether a value still says all that an older one said.
    private static func holds(_ new: Any, _ old: Any) -> Bool {
        switch (new, old) {
        case (let new as [String: Any], let old as [String: Any]):
            old.allSatisfy { name, value in
                // Digests of documents change when the documents grow.
                name == "sha256" && new[name] is String || (new[name].map { holds($0, value) } ?? false)
            }
        case (let new as [Any], let old as [Any]):
            new.count == old.count && zip(new, old).allSatisfy { holds($0, $1) }
        default: (new as? NSObject)?.isEqual(old) ?? false
        }
    }
}
