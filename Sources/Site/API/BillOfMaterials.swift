import Model

/// A build's parts as CycloneDX 1.6: its packages, what they require and what they bundle.
/// https://cyclonedx.org/docs/1.6/json/
///
/// The same build gives the same bytes: no time but the build's own, no version of the tool.
struct BillOfMaterials {
    private let build: Build
    private let artifact: Build.Artifact
    private let parts: [Part]
    private let files: [File]
    /// The layer's own reference.
    private let root: String

    /// A package, with the references of what is in its wheel.
    private struct Part {
        let package: Build.Package
        let reference: String
        let bundled: [(component: BundledComponent, reference: String)]
    }

    /// What comes from elsewhere than from packages: each archive once.
    private struct File {
        let source: FileSource
        let pin: FileSource.Pin

        var reference: String { "sha256:\(pin.sha256)" }
    }

    static func bytes(of build: Build, _ artifact: Build.Artifact) -> [UInt8] {
        BillOfMaterials(build, artifact).bytes
    }

    private init(_ build: Build, _ artifact: Build.Artifact) {
        self.build = build
        self.artifact = artifact
        root =
            "pkg:generic/\(build.item.layer)@\(PackageURL.escaped(build.version))"
            + "?checksum=sha256:\(artifact.sha256.hex)&target=\(build.item.target)"
        parts = build.packages.map { package in
            let reference = PackageURL.pypi(package.name, package.version)
            // Two wheels may bundle the same, and their own references may be any text.
            let bundled = (package.bundled ?? []).enumerated().map { index, component in
                (component, "\(reference)#\(index + 1)")
            }
            return Part(package: package, reference: reference, bundled: bundled)
        }
        var seen: Set<ContentDigest> = []
        files = artifact.options.files.flatMap { source in
            source.pins.filter { seen.insert($0.sha256).inserted }.map { File(source: source, pin: $0) }
        }
    }

    private var bytes: [UInt8] {
        JSONObject.file(capacity: 8192) { file in
            file.add("bomFormat", "CycloneDX")
            file.add("specVersion", "1.6")
            file.add("serialNumber", "urn:uuid:\(Self.uuid(artifact.sha256))")
            file.add("version", 1)
            file.add("metadata", object: addMetadata)
            file.add("components", rows: components) { row, write in write(&row) }
            file.add("dependencies", rows: dependencies) { row, dependency in
                row.add("ref", dependency.reference)
                row.add("dependsOn", strings: dependency.needs)
            }
            file.add("compositions", rows: compositions) { row, composition in
                row.add("aggregate", composition.aggregate)
                if !composition.assemblies.isEmpty { row.add("assemblies", strings: composition.assemblies) }
                if !composition.dependencies.isEmpty { row.add("dependencies", strings: composition.dependencies) }
            }
        }
    }

    private func addMetadata(to metadata: inout JSONObject) {
        metadata.add("timestamp", build.created)
        metadata.add(
            "tools",
            object: { tools in
                tools.add("components", objects: ["strata"]) { tool, name in
                    tool.add("type", "application")
                    tool.add("name", name)
                }
            })
        metadata.add(
            "component",
            object: { component in
                component.add("type", "library")
                component.add("bom-ref", root)
                component.add("name", build.item.layer.text)
                component.add("version", build.version)
                Self.add(artifact.sha256, to: &component)
                component.add("purl", root)
                component.add("properties", objects: properties) { property, pair in
                    property.add("name", pair.name)
                    property.add("value", pair.value)
                }
            })
    }

    private var properties: [(name: String, value: String)] {
        [
            ("strata:target", build.item.target.description), ("strata:build", String(build.buildNumber)),
            ("strata:build-key", artifact.key.description),
        ]
    }

    // MARK: - Components

    private var components: [(inout JSONObject) -> Void] {
        parts.flatMap { part -> [(inout JSONObject) -> Void] in
            [{ add(part, to: &$0) }] + part.bundled.map { bundled in { add(bundled, in: part, to: &$0) } }
        } + files.map { file in { Self.add(file, to: &$0) } }
    }

    private static func add(_ file: File, to object: inout JSONObject) {
        object.add("type", "file")
        object.add("bom-ref", file.reference)
        object.add("name", file.pin.name)
        object.add("version", file.source.version)
        add(file.pin.sha256, to: &object)
        add(license: file.source.licence, to: &object)
        if let url = SafeURL.link(file.pin.url) {
            object.add("externalReferences", objects: [url]) { entry, url in
                entry.add("type", "distribution")
                entry.add("url", url)
            }
        }
    }

    private func add(_ part: Part, to object: inout JSONObject) {
        let package = part.package
        object.add("type", "library")
        object.add("bom-ref", part.reference)
        if let author = package.author { object.add("authors", objects: [author]) { $0.add("name", $1) } }
        object.add("name", package.name.text)
        object.add("version", package.version)
        object.add("description", package.summary)
        if let wheel = artifact.lock.wheel(of: package.name) { Self.add(wheel.sha256, to: &object) }
        Self.add(license: package.license, to: &object)
        object.add("purl", part.reference)
        guard let built = artifact.lock.wheel(of: package.name)?.built else { return }
        if let url = SafeURL.link(built.url) {
            object.add("externalReferences", objects: [url]) { entry, url in
                entry.add("type", "source-distribution")
                entry.add("url", url)
                Self.add(built.sha256, to: &entry)
            }
        }
        let tools = built.tools.map { ("strata:built-with", PackageURL.pypi($0.package, $0.version)) }
        object.add(
            "properties",
            objects: [
                ("strata:built-from", "\(built.fileName) sha256:\(built.sha256.hex)"),
                ("strata:built-by", "python \(built.python), \(built.backend)"),
            ] + tools
        ) { property, pair in
            property.add("name", pair.0)
            property.add("value", pair.1)
        }
    }

    private func add(
        _ bundled: (component: BundledComponent, reference: String), in part: Part, to object: inout JSONObject
    ) {
        object.add("type", "library")
        object.add("bom-ref", bundled.reference)
        object.add("name", bundled.component.name)
        object.add("version", bundled.component.version)
        Self.add(license: bundled.component.license, to: &object)
        object.add("purl", bundled.component.purl)
        object.add("properties", objects: [part.package.name.text]) { property, name in
            property.add("name", "strata:bundled-in")
            property.add("value", name)
        }
    }

    /// A licence of SPDX's list by its name there, several as an expression, others as they are called: a component has
    /// one of these.
    private static func add(license: String?, to object: inout JSONObject) {
        guard let license else { return }
        let expression = LicenseExpression(named: license)
        object.add("licenses", objects: [license]) { entry, license in
            guard let expression else {
                entry.add("license", object: { $0.add("name", license) })
                return
            }
            if let name = expression.listedName {
                entry.add("license", object: { $0.add("id", name) })
            } else {
                entry.add("expression", expression.description)
            }
        }
    }

    private static func add(_ digest: ContentDigest, to object: inout JSONObject) {
        object.add("hashes", objects: [digest]) { hash, digest in
            hash.add("alg", "SHA-256")
            hash.add("content", digest)
        }
    }

    // MARK: - How they belong together

    private var dependencies: [(reference: String, needs: [String])] {
        let references = Dictionary(parts.map { ($0.package.name, $0.reference) }) { first, _ in first }
        let asked = build.requirements.compactMap { try? Requirement(parsing: $0).package }
        let roots = isGraphKnown ? Set(asked.compactMap { references[$0] }).sorted() : parts.map(\.reference)
        return [(root, roots + files.map(\.reference))]
            + parts.flatMap { part -> [(reference: String, needs: [String])] in
                let needs = (part.package.requires ?? []).compactMap { references[$0] }
                return [(part.reference, needs + part.bundled.map(\.reference))]
                    + part.bundled.map { ($0.reference, []) }
            } + files.map { ($0.reference, []) }
    }

    /// What is required was not looked at in the builds of earlier versions: then all belongs to the layer.
    private var isGraphKnown: Bool { parts.count == 1 || parts.contains { $0.package.requires != nil } }

    /// How much is known: the layer's packages are all that it holds; what wheels bundle is what they say.
    private var compositions: [(aggregate: String, assemblies: [String], dependencies: [String])] {
        let telling = parts.filter { !$0.bundled.isEmpty }.map(\.reference)
        let silent = parts.filter { $0.bundled.isEmpty }.map(\.reference) + files.map(\.reference)
        return [
            ("complete", [root], isGraphKnown ? [root] : []), ("incomplete", telling, []), ("unknown", silent, []),
        ].filter { !$0.1.isEmpty || !$0.2.isEmpty }
    }

    /// A version 8 UUID from the digest: the same build has the same number. RFC 9562, section 5.8.
    private static func uuid(_ digest: ContentDigest) -> String {
        var bytes = Array(digest.bytes.prefix(16))
        bytes[6] = bytes[6] & 0x0f | 0x80
        bytes[8] = bytes[8] & 0x3f | 0x80
        let hex = bytes.hex
        var parts: [Substring] = []
        var rest = hex[...]
        for length in [8, 4, 4, 4, 12] {
            parts.append(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        return parts.joined(separator: "-")
    }
}
