import Model

/// `api/v1/index.json`: where a client begins.
struct APIIndex {
    let registry: RegistryInput
    let shards: [String]
    let coverage: Coverage

    init(_ registry: RegistryInput, shards: [String], coverage: Coverage) {
        self.registry = registry
        self.shards = shards
        self.coverage = coverage
    }

    func write(through filter: ChangeFilter) throws {
        var accounts = JSONObject()
        for (partition, account) in registry.accounts.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            accounts.add(partition.rawValue, account)
        }
        let paths: [(String, String)] = [
            ("layer", "layers/{layer}.json"), ("latest", "latest/{layer}/{target}.json"),
            ("build", "builds/{layer}/{target}/{build}.json"),
            ("lock", "builds/{layer}/{target}/{build}.pylock.toml"),
            ("sbom", "builds/{layer}/{target}/{build}.cdx.json"),
            ("region", "regions/{region}/{target}/{shard}.json"),
            ("region-csv", "regions/{region}/{target}/{shard}.csv"),
            ("numbers", "targets/{target}/layers.json"), ("changes", "changes/{day}.json"),
            ("change-days", "changes/index.json"), ("expiring", "expiring/{day}.json"),
            ("expiring-days", "expiring/index.json"), ("renovate", "renovate/{layer}/{target}.json"),
            ("coverage", "coverage.json"), ("status", "status.json"), ("shards", "shards/{shard}.json"),
        ]
        var templates = JSONObject()
        for (name, path) in paths { templates.add(name, path) }
        let bytes = JSONObject.file([
            ("format", Array("1".utf8)),
            ("name", JSONObject.text(registry.description.name)),
            ("url", JSONObject.text(registry.description.url)),
            ("accounts", accounts.bytes),
            ("targets", JSONObject.array(registry.targets.map { JSONObject.text($0.description) })),
            ("regions", JSONObject.array(registry.regions.map { JSONObject.text($0.code) })),
            ("layers", Array(String(coverage.layers).utf8)),
            ("shards", JSONObject.array(shards.map(JSONObject.text))),
            ("paths", templates.bytes),
        ])
        try filter.write(bytes, to: "api/v1/index.json")
    }
}
