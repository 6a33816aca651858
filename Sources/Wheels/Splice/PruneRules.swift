import Model

/// A kind of file that most layers can do without, and some packages cannot: pruning is opt-in, layer by layer.
public enum PruneKind: String, Sendable, Hashable, Codable, CaseIterable, Comparable {
    /// Folders named `tests` or `test`, and `conftest.py`. scipy, scikit-learn and matplotlib refer to theirs.
    case tests
    /// `.pyi` files and `…-stubs` folders, which only type checkers read.
    case stubs
    /// What only a compiler reads: C and Cython headers, static libraries.
    case headers

    public static func < (left: PruneKind, right: PruneKind) -> Bool { left.rawValue < right.rawValue }

    /// The kind of the file at `path`: the first that fits.
    static func of(_ path: EntryPath) -> PruneKind? {
        let components = path.components
        guard let name = components.last else { return nil }
        func isIn(_ isMeant: (ArraySlice<UInt8>) -> Bool) -> Bool { components.dropLast().contains(where: isMeant) }

        if isIn({ $0.elementsEqual("tests".utf8) || $0.elementsEqual("test".utf8) }) { return .tests }
        if name.elementsEqual("conftest.py".utf8) { return .tests }
        if isIn({ $0.hasSuffix("-stubs") }) { return .stubs }
        guard let dot = name.lastIndex(of: UInt8(ascii: ".")) else { return nil }
        switch String(decoding: name[(dot + 1)...], as: UTF8.self) {
        case "pyi": return .stubs
        case "h", "hh", "hpp", "hxx", "cuh", "inl", "pxd", "pxi", "a": return .headers
        default: return nil
        }
    }
}

/// What is left out of a layer on purpose. Licences, SBOMs and the rest of dist-info always stay.
public struct PruneRules: Sendable, Hashable, Codable {
    public var kinds: Set<PruneKind>
    public var patterns: Set<PathPattern>
    /// Whether native libraries lose what only debuggers read.
    public var isSlim: Bool

    public init(kinds: Set<PruneKind> = [], patterns: Set<PathPattern> = [], isSlim: Bool = false) {
        self.isSlim = isSlim
        self.kinds = kinds
        self.patterns = patterns
    }
}

/// Files that were left out, or could be.
public struct PruneSaving: Sendable, Hashable, Codable {
    public var files = 0
    /// Bytes in the zip.
    public var zipped = ByteCount(0)
    /// Bytes on disk.
    public var unzipped = ByteCount(0)

    public init() {}

    /// What slimming took off a file.
    mutating func add(_ entry: ZipEntry, to slimmed: LayerEntry) {
        files += 1
        zipped += ByteCount(entry.compressedSize - slimmed.compressedSize)
        unzipped += ByteCount(entry.size - slimmed.size)
    }

    mutating func add(_ entry: ZipEntry) {
        files += 1
        zipped += ByteCount(entry.compressedSize)
        unzipped += ByteCount(entry.size)
    }
}
