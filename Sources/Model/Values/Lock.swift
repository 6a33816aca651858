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

    /// `name==version` lines, as `python/requirements.txt` and the registry hold them.
    public var requirementsText: String { wheels.map { "\($0.package)==\($0.version)\n" }.joined() }
}

/// What a maintainer may drop from a layer.
public enum Pruning: String, Sendable, Codable, CaseIterable, Comparable {
    /// Folders named `tests` or `test`.
    case tests
    /// Type stubs: `*.pyi`.
    case stubs
    /// C and C++ headers and Cython sources.
    case headers

    public static func < (left: Pruning, right: Pruning) -> Bool { left.rawValue < right.rawValue }
}

/// A layer's options that change its bytes.
public struct BuildOptions: Sendable, Hashable, Codable {
    /// Sorted, each once.
    public let prune: [Pruning]
    /// Glob patterns, relative to the layer's `python/`, of files to leave out. Sorted, each once.
    public let exclude: [String]
    /// Names of top-level files or folders to drop where two wheels disagree on them. Sorted, each once.
    public let dropConflicts: [String]

    public init(prune: [Pruning] = [], exclude: [String] = [], dropConflicts: [String] = []) {
        self.prune = Set(prune).sorted()
        self.exclude = Set(exclude).sorted()
        self.dropConflicts = Set(dropConflicts).sorted()
    }
}
