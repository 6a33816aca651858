import Model

/// `renovate.json`: a preset with which Renovate keeps a region's layer numbers at the newest.
///
/// Use it as `"extends": ["URL/renovate.json(eu-west-1)"]`, and mark a number in any file with a comment
/// `# strata: requests/python3.12` on the line before it.
enum RenovatePreset {
    static func bytes(_ registry: RegistryInput) -> [UInt8] {
        let transform = """
            {"releases": releases[$exists($lookup(numbers, "{{arg0}}"))].{"version": \
            $string($lookup(numbers, "{{arg0}}")), "releaseTimestamp": releaseTimestamp, \
            "isDeprecated": isDeprecated}}
            """
        var source = JSONObject()
        source.add("defaultRegistryUrlTemplate", registry.address("api/v1/renovate/{{packageName}}.json"))
        source.add("format", "json")
        source.add("transformTemplates", strings: [transform])
        var sources = JSONObject()
        sources.add("strata", json: source.bytes)
        var manager = JSONObject()
        manager.add("customType", "regex")
        manager.add("managerFilePatterns", strings: ["/\\.(ya?ml|tf|json|py|ts|toml)$/"])
        manager.add(
            "matchStrings",
            strings: [
                "(?:#|//) strata: (?<depName>[\\w-]+/python[\\w.-]+)\\s+[^\\n]*?:layer:[\\w-]+:(?<currentValue>\\d+)"
            ])
        manager.add("datasourceTemplate", "custom.strata")
        manager.add("versioningTemplate", "loose")
        return JSONObject.file([
            ("$schema", JSONObject.text("https://docs.renovatebot.com/renovate-schema.json")),
            ("description", JSONObject.text("Lambda layers of \(registry.description.name)")),
            ("customDatasources", sources.bytes),
            ("customManagers", JSONObject.array([manager.bytes])),
        ])
    }
}
