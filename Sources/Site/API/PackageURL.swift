import Model

/// Names of packages that other tools know. https://github.com/package-url/purl-spec
enum PackageURL {
    static func pypi(_ package: PackageName, _ version: String) -> String {
        "pkg:pypi/\(package)@\(escaped(version))"
    }

    /// Percent-encoding of a version.
    static func escaped(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0.isASCIIAlphanumeric || ".-_~".utf8.contains($0) }) { return text }
        return text.utf8.map { byte in
            byte.isASCIIAlphanumeric || ".-_~".utf8.contains(byte)
                ? String(UnicodeScalar(byte)) : "%" + [byte].hex.uppercased()
        }.joined()
    }
}
