/// One wheel of a lock.
public struct LockedWheel: Sendable, Hashable, Codable {
    public let package: PackageName
    public let version: String
    public let fileName: String
    /// Where it was found; of one that was built here, where its source distribution was. Holds no credentials.
    public let url: String
    public let size: ByteCount?
    public let sha256: ContentDigest
    /// How it was built here; nil if it comes from an index.
    public let built: SourceBuild?

    public init(
        package: PackageName, version: String, fileName: String, url: String, size: ByteCount?, sha256: ContentDigest,
        built: SourceBuild? = nil
    ) {
        self.built = built
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
    /// requires nothing by name, since a file locks it, is called by the first digits of a digest of its packages; one that
    /// holds files alone by the first version that the maintainer gives them, or else by a digest of them.
    public func version(for requires: [Requirement], files: [FileSource] = []) -> String {
        if let version = requires.lazy.compactMap({ wheel(of: $0.package)?.version }).first { return version }
        guard requires.isEmpty else { return "0" }
        guard wheels.isEmpty else { return String(ContentDigest.of(requirementsText).hex.prefix(8)) }
        if let version = files.lazy.compactMap(\.version).first { return version }
        let digests = files.compactMap { $0.pin(on: target.architecture)?.sha256.hex }
        return String(ContentDigest.of(digests.joined(separator: "\n")).hex.prefix(8))
    }

    /// `name==version` lines, as `python/requirements.txt` and the registry hold them.
    public var requirementsText: String { wheels.map { "\($0.package)==\($0.version)\n" }.joined() }
}
