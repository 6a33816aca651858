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
        return JSONObject.file { file in
            file.add("$schema", "https://docs.renovatebot.com/renovate-schema.json")
            file.add("description", "Lambda layers of \(registry.description.name)")
            file.add(
                "customDatasources",
                object: { sources in
                    sources.add(
                        "strata",
                        object: { source in
                            source.add(
                                "defaultRegistryUrlTemplate", registry.address("api/v1/renovate/{{packageName}}.json"))
                            source.add("format", "json")
                            source.add("transformTemplates", strings: [transform])
                        })
                })
            file.add("customManagers", objects: [pattern]) { manager, pattern in
                manager.add("customType", "regex")
                manager.add("managerFilePatterns", strings: ["/\\.(ya?ml|tf|json|py|ts|toml)$/"])
                manager.add("matchStrings", strings: [pattern])
                manager.add("datasourceTemplate", "custom.strata")
                manager.add("versioningTemplate", "loose")
            }
        }
    }

    /// A marked number, in any of the languages that hold ARNs.
    private static let pattern =
        "(?:#|//) strata: (?<depName>[\\w-]+/python[\\w.-]+)\\s+[^\\n]*?:layer:[\\w-]+:(?<currentValue>\\d+)"
}
