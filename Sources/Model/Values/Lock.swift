/// One wheel of a lock.
public struct LockedWheel: Sendable, Hashable, Codable {
    public let package: PackageName
    public let version: String
    public let fileName: String
    /// Where it was found; holds no credentials.
    public let url: String
    public let size: ByteCount?
    public let sha256: ContentDigest

    public init(
        package: PackageName, version: String, fileName: String, url: String, size: ByteCount?, sha256: ContentDigest
    ) {
        self.package = package
        self.version = version
        self.fileName = fileName
        self.url = url
        self.size = size
        self.sha256 = sha256
    }
}

/// The exact wheels that a layer resolves to for a target, sorted by package.
public struct Lock: Sendable, Hashable, Codable {
    public let target: Target
    public let wheels: [LockedWheel]

    public init(target: Target, wheels: [LockedWheel]) {
        self.target = target
        self.wheels = wheels.sorted { $0.package < $1.package }
    }

    public func wheel(of package: PackageName) -> LockedWheel? { wheels.first { $0.package == package } }

    /// The version that people call a layer by: that of the first of its requirements that the lock holds. A layer that
    /// requires nothing by name, since a file locks it, is called by the first digits of a digest of its packages.
    public func version(for requires: [Requirement]) -> String {
        if let version = requires.lazy.compactMap({ wheel(of: $0.package)?.version }).first { return version }
        return requires.isEmpty ? String(ContentDigest.of(requirementsText).hex.prefix(8)) : "0"
    }

    /// `name==version` lines, as `python/requirements.txt` and the registry hold them.
    public var requirementsText: String { wheels.map { "\($0.package)==\($0.version)\n" }.joined() }
}
