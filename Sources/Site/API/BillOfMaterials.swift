import Model

/// A build's parts as CycloneDX. https://cyclonedx.org/docs/1.6/json/
enum BillOfMaterials {
    static func bytes(of build: Build, _ artifact: Build.Artifact) -> [UInt8] {
        JSONObject.file(capacity: 4096) { file in
            file.add("bomFormat", "CycloneDX")
            file.add("specVersion", "1.6")
            file.add("serialNumber", "urn:uuid:\(uuid(artifact.sha256))")
            file.add("version", 1)
            file.add(
                "metadata",
                object: { metadata in
                    metadata.add("timestamp", build.created)
                    metadata.add(
                        "component",
                        object: { component in
                            component.add("type", "library")
                            component.add("name", build.item.layer.text)
                            component.add("version", build.version)
                            add(artifact.sha256, to: &component)
                        })
                })
            let files = artifact.options.files.flatMap { source in source.pins.map { (source, $0) } }
            file.add("components", rows: build.packages.map(Component.package) + files.map(Component.file)) {
                row, component in
                switch component {
                case .package(let package): add(package, artifact.lock, to: &row)
                case .file(let source, let pin): add(source, pin, to: &row)
                }
            }
        }
    }

    private enum Component {
        case package(Build.Package)
        case file(FileSource, FileSource.Pin)
    }

    /// What comes from elsewhere than from packages.
    private static func add(_ source: FileSource, _ pin: FileSource.Pin, to object: inout JSONObject) {
        object.add("type", "file")
        object.add("bom-ref", "sha256:\(pin.sha256)")
        object.add("name", pin.name)
        object.add("version", source.version)
        add(pin.sha256, to: &object)
        if let licence = source.licence {
            object.add("licenses", objects: [licence]) { entry, licence in
                entry.add("license", object: { $0.add("name", licence) })
            }
        }
        if let url = SafeURL.link(pin.url) {
            object.add("externalReferences", objects: [url]) { entry, url in
                entry.add("type", "distribution")
                entry.add("url", url)
            }
        }
    }

    private static func add(_ package: Build.Package, _ lock: Lock, to object: inout JSONObject) {
        object.add("type", "library")
        let url = "pkg:pypi/\(package.name)@\(escaped(package.version))"
        object.add("bom-ref", url)
        object.add("name", package.name.text)
        object.add("version", package.version)
        object.add("description", package.summary)
        if let wheel = lock.wheel(of: package.name) { add(wheel.sha256, to: &object) }
        if let license = package.license {
            object.add("licenses", objects: [license]) { entry, license in
                entry.add("license", object: { $0.add("name", license) })
            }
        }
        object.add("purl", url)
    }

    private static func add(_ digest: ContentDigest, to object: inout JSONObject) {
        object.add("hashes", objects: [digest]) { hash, digest in
            hash.add("alg", "SHA-256")
            hash.add("content", digest)
        }
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

    /// Percent-encoding of a package URL's version. https://github.com/package-url/purl-spec
    private static func escaped(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0.isASCIIAlphanumeric || ".-_~".utf8.contains($0) }) { return text }
        return text.utf8.map { byte in
            byte.isASCIIAlphanumeric || ".-_~".utf8.contains(byte)
                ? String(UnicodeScalar(byte)) : "%" + [byte].hex.uppercased()
        }.joined()
    }
}
