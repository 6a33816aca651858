/// What to resolve for an item.
public struct ResolveRequest: Sendable, Hashable, Codable {
    public let item: Item
    /// Of a lock: the packages that must be in it.
    public let requires: [Requirement]
    /// What is built instead of resolving anything.
    public let lock: ProjectLock?
    /// Packages that the runtime brings.
    public let provided: [PackageName]
    /// Packages that may be built from their source distributions.
    public let sdists: [PackageName]
    /// What is asked for the layers that it is used with.
    public var bases: [ResolveRequest]
    /// Wheels that were built here for it.
    public var built: [LockedWheel] = []
    /// What it comes to, if that is known without resolving anything.
    public var settled: ResolveOutcome?

    public init(
        item: Item, requires: [Requirement], lock: ProjectLock? = nil, provided: [PackageName] = [],
        sdists: [PackageName] = [], bases: [ResolveRequest] = []
    ) {
        self.sdists = sdists
        self.provided = provided
        self.bases = bases
        self.item = item
        self.requires = requires
        self.lock = lock
    }

    /// Whether nothing is required, by name or by a lock: the layer is files alone.
    public var holdsNoPackages: Bool { requires.isEmpty && lock == nil }
}

/// What to build for an item.
public struct BuildOrder: Sendable, Hashable, Codable {
    public let item: Item
    public let buildNumber: Int
    public let version: String
    public let lock: Lock
    public let options: BuildOptions
    public let requirements: [String]
    public let checks: Checks
    /// What the layers hold that it is used with; nil if there are none, or if they are not known any more.
    public let held: [LockedWheel]?
    /// True if the ledger does not know the build yet.
    public let isNew: Bool

    /// `serial` is the name that files and ledgers have for it.
    private enum CodingKeys: String, CodingKey {
        case item, buildNumber = "serial", version, lock, options, requirements, checks, held, isNew
    }

    public init(
        item: Item, buildNumber: Int, version: String, lock: Lock, options: BuildOptions, requirements: [String],
        checks: Checks = Checks(), held: [LockedWheel]? = nil, isNew: Bool
    ) {
        self.held = held
        self.item = item
        self.buildNumber = buildNumber
        self.version = version
        self.lock = lock
        self.options = options
        self.requirements = requirements
        self.checks = checks
        self.isNew = isNew
    }
}

/// A layer as a container image, on disk.
public struct BuiltImage: Sendable, Hashable, Codable {
    public let path: String
    public let sha256: ContentDigest
    public let size: ByteCount

    public init(path: String, sha256: ContentDigest, size: ByteCount) {
        self.path = path
        self.sha256 = sha256
        self.size = size
    }
}

/// A zip on disk, inspected.
public struct BuiltLayer: Sendable, Hashable, Codable {
    public let path: String
    public let sha256: ContentDigest
    public let zipped: ByteCount
    public let unzipped: ByteCount
    public let packages: [Build.Package]
    /// What the checks say; nil if they were not made.
    public let findings: [Finding]?
    /// What came of importing its modules; nil if that was not asked for.
    public let imports: ImportProof?
    /// The same as an image, where that was asked for.
    public let image: BuiltImage?

    public init(
        path: String, sha256: ContentDigest, zipped: ByteCount, unzipped: ByteCount, packages: [Build.Package],
        findings: [Finding]? = nil, imports: ImportProof? = nil, image: BuiltImage? = nil
    ) {
        self.image = image
        self.path = path
        self.sha256 = sha256
        self.zipped = zipped
        self.unzipped = unzipped
        self.packages = packages
        self.findings = findings
        self.imports = imports
    }
}
