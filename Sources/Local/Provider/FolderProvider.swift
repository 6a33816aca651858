import Files
import Model

/// A folder that stands in for Lambda: layers in every region, with Lambda's rules, and no account needed.
///
/// ```
/// blobs/{sha256}.zip                        the bytes, once for all regions, read-only
/// regions/{region}/{name}/last              the highest version number that was ever given
/// regions/{region}/{name}/{number}/layer.zip     a hard link to the blob
/// regions/{region}/{name}/{number}/version.json  what the version says of itself
/// regions/{region}/{name}/{number}/policy.json   who may read it
/// ```
///
/// A version appears by one rename, after its number was taken for good, so a process that dies leaves no half of one.
/// Several processes may publish at once: each change locks its region. Nothing is forced to the disk; what a power
/// failure destroys can be published again.
public struct FolderProvider: LayerProvider {
    /// What Lambda would decide for an account or a region.
    public struct Rules: Sendable, Hashable {
        /// The account that ARNs name.
        public var account: String
        /// How much code may be stored in a region.
        public var storage: ByteCount
        /// What a layer may hold, unzipped.
        public var unzipped: ByteCount
        /// Architectures that a region does not offer.
        public var lacking: [Region: Set<Architecture>]

        public init(
            account: String = "000000000000", storage: ByteCount = ByteCount(75 << 30),
            unzipped: ByteCount = LayerLimits.unzipped, lacking: [Region: Set<Architecture>] = [:]
        ) {
            self.account = account
            self.storage = storage
            self.unzipped = unzipped
            self.lacking = lacking
        }
    }

    /// The folder.
    public let root: String
    public let rules: Rules
    /// What is read back is what the files hold, whatever was recorded of them.
    let digests = KnownDigests()

    /// - Parameter root: made when the first layer is published.
    public init(root: String, rules: Rules = Rules()) {
        self.root = root
        self.rules = rules
    }

    public func account(in partition: Partition) async throws -> String { rules.account }
    public var listLag: Duration { .zero }

    /// - Throws: `refused` for another account's version, `invalidRequest` for what is no layer's name.
    func check(_ id: Release.ID) throws(StrataError) {
        try LayerFolder.check(name: id.name)
        try id.requireAccount(rules.account)
    }

    var blobs: BlobFolder { BlobFolder(path: "\(root)/blobs", digests: digests) }

    func folder(of region: Region) -> String { "\(root)/regions/\(region)" }
    func folder(of name: String, in region: Region) -> String { "\(folder(of: region))/\(name)" }
    func folder(of id: Release.ID) -> String { "\(folder(of: id.name, in: id.region))/\(id.number)" }

    func arn(of id: Release.ID) -> String {
        "arn:\(id.region.partition.rawValue):lambda:\(id.region):\(rules.account):layer:\(id.name):\(id.number)"
    }

    /// Changes a region, alone.
    func changing<Value: Sendable>(_ region: Region, _ body: @escaping @Sendable (RegionFolder) throws -> Value)
        async throws -> Value
    {
        let folder = RegionFolder(path: folder(of: region))
        return try await blocking {
            try Folder.make(folder.path)
            return try LockFile.withLock(on: folder.path) { try body(folder) }
        }
    }
}
