/// The zip made for a build key, as its layer and target know it. Never changes once recorded.
public struct Build: Sendable, Hashable, Codable {
    /// 1, 2, 3… for the layer and target: the version that people, commands and files speak of.
    public let buildNumber: Int
    public let item: Item
    /// The version of the layer's first package: what people call the layer's version.
    public let version: String
    /// What was built; nil for an imported build, whose bytes we cannot reproduce.
    public let artifact: Artifact?
    /// The requirements that the maintainer asked for.
    public let requirements: [String]
    /// What is inside, sorted by name.
    public let packages: [Package]
    public let created: Timestamp

    /// A zip that anybody can make again from the lock and the options.
    public struct Artifact: Sendable, Hashable, Codable {
        public let key: BuildKey
        public let contents: ContentsKey
        public let recipe: Int
        public let sha256: ContentDigest
        public let zipped: ByteCount
        public let unzipped: ByteCount
        public let lock: Lock
        public let options: BuildOptions
        /// The errors and warnings of the checks when it was built; nil if they found nothing, or were not made yet.
        public let findings: [Finding]?
        /// What came of importing its modules when it was built; nil if that was not asked for.
        public let imports: ImportProof?

        public init(
            recipe: Int = Recipe.current, sha256: ContentDigest, zipped: ByteCount, unzipped: ByteCount, lock: Lock,
            options: BuildOptions, findings: [Finding]? = nil, imports: ImportProof? = nil
        ) {
            let options = options.narrowed(to: lock.target.architecture)
            contents = ContentsKey(lock, options)
            key = BuildKey(contents, recipe: recipe)
            self.recipe = recipe
            self.sha256 = sha256
            self.zipped = zipped
            self.unzipped = unzipped
            self.lock = lock
            self.options = options
            self.findings = findings?.isEmpty == false ? findings : nil
            self.imports = imports
        }
    }

    /// A package inside a build, with what its metadata says of itself. Strangers wrote these texts.
    public struct Package: Sendable, Hashable, Codable {
        public let name: PackageName
        public let version: String
        /// SPDX where that can be told, else what the author calls it; cut to 512 characters.
        public let license: String?
        public let summary: String?
        public let unzipped: ByteCount?
        /// Who wrote it, if it says so. Without addresses.
        public let author: String?
        /// Where it is at home, if it was asked for and says so: an address of the web.
        public let homepage: String?
        /// The packages of the build that it requires. Sorted; nil if there are none, or nobody looked.
        public let requires: [PackageName]?
        /// What its wheel says that is bundled in it. Sorted; nil if it says nothing.
        public let bundled: [BundledComponent]?

        public init(
            name: PackageName, version: String, license: String?, summary: String?, unzipped: ByteCount?,
            author: String? = nil, homepage: String? = nil, requires: [PackageName]? = nil,
            bundled: [BundledComponent]? = nil
        ) {
            self.name = name
            self.version = version
            self.license = license
            self.summary = summary
            self.unzipped = unzipped
            self.author = author
            self.homepage = homepage
            self.requires = requires?.isEmpty == false ? requires : nil
            self.bundled = bundled?.isEmpty == false ? bundled : nil
        }
    }

    /// `serial` is the name that files and ledgers have for it.
    private enum CodingKeys: String, CodingKey {
        case buildNumber = "serial", item, version, artifact, requirements, packages, created
    }

    public init(
        buildNumber: Int, item: Item, version: String, artifact: Artifact?, requirements: [String], packages: [Package],
        created: Timestamp
    ) {
        self.buildNumber = buildNumber
        self.item = item
        self.version = version
        self.artifact = artifact
        self.requirements = requirements
        self.packages = packages.sorted { $0.name < $1.name }
        self.created = created
    }
}
