import Model

/// A build's parts as CycloneDX. https://cyclonedx.org/docs/1.6/json/
enum BillOfMaterials {
    static func bytes(of build: Build, _ artifact: Build.Artifact) -> [UInt8] {
        var component = JSONObject()
        component.add("type", "library")
        component.add("name", build.item.layer.text)
        component.add("version", build.version)
        component.add("hashes", json: hashes(artifact.sha256))
        var metadata = JSONObject()
        metadata.add("timestamp", build.created)
        metadata.add("component", json: component.bytes)
        return JSONObject.file([
            ("bomFormat", JSONObject.text("CycloneDX")),
            ("specVersion", JSONObject.text("1.6")),
            ("serialNumber", JSONObject.text("urn:uuid:\(uuid(artifact.sha256))")),
            ("version", Array("1".utf8)),
            ("metadata", metadata.bytes),
            ("components", JSONObject.array(build.packages.map { self.component($0, artifact.lock) }, perLine: true)),
        ])
    }

    private static func component(_ package: Build.Package, _ lock: Lock) -> [UInt8] {
        var object = JSONObject()
        object.add("type", "library")
        let url = "pkg:pypi/\(package.name)@\(escaped(package.version))"
        object.add("bom-ref", url)
        object.add("name", package.name.text)
        object.add("version", package.version)
        object.add("description", package.summary)
        if let wheel = lock.wheel(of: package.name) { object.add("hashes", json: hashes(wheel.sha256)) }
        if let license = package.license {
            var name = JSONObject()
            name.add("name", license)
            var entry = JSONObject()
            entry.add("license", json: name.bytes)
            object.add("licenses", json: JSONObject.array([entry.bytes]))
        }
        object.add("purl", url)
        return object.bytes
    }

    private static func hashes(_ digest: ContentDigest) -> [UInt8] {
        var object = JSONObject()
        object.add("alg", "SHA-256")
        object.add("content", digest.hex)
        return JSONObject.array([object.bytes])
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
        text.utf8.map { byte in
            byte.isASCIIAlphanumeric || ".-_~".utf8.contains(byte)
                ? String(UnicodeScalar(byte)) : "%" + [byte].hex.uppercased()
        }.joined()
    }
}
