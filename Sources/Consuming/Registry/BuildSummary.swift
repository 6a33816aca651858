import Model

/// What is inside a build: `layers/{layer}/{target}/{build}.json`, as far as consumers need it.
public struct BuildSummary: Sendable, Hashable {
    public let version: String
    /// Digest of the zip; nil for an imported build.
    public let sha256: ContentDigest?
    /// By name.
    public let packages: [PackageName: String]
    public let zipped: ByteCount?
    public let unzipped: ByteCount?

    public init(
        version: String, sha256: ContentDigest? = nil, packages: [PackageName: String], zipped: ByteCount? = nil,
        unzipped: ByteCount? = nil
    ) {
        self.version = version
        self.sha256 = sha256
        self.packages = packages
        self.zipped = zipped
        self.unzipped = unzipped
    }

    /// What differs in a newer build, by name; nil where one of the two was imported without what is inside.
    public func changes(to newer: BuildSummary) -> [PackageChange]? {
        guard !packages.isEmpty, !newer.packages.isEmpty else { return nil }
        return Set(packages.keys).union(newer.packages.keys).sorted().compactMap { name in
            packages[name] == newer.packages[name]
                ? nil : PackageChange(package: name, from: packages[name], to: newer.packages[name])
        }
    }
}

/// A package that a newer build has in another version, has not, or has anew.
public struct PackageChange: Sendable, Hashable, CustomStringConvertible {
    public let package: PackageName
    public let from: String?
    public let to: String?

    public var description: String {
        switch (from, to) {
        case (let from?, let to?): "\(package) \(from) → \(to)"
        case (nil, let to?): "\(package) \(to) is new"
        default: "\(package) \(from ?? "") is gone"
        }
    }
}

extension BuildSummary {
    private struct Document: Decodable {
        let version: String
        let sha256: ContentDigest?
        let packages: [Package]
        let zipped: ByteCount?
        let unzipped: ByteCount?
    }
    private struct Package: Decodable {
        let name: PackageName
        let version: String
    }

    package init(file: [UInt8], path: String) throws {
        let document = try RegistryFile.decode(Document.self, file, path)
        self.init(
            version: PlainLine.version(document.version), sha256: document.sha256,
            packages: Dictionary(document.packages.map { ($0.name, PlainLine.version($0.version)) }) { first, _ in first
            },
            zipped: document.zipped, unzipped: document.unzipped)
    }
}
