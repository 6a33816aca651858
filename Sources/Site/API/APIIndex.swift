import FoundationEssentials
import Model

/// `api/v1/index.json`: where a client begins.
struct APIIndex {
    let registry: RegistryInput
    let shards: [String]
    let coverage: Coverage
    let klayers: KlayersAPI.Presence

    static let path = "api/v1/index.json"

    init(_ registry: RegistryInput, shards: [String], coverage: Coverage, klayers: KlayersAPI.Presence) {
        self.registry = registry
        self.shards = shards
        self.coverage = coverage
        self.klayers = klayers
    }

    func write(through filter: ChangeFilter) throws {
        var paths: [(String, String)] = [
            ("layer", "layers/{layer}.json"), ("latest", "latest/{layer}/{target}.json"),
            ("build", "builds/{layer}/{target}/{build}.json"),
            ("lock", "builds/{layer}/{target}/{build}.pylock.toml"),
            ("sbom", "builds/{layer}/{target}/{build}.cdx.json"),
            ("region", "regions/{region}/{target}/{shard}.json"),
            ("region-csv", "regions/{region}/{target}/{shard}.csv"),
            ("numbers", "numbers/{target}/{shard}.json"), ("changes", "changes/{day}.json"),
            ("change-days", "changes/index.json"), ("expiring", "expiring/{day}.json"),
            ("expiring-days", "expiring/index.json"), ("renovate", "renovate/{layer}/{target}.json"),
            ("coverage", "coverage.json"), ("status", "status.json"), ("size", "size.json"),
            ("shards", "shards/{shard}.json"), ("layers", "layers.txt"), ("advisories", "advisories.json"),
            ("schema", "schemas/{kind}.schema.json"), ("openapi", "openapi.json"),
        ]
        if klayers == .written { paths.append(("klayers", "../v2/{python}/layers/{region}/{layer}/")) }
        let bytes = JSONObject.file { file in
            file.add(schema: "index", of: Self.path)
            file.add("format", 1)
            file.add("name", registry.description.name)
            file.add("url", registry.description.url)
            file.add("accounts", object: { $0.add(accountsOf: registry) })
            file.add("targets", strings: registry.targets.map(\.description))
            file.add("regions", strings: registry.regions.map(\.code))
            let ends = registry.targets.compactMap { target in
                target.platform?.deprecation.map { (target.description, $0.date) }
            }
            if !ends.isEmpty {
                file.add("deprecations", object: { days in for (target, day) in ends { days.add(target, day) } })
            }
            file.add("layers", coverage.layers)
            file.add("shards", strings: shards)
            file.add(
                "paths",
                object: { templates in
                    for (name, path) in paths { templates.add(name, path) }
                })
        }
        try filter.write(bytes, to: Self.path)
    }

    /// Whether an index speaks of the API for clients of Klayers.
    static func hasKlayersAPI(_ file: [UInt8]) throws -> Bool {
        struct Index: Decodable { let paths: [String: String] }
        return try RegistryJSON.decode(Index.self, from: file, path: path).paths["klayers"] != nil
    }
}
