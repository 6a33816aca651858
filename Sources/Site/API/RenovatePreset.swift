import Model

/// `renovate.json`: a preset with which Renovate keeps a region's layer numbers at the newest.
///
/// Use it as `"extends": ["URL/renovate.json(eu-west-1)"]`, and mark a number in any file with a comment
/// `# strata: requests/python3.12`, as for `strata bump`: on the number's line, or alone on the line before it.
enum RenovatePreset {
    static func bytes(_ registry: RegistryInput) -> [UInt8] {
        // JSONata takes the brackets off a list of one; those here put them back, and make a list of none.
        let transform = """
            {"releases": [releases[$exists($lookup(numbers, "{{arg0}}"))].{"version": \
            $string($lookup(numbers, "{{arg0}}")), "releaseTimestamp": releaseTimestamp, \
            "isDeprecated": isDeprecated}]}
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
            file.add("customManagers", objects: [patterns]) { manager, patterns in
                manager.add("customType", "regex")
                manager.add("managerFilePatterns", strings: ["/\\.(ya?ml|tf|tfvars|json|py|ts|js|toml)$/"])
                manager.add("matchStrings", strings: patterns)
                manager.add("datasourceTemplate", "custom.strata")
                manager.add("versioningTemplate", "loose")
            }
        }
    }

    /// What `strata bump` reads too: a comment with the layer and the target, then perhaps versions.
    private static let mark = "(?:#|//|--|/\\*) *strata: *(?<depName>[\\w-]+/(?:python[\\d.]+|any)(?:-arm64)?)[^\\n]*"

    /// A number in an ARN, or alone at its line's end: after the comment's line, and before the comment.
    private static let patterns = [
        "(?:^|\\n)[ \\t]*\(mark)\\n[^\\n]*?:layer:[^\\s:\"']+:(?<currentValue>\\d+)",
        "(?:^|\\n)[ \\t]*\(mark)\\n[^\\n:]*(?:[=:][ \\t]*|[ \\t])[\"']?(?<currentValue>\\d+)[\"',;)]*[ \\t\\r]*(?:\\n|$)",
        ":layer:[^\\s:\"']+:(?<currentValue>\\d+)[^\\n]*?\(mark)",
        "(?:^|\\n)[^\\n:]*(?:[=:][ \\t]*|[ \\t])[\"']?(?<currentValue>\\d+)[\"',;)]*[ \\t]*\(mark)",
    ]
}
