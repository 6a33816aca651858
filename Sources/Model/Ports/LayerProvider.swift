/// What publishes layers: Lambda, or a folder that stands in for it.
///
/// Every method is one region's and fails alone. Errors carry the codes that callers act on: `conflict` for a
/// duplicate statement, `notFound`, `throttled`, `timedOut` and `connection` (the effect is unknown), `unsupported`
/// for a region without the runtime or architecture, `tooLarge`, `invalidRequest`, `quota`.
public protocol LayerProvider: Sendable {
    /// The account that layers of a partition are published under, as the provider itself found it.
    func account(in partition: Partition) async throws -> String

    /// Makes a layer ready for publishing in several regions: encodes and hashes it once.
    /// - Parameter package: the zip must not change while the preparation is in use.
    func prepare(_ package: LayerPackage, for regions: [Region]) async throws -> any PreparedLayer

    /// Publishes a new version. Not idempotent: a call whose answer was lost may have taken effect.
    func publish(_ layer: any PreparedLayer, as name: String, in region: Region) async throws -> PublishedVersion
    /// A version with its digest, or nil if it does not exist (any more).
    func version(_ id: Release.ID) async throws -> PublishedVersion?
    /// How long after a publication `versions(of:in:)` may not show it yet.
    var listLag: Duration { get }
    /// All versions of a name, newest first, without digests: Lambda's list does not tell them.
    func versions(of name: String, in region: Region) async throws -> [VersionSummary]
    /// Deletes a version; one that is already gone is no error.
    func delete(_ id: Release.ID) async throws

    /// Adds a statement. - Throws: `conflict` if a statement of that id exists.
    func grant(_ grant: Visibility.Grant, on id: Release.ID) async throws
    /// Removes a statement; one that is already gone is no error.
    func revoke(statement: String, on id: Release.ID) async throws
    /// The statements of a version's policy; empty if it has none.
    func policy(of id: Release.ID) async throws -> [Visibility.Grant]

    /// How much code the account stores in a region, and how much it may.
    func storage(in region: Region) async throws -> CodeStorage
}

/// A zip on disk with what Lambda wants to know of it.
public struct LayerPackage: Sendable, Hashable {
    public let path: String
    public let sha256: ContentDigest
    public let size: ByteCount
    public let unzipped: ByteCount
    /// `package==version`, the build number, the digest's beginning and the publication's id: what makes adoption possible.
    public let description: String
    public let license: String?
    public let target: Target

    public init(
        path: String, sha256: ContentDigest, size: ByteCount, unzipped: ByteCount, description: String,
        license: String?, target: Target
    ) {
        self.path = path
        self.sha256 = sha256
        self.size = size
        self.unzipped = unzipped
        self.description = description
        self.license = license
        self.target = target
    }
}

/// What a provider made of a `LayerPackage`; only the provider that made it can publish it.
public protocol PreparedLayer: Sendable {
    var package: LayerPackage { get }
}

public struct PublishedVersion: Sendable, Hashable {
    public let id: Release.ID
    public let arn: String
    public let sha256: ContentDigest
    public let size: ByteCount
    public let description: String
    public let runtimes: [String]
    public let architectures: [Architecture]

    public init(
        id: Release.ID, arn: String, sha256: ContentDigest, size: ByteCount, description: String, runtimes: [String],
        architectures: [Architecture]
    ) {
        self.id = id
        self.arn = arn
        self.sha256 = sha256
        self.size = size
        self.description = description
        self.runtimes = runtimes
        self.architectures = architectures
    }
}

public struct VersionSummary: Sendable, Hashable {
    public let id: Release.ID
    public let arn: String
    public let description: String

    public init(id: Release.ID, arn: String, description: String) {
        self.id = id
        self.arn = arn
        self.description = description
    }
}

public struct CodeStorage: Sendable, Hashable {
    public let used: ByteCount
    public let limit: ByteCount

    public init(used: ByteCount, limit: ByteCount) {
        self.used = used
        self.limit = limit
    }
}

/// Lambda's limits on layers.
/// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html and API_PublishLayerVersion
public enum LayerLimits {
    /// All layers of a function and its code, unzipped.
    public static let unzipped = ByteCount(262_144_000)
    /// A zip that is sent in the request; a larger one goes through S3.
    public static let directUpload = ByteCount(52_428_800)
    public static let nameLength = 64
    public static let descriptionLength = 256
    public static let licenseLength = 512
}
