import Files
import Model

/// A configuration that was read and found right: what is wanted, and with what plumbing.
///
/// ```swift
/// let settings = try ProjectSettings.load(path: "strata.yaml")
/// for warning in settings.warnings { print(warning) }
/// ```
public struct ProjectSettings: Sendable {
    public var desired: Desired
    public var publish: PublishSettings
    public var ledger: LedgerSettings
    /// A run fills a ledger that is empty or older than the registry from it, before anything else.
    public var rebuildsLedger: Bool
    public var git: GitSettings
    public var index: IndexSettings
    public var cache: CacheSettings
    public var parallel: ParallelSettings
    public var site: SiteSettings
    public var secrets: SecretSettings
    /// Interpreters of this machine by the targets whose layers they import; others are looked for.
    public var interpreters: [Target: String]
    /// Where layers are imported in Lambda; nil if nothing was said.
    public var probe: ProbeSettings?
    public var notify: NotifySettings
    /// What is worth telling but stops nothing, sorted by place.
    public var warnings: [StrataError]

    /// Reads a configuration, and the package lists and locks that it names. Blocks for as long as reading a few small
    /// files takes.
    ///
    /// - Parameter path: the `strata.yaml`; paths inside it begin at its folder.
    /// - Throws: `SettingsProblems` with all mistakes at once, or `StrataError` with code `configuration` if the file
    ///   itself cannot be read.
    public static func load(path: String) throws -> ProjectSettings {
        let bytes: [UInt8]
        do {
            bytes = try BoundedFile.read(path, limit: SourceFile.limit)
        } catch {
            // Without a configuration there is no other mistake to find.
            let isMissing = error.code == .notFound
            throw StrataError(
                .configuration, error.message,
                hint: isMissing ? "'strata init' writes a configuration; --config names another" : error.hint,
                cause: error)
        }
        return try read(bytes, as: path)
    }

    /// Reads a configuration from bytes as if they were a file: what `load` does with what it finds there.
    ///
    /// - Throws: as `load`.
    public static func read(_ bytes: [UInt8], as path: String) throws -> ProjectSettings {
        let folder = SourceFile.folder(of: path)
        return try ProjectSettings(yaml: bytes, file: path, folder: folder) { list throws(StrataError) in
            try BoundedFile.read(list, limit: SourceFile.limit(of: list), following: .inside(folder))
        } digest: { file throws(StrataError) in
            try BoundedFile.digest(file, limit: FileSource.sizeLimit, following: .inside(folder))
        }
    }

    /// Reads a configuration from bytes.
    ///
    /// - Parameters:
    ///   - file: what problems name as the file.
    ///   - folder: the folder at which relative paths begin, absolute.
    ///   - readList: the bytes of a package list or a lock, by its resolved path.
    ///   - digest: of a file that a layer takes, by its resolved path.
    /// - Throws: `SettingsProblems`.
    public init(
        yaml bytes: [UInt8], file: String, folder: String, readList: (String) throws(StrataError) -> [UInt8],
        digest: (String) throws(StrataError) -> ContentDigest = SourceFile.isNowhere
    ) throws(SettingsProblems) {
        let document = try Document(bytes, file: file)
        let problems = Problems()
        let reading = Value.Reading(file: file, problems: problems, blanked: document.blanked)
        let decoded = withoutActuallyEscaping(readList) { readList in
            withoutActuallyEscaping(digest) { digest in
                SettingsDecoder(problems: problems, file: file, folder: folder, readList: readList, digest: digest)
                    .decode(Value(node: document.root, reading: reading))
            }
        }
        try problems.throwIfAny()
        guard var settings = decoded else {
            throw SettingsProblems([StrataError(.inconsistent, "\(file) was refused without a reason: this is a bug")])
        }
        settings.warnings = Problems.sorted(problems.warnings)
        self = settings
    }

    init(
        desired: Desired, publish: PublishSettings, ledger: LedgerSettings, rebuildsLedger: Bool, git: GitSettings,
        index: IndexSettings, cache: CacheSettings, parallel: ParallelSettings, site: SiteSettings,
        secrets: SecretSettings, interpreters: [Target: String], probe: ProbeSettings?,
        notify: NotifySettings
    ) {
        self.desired = desired
        self.publish = publish
        self.ledger = ledger
        self.rebuildsLedger = rebuildsLedger
        self.git = git
        self.index = index
        self.cache = cache
        self.parallel = parallel
        self.site = site
        self.secrets = secrets
        self.interpreters = interpreters
        self.probe = probe
        self.notify = notify
        warnings = []
    }
}

/// Where packages come from. Empty means uv's own defaults: the public index, and the environment.
public struct IndexSettings: Sendable, Hashable {
    /// Instead of the default index.
    public var url: String?
    /// Asked before the default index; the first that has a package wins.
    public var extra: [String]
    /// Folders or pages of wheels.
    public var findLinks: [String]
    /// Only `findLinks` are asked.
    public var noIndex: Bool

    public init(url: String? = nil, extra: [String] = [], findLinks: [String] = [], noIndex: Bool = false) {
        self.url = url
        self.extra = extra
        self.findLinks = findLinks
        self.noIndex = noIndex
    }
}

/// The functions in which layers are imported before they are published.
public struct ProbeSettings: Sendable, Hashable {
    public var region: Region
    /// The ARN of the role that they have.
    public var role: String

    public init(region: Region, role: String) {
        self.region = region
        self.role = role
    }

    /// `arn:aws:iam::111122223333:role/strata-probe`: partition and account.
    var home: (partition: Partition, account: String)? {
        let parts = role.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 6, parts[0] == "arn", let partition = Partition(rawValue: parts[1]), parts[2] == "iam",
            parts[3].isEmpty, parts[4].utf8.count == 12, parts[4].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            parts[5].hasPrefix("role/"), parts[5].utf8.count > 5, role.utf8.count <= 600,
            role.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return nil }
        return (partition, parts[4])
    }

    /// The role's account, which is the functions' too.
    public var account: String { home?.account ?? "" }
}

/// The wheel cache.
public struct CacheSettings: Sendable, Hashable {
    /// nil for the user's cache folder.
    public var folder: String?
    /// Above this the least recently used wheels are dropped.
    public var size: ByteCount

    public init(folder: String? = nil, size: ByteCount = ByteCount(10_000_000_000)) {
        self.folder = folder
        self.size = size
    }
}

/// How much is done at once. nil leaves it to the machine's cores.
public struct ParallelSettings: Sendable, Hashable {
    public var resolve: Int?
    public var build: Int?

    public init(resolve: Int? = nil, build: Int? = nil) {
        self.resolve = resolve
        self.build = build
    }
}
