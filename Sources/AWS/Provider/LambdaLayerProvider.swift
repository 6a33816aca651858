import HTTP
import Model
import Tasks

/// Publishes layers to AWS Lambda: the regions of any number of partitions, each with an account of its own.
public struct LambdaLayerProvider: LayerProvider {
    /// A partition: whose it is, and how it is reached.
    public struct Home: Sendable {
        public var partition: Partition
        /// The account that the credentials must be for; nil accepts any.
        public var account: String?
        public var client: AWSClient

        public init(partition: Partition, account: String? = nil, client: AWSClient) {
            self.partition = partition
            self.account = account
            self.client = client
        }
    }

    /// Buckets through which large layers go.
    public struct Staging: Sendable {
        /// The bucket's name for an account and a region. It should hold both, so that nobody can own it before us.
        public var bucket: @Sendable (_ account: String, _ region: Region) -> String
        /// Zips larger than this go through S3; those above `LayerLimits.directUpload` always do.
        public var above: ByteCount
        /// The region that a zip is uploaded to, and copied from: the nearest. Nil for the partition's main region.
        public var nearest: Region?

        public init(
            above: ByteCount, nearest: Region? = nil,
            bucket: @escaping @Sendable (_ account: String, _ region: Region) -> String
        ) {
            self.above = above
            self.nearest = nearest
            self.bucket = bucket
        }

        /// The regions as they are tried for the upload: the nearest, its neighbours by name, the partition's main
        /// region, the rest.
        package func order(_ regions: [Region]) -> [Region] {
            func rank(_ region: Region) -> Int {
                if region == nearest { return 0 }
                if let nearest, region.continent == nearest.continent { return 1 }
                return region.code == region.partition.mainRegion ? 2 : 3
            }
            return Set(regions).sorted { (rank($0), $0) < (rank($1), $1) }
        }
    }

    let homes: [Partition: Home]
    let staging: Staging?
    let accounts = OnceEach<Partition, String>()

    public init(homes: [Home], staging: Staging? = nil) {
        self.homes = Dictionary(homes.map { ($0.partition, $0) }) { $1 }
        self.staging = staging
    }

    /// Lambda gives no figure for its lists; a few seconds is what readers of other lists of AWS's wait.
    public var listLag: Duration { .seconds(5) }

    /// Asks STS, once for each partition.
    ///
    /// - Throws: `.configuration` if the partition has no account configured, `.credentials` if the credentials are
    ///   for another account than the one configured.
    public func account(in partition: Partition) async throws(StrataError) -> String {
        let home = try home(partition)
        guard let main = Region(partition.mainRegion) else {
            throw StrataError(.inconsistent, "the partition \(partition.rawValue) has no main region")
        }
        return try await accounts.value(partition) { () async throws(StrataError) in
            let found = try await SecurityTokens(client: home.client).callerAccount(in: main)
            guard home.account == nil || home.account == found else {
                throw StrataError(
                    .credentials,
                    "the credentials for \(partition.rawValue) are for account \(found), and \(home.account ?? "") is "
                        + "configured", hint: "set the partition's 'profile', or correct its 'account'")
            }
            return found
        }
    }

    /// The regions that the account may use, sorted: what `regions: all` means.
    public func enabledRegions(in partition: Partition) async throws(StrataError) -> [Region] {
        try await AccountRegions(client: home(partition).client).enabled(in: partition)
    }

    public func storage(in region: Region) async throws(StrataError) -> CodeStorage {
        try await lambda(region).accountSettings(in: region)
    }

    func home(_ partition: Partition) throws(StrataError) -> Home {
        guard let home = homes[partition] else {
            throw StrataError(
                .configuration, "no account is configured for the partition \(partition.rawValue)",
                hint: "add it to 'publish.partitions'")
        }
        return home
    }

    /// Lambda in a version's region.
    /// - Throws: `.refused` if the version is another account's than the one that the credentials are for.
    func lambda(of id: Release.ID) async throws(StrataError) -> Lambda {
        try check(id.name)
        let lambda = try await lambda(id.region)
        try id.requireAccount(lambda.account)
        return lambda
    }

    /// Lambda in a region, once it is known that the account is the right one.
    func lambda(_ region: Region) async throws(StrataError) -> Lambda {
        Lambda(client: try home(region.partition).client, account: try await account(in: region.partition))
    }
}

extension Region {
    /// The beginning of the code, as `eu`: what such regions of a partition have in common is where they are.
    fileprivate var continent: Substring { code.prefix { $0 != "-" } }
}
