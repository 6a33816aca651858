import Model

/// All that goes into a layer's zip. Equal recipes give equal bytes, whatever the order of the wheels, the machine,
/// the umask, the locale and the time zone.
public struct LayerRecipe: Sendable {
    /// Part of the build key: raised whenever the same recipe begins to give other bytes.
    public static let version = 1

    /// Each of another package; verified before, see ``WheelSource/verify(caps:)``.
    public var wheels: [WheelSource]
    /// The text of `python/requirements.txt`.
    public var requirements: String
    public var prune: PruneRules
    /// Files that are dropped if wheels disagree about them; all other disagreements are refused.
    public var dropOnConflict: Set<PathPattern>
    /// Whose file is taken if wheels disagree about it, before any is dropped; the first that fits.
    public var prefer: [LayerPreference]
    /// Programs of the wheels that are also put beside `python/`, in `bin/`.
    public var programs: [String] = []
    /// What comes from elsewhere. Equal files are merged, as wheels' are; different ones of one path are refused.
    public var additions: [LayerAddition] = []
    /// Judges the layer before anything is written: throws, or returns what it found.
    public var inspect: @Sendable (LayerListing, LayerSources) throws -> [Finding] = { _, _ in [] }
    /// Makes more files from those of the layer; nil if it has none.
    public var derivation: LayerDerivation?
    /// What a wheel may hold.
    public var caps = WheelCaps()

    public init(
        wheels: [WheelSource], requirements: String, prune: PruneRules = PruneRules(),
        dropOnConflict: Set<PathPattern> = [], prefer: [LayerPreference] = []
    ) {
        self.wheels = wheels
        self.requirements = requirements
        self.prune = prune
        self.dropOnConflict = dropOnConflict
        self.prefer = prefer
    }

    /// The wheels in the order that decides which of two equal files is copied.
    /// - Throws: `.badWheel` if two are of one package.
    package func orderedWheels() throws -> [WheelSource] {
        var byPackage: [String: WheelSource] = [:]
        for wheel in wheels {
            if let other = byPackage.updateValue(wheel, forKey: wheel.fileName.normalizedName) {
                let names = [wheel.fileName.text, other.fileName.text].sorted {
                    $0.utf8.lexicographicallyPrecedes($1.utf8)
                }
                throw StrataError.badWheel(names[0], nil, "is for the same package as \(names[1])")
            }
        }
        return byPackage.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map(\.value)
    }
}

/// A layer's zip, as it was written.
public struct SplicedLayer: Sendable, Hashable, Codable {
    /// What one package takes of a layer.
    public struct Package: Sendable, Hashable, Codable {
        /// PEP 503's form.
        public var name: String
        public var version: String
        /// Bytes in the zip, without headers.
        public var zipped: ByteCount
        /// Bytes on disk.
        public var unzipped: ByteCount
    }

    /// Of the zip file.
    public var sha256: ContentDigest
    /// Of the zip file.
    public var zipped: ByteCount
    /// All files together, as Lambda counts them.
    public var unzipped: ByteCount
    public var entries: Int
    /// Sorted by name. A file that several bring counts for the first.
    public var packages: [Package]
    /// What the rules left out.
    public var pruned: PruneSaving
    /// What each kind would leave out, had it been asked for; a file counts for one kind only.
    public var prunable: [PruneKind: PruneSaving]
    /// Files that were dropped since wheels disagree about them, sorted.
    public var droppedConflicts: [String]
    /// What the inspection found.
    public var findings: [Finding]
}
