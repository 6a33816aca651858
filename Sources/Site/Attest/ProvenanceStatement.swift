import Model

/// What a build was made from, as an in-toto Statement with SLSA's provenance. Made of the build's file on main alone, so
/// the same build gives the same bytes.
///
/// https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md, https://slsa.dev/spec/v1.0/provenance
public enum ProvenanceStatement {
    /// What the statement is, in an envelope that signs it.
    public static let payloadType = "application/vnd.in-toto+json"

    /// - Parameter registry: the registry's identity; nil if it has none.
    /// - Returns: nil for an imported build, of which nothing is known.
    public static func bytes(of build: Build, registry: String?) -> [UInt8]? {
        guard let artifact = build.artifact else { return nil }
        return JSONObject.file(capacity: 4096) { file in
            file.add("_type", "https://in-toto.io/Statement/v1")
            file.add("subject", rows: [artifact.sha256]) { subject, digest in
                subject.add("name", "\(build.item.layer)-\(build.item.target)-\(build.buildNumber).zip")
                subject.add("digest", object: { $0.add("sha256", digest) })
            }
            file.add("predicateType", "https://slsa.dev/provenance/v1")
            file.add(
                "predicate",
                lines: { predicate in
                    predicate.add("buildDefinition", lines: { add(build, artifact, to: &$0) })
                    predicate.add(
                        "runDetails",
                        lines: { run in
                            // Whoever follows the recipe makes the same bytes: which machine did is not recorded.
                            run.add("builder", object: { $0.add("id", "urn:strata:recipe:\(artifact.recipe)") })
                            run.add(
                                "metadata",
                                object: { metadata in
                                    let place = "\(build.item.layer)/\(build.item.target)/\(build.buildNumber)"
                                    metadata.add("invocationId", "\(registry.map { "\($0)/" } ?? "")\(place)")
                                    metadata.add("finishedOn", build.created)
                                })
                        })
                })
        }
    }

    private static func add(_ build: Build, _ artifact: Build.Artifact, to definition: inout JSONObject) {
        definition.add("buildType", "urn:strata:build:1")
        definition.add(
            "externalParameters",
            object: { parameters in
                parameters.add("layer", build.item.layer.text)
                parameters.add("target", build.item.target.description)
                parameters.add("requirements", strings: build.requirements)
                parameters.add("options", object: { BuildFile.add(all: artifact.options, to: &$0) })
            })
        definition.add(
            "internalParameters",
            object: { parameters in
                parameters.add("recipe", artifact.recipe)
                // Of the options and the wheels; and of these with the recipe.
                parameters.add("contents", artifact.contents.description)
                parameters.add("key", artifact.key.description)
            })
        definition.add("resolvedDependencies", rows: artifact.lock.wheels.flatMap(materials)) { row, wheel in
            row.add("name", wheel.fileName)
            row.add("uri", PackageURL.pypi(wheel.package, wheel.version))
            row.add("digest", object: { $0.add("sha256", wheel.sha256) })
            row.add("downloadLocation", SafeURL.link(wheel.url))
        }
    }

    /// What a wheel was made of: itself, or the source distribution and the tools.
    private static func materials(_ wheel: LockedWheel) -> [LockedWheel] {
        guard let built = wheel.built else { return [wheel] }
        let source = LockedWheel(
            package: wheel.package, version: wheel.version, fileName: built.fileName, url: built.url, size: built.size,
            sha256: built.sha256)
        return [source] + built.tools
    }
}
