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
    /// Programs of the packages that are also put into `/opt/bin`. Sorted, each once.
    public let bin: [String]
    /// What comes from elsewhere than from packages, in the order written.
    public internal(set) var files: [FileSource]
    /// Packages that the runtime brings: left out, with what only they need. Sorted, each once.
    public let provided: [PackageName]
    /// Layers that it is used with: what they hold is left out. Sorted, each once.
    public let with: [LayerName]
    /// Whether native libraries lose what only debuggers read.
    public let slim: Bool
    /// Whether the layer gets its modules' bytecode too.
    public var bytecode: Bytecode?

    public init(
        prune: [Pruning] = [], exclude: [String] = [], dropConflicts: [String] = [], prefer: [Preference] = [],
        allowShadowing: [String] = [], allowRecord: [PinnedPackage] = [], bin: [String] = [], files: [FileSource] = [],
        provided: [PackageName] = [], with: [LayerName] = [], slim: Bool = false, bytecode: Bytecode? = nil
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
        self.bin = Set(bin).sorted()
        self.files = files
        self.bytecode = bytecode
    }

    /// Which modules are compiled, and by what.
    public struct Bytecode: Sendable, Hashable, Codable {
        public enum Scope: String, Sendable, Codable, CaseIterable {
            /// Those that importing the packages that were asked for may run, as far as their sources tell.
            case reached
            case all
        }
        public let scope: Scope
        /// The whole version of the compiler, on which its bytes depend: `3.12.1`. Empty in what is asked for: it is then
        /// the one that is found for each target.
        public let python: String
        /// The packages from which modules are reached, sorted; nil for all modules.
        public let packages: [PackageName]?
        /// By which rules imports are followed; nil for all modules. Raised when the same sources would reach others.
        public let rules: Int?

        public static let currentRules = 1

        /// - Parameter packages: those that were asked for.
        public init(_ scope: Scope, python: String = "", packages: [PackageName] = []) {
            self.scope = scope
            self.python = python
            let isFollowed = scope == .reached && !packages.isEmpty
            self.packages = isFollowed ? Set(packages).sorted() : nil
            rules = isFollowed ? Self.currentRules : nil
        }

        /// The line of a contents key.
        var line: String {
            let names = packages.map { " by rules \(rules ?? 0) from \($0.map(\.text).joined(separator: " "))" } ?? ""
            return "bytecode \(scope.rawValue) \(python)\(names)"
        }
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
        case prune, exclude, dropConflicts, prefer, allowShadowing, allowRecord, bin, files, provided, with, slim
        case bytecode
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
            bin: try container.decodeIfPresent([String].self, forKey: .bin) ?? [],
            files: try container.decodeIfPresent([FileSource].self, forKey: .files) ?? [],
            provided: try container.decodeIfPresent([PackageName].self, forKey: .provided) ?? [],
            with: try container.decodeIfPresent([LayerName].self, forKey: .with) ?? [],
            slim: try container.decodeIfPresent(Bool.self, forKey: .slim) ?? false,
            bytecode: try container.decodeIfPresent(Bytecode.self, forKey: .bytecode))
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
        if !bin.isEmpty { try container.encode(bin, forKey: .bin) }
        if !files.isEmpty { try container.encode(files, forKey: .files) }
        if !provided.isEmpty { try container.encode(provided, forKey: .provided) }
        if !with.isEmpty { try container.encode(with, forKey: .with) }
        if slim { try container.encode(slim, forKey: .slim) }
        try container.encodeIfPresent(bytecode, forKey: .bytecode)
    }
}
