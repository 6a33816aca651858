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

/// A layer's options that change its bytes, or whether it can be built at all.
public struct BuildOptions: Sendable, Hashable {
    /// Sorted, each once.
    public let prune: [Pruning]
    /// Glob patterns, relative to the layer's `python/`, of files to leave out. Sorted, each once.
    public let exclude: [String]
    /// Names of top-level files or folders to drop where two wheels disagree on them. Sorted, each once.
    public let dropConflicts: [String]
    /// Whose file is taken where two wheels disagree on it. Sorted by pattern, each once.
    public let prefer: [Preference]
    /// Modules of the standard library that the layer may hide. Sorted, each once.
    public let allowShadowing: [String]
    /// Wheels whose RECORD may be wrong. Sorted, each once.
    public let allowRecord: [PinnedPackage]
    /// Packages that the runtime brings: left out, with what only they need. Sorted, each once.
    public let provided: [PackageName]
    /// Layers that it is used with: what they hold is left out. Sorted, each once.
    public let with: [LayerName]
    /// Whether native libraries lose what only debuggers read.
    public let slim: Bool

    public init(
        prune: [Pruning] = [], exclude: [String] = [], dropConflicts: [String] = [], prefer: [Preference] = [],
        allowShadowing: [String] = [], allowRecord: [PinnedPackage] = [], provided: [PackageName] = [],
        with: [LayerName] = [], slim: Bool = false
    ) {
        self.slim = slim
        self.provided = Set(provided).sorted()
        self.with = Set(with).sorted()
        self.prune = Set(prune).sorted()
        self.exclude = Set(exclude).sorted()
        self.dropConflicts = Set(dropConflicts).sorted()
        self.prefer = Set(prefer).sorted()
        self.allowShadowing = Set(allowShadowing).sorted()
        self.allowRecord = Set(allowRecord).sorted()
    }

    /// One package's side in a conflict about files.
    public struct Preference: Sendable, Hashable, Comparable, Codable {
        /// As in `exclude`.
        public let pattern: String
        public let package: PackageName

        public init(_ pattern: String, _ package: PackageName) {
            self.pattern = pattern
            self.package = package
        }

        public static func < (left: Preference, right: Preference) -> Bool {
            (left.pattern, left.package) < (right.pattern, right.package)
        }
    }
}

/// One version of a package: `docopt==0.6.2`.
public struct PinnedPackage: Sendable, Hashable, Comparable {
    public let package: PackageName
    public let version: String

    public init(_ package: PackageName, _ version: String) {
        self.package = package
        self.version = version
    }

    public static func < (left: PinnedPackage, right: PinnedPackage) -> Bool {
        (left.package, left.version) < (right.package, right.version)
    }
}

extension PinnedPackage: LosslessStringConvertible, Codable {
    /// - Returns: nil unless the text is a package's name, `==` and a version.
    public init?(_ description: String) {
        guard let sign = description.firstRange(of: "=="),
            let package = PackageName(description[..<sign.lowerBound].trimmingSpaces)
        else { return nil }
        let version = description[sign.upperBound...].trimmingSpaces
        guard PackageVersion(version) != nil else { return nil }
        self.init(package, version)
    }
    public var description: String { "\(package)==\(version)" }
    public init(from decoder: any Decoder) throws { self = try decoder.decodeLossless() }
    public func encode(to encoder: any Encoder) throws { try encoder.encodeDescription(of: self) }
}

extension BuildOptions: Codable {
    private enum CodingKeys: String, CodingKey {
        case prune, exclude, dropConflicts, prefer, allowShadowing, allowRecord, provided, with, slim
    }

    /// What came later may be absent.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            prune: try container.decode([Pruning].self, forKey: .prune),
            exclude: try container.decode([String].self, forKey: .exclude),
            dropConflicts: try container.decode([String].self, forKey: .dropConflicts),
            prefer: try container.decodeIfPresent([Preference].self, forKey: .prefer) ?? [],
            allowShadowing: try container.decodeIfPresent([String].self, forKey: .allowShadowing) ?? [],
            allowRecord: try container.decodeIfPresent([PinnedPackage].self, forKey: .allowRecord) ?? [],
            provided: try container.decodeIfPresent([PackageName].self, forKey: .provided) ?? [],
            with: try container.decodeIfPresent([LayerName].self, forKey: .with) ?? [],
            slim: try container.decodeIfPresent(Bool.self, forKey: .slim) ?? false)
    }

    /// What came later is left out if it is empty: recorded builds stay the same, byte for byte.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(prune, forKey: .prune)
        try container.encode(exclude, forKey: .exclude)
        try container.encode(dropConflicts, forKey: .dropConflicts)
        if !prefer.isEmpty { try container.encode(prefer, forKey: .prefer) }
        if !allowShadowing.isEmpty { try container.encode(allowShadowing, forKey: .allowShadowing) }
        if !allowRecord.isEmpty { try container.encode(allowRecord, forKey: .allowRecord) }
        if !provided.isEmpty { try container.encode(provided, forKey: .provided) }
        if !with.isEmpty { try container.encode(with, forKey: .with) }
        if slim { try container.encode(slim, forKey: .slim) }
    }
}
