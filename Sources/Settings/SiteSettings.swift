import Model

/// What the site has beyond its pages, how large it may become, and where it is put.
public struct SiteSettings: Sendable, Hashable {
    /// Whether `/api/v2/` is written for clients of Klayers: a file for each layer, target and region.
    public var klayersAPI: Bool
    /// Above this a render warns. GitHub Pages takes 1 GB.
    public var budget: ByteCount

    /// Layers that the first page of a large registry lists, in this order.
    public var featured: [LayerName]

    /// Whether the site's branch of the registry's repository has it.
    public var isOnBranch: Bool
    /// Whether that branch tells GitLab to serve it.
    public var isForGitLab: Bool
    /// Where the site is put besides, or instead.
    public var place: SitePlaceSettings?

    public init(
        klayersAPI: Bool = false, budget: ByteCount = ByteCount(900_000_000), featured: [LayerName] = [],
        isOnBranch: Bool = true, isForGitLab: Bool = false, place: SitePlaceSettings? = nil
    ) {
        self.klayersAPI = klayersAPI
        self.budget = budget
        self.featured = featured
        self.isOnBranch = isOnBranch
        self.isForGitLab = isForGitLab
        self.place = place
    }
}

/// A place for the site other than a branch.
public enum SitePlaceSettings: Sendable, Hashable {
    /// A folder, as a web server has it.
    case folder(String)
    case bucket(SiteBucketSettings)

    /// As it is written in the configuration, and as people are told of it.
    public var text: String {
        switch self {
        case .folder(let path): path
        case .bucket(let bucket): "s3://\(bucket.name)" + (bucket.prefix.isEmpty ? "" : "/\(bucket.prefix)")
        }
    }
}

/// A bucket of S3, and who passes its objects on.
public struct SiteBucketSettings: Sendable, Hashable {
    public var name: String
    /// What keys begin with, without a slash at either end; may be empty.
    public var prefix: String
    public var region: Region
    /// The id of a distribution of CloudFront.
    public var cloudfront: String?
    /// What readers are told with each file.
    public var cacheControl: String

    /// A minute: long enough for one visit, and nobody has to be told to forget it.
    public static let usualCacheControl = "public, max-age=60"

    public init(
        name: String, prefix: String = "", region: Region, cloudfront: String? = nil,
        cacheControl: String = usualCacheControl
    ) {
        self.name = name
        self.prefix = prefix
        self.region = region
        self.cloudfront = cloudfront
        self.cacheControl = cacheControl
    }
}
