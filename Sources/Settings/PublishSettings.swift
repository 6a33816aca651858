import Model

/// How and where layers are published, beside what `Desired` says of names and visibility.
public struct PublishSettings: Sendable, Hashable {
    public enum Provider: String, Sendable, CaseIterable {
        /// A folder that stands in for Lambda.
        case local
        case aws
    }

    public var provider: Provider
    /// Where the local provider keeps its regions; absolute, as all paths of the settings are.
    public var folder: String
    /// The account and the regions of each partition, in the partitions' order. With the local provider there need be
    /// no account.
    public var partitions: [PartitionSettings]
    /// The bucket through which large layers go; nil if none was named.
    public var staging: StagingSettings?
    /// Calls to Lambda for each account and region.
    public var rate: RequestRate
    public var deadlines: CallDeadlines

    public init(
        provider: Provider, folder: String, partitions: [PartitionSettings], staging: StagingSettings? = nil,
        rate: RequestRate = .standard, deadlines: CallDeadlines = .init()
    ) {
        self.provider = provider
        self.folder = folder
        self.partitions = partitions
        self.staging = staging
        self.rate = rate
        self.deadlines = deadlines
    }
}

/// A partition's account, and which of its regions are meant.
public struct PartitionSettings: Sendable, Hashable {
    public var partition: Partition
    /// Twelve digits.
    public var account: String?
    /// A profile of AWS's shared configuration files.
    public var profile: String?
    public var regions: RegionSelection

    public init(partition: Partition, account: String? = nil, profile: String? = nil, regions: RegionSelection) {
        self.partition = partition
        self.account = account
        self.profile = profile
        self.regions = regions
    }
}

/// Which regions of a partition are meant.
public enum RegionSelection: Sendable, Hashable {
    /// These, sorted.
    case these([Region])
    /// All that the account has enabled, without these (sorted).
    case all(except: [Region])

    /// The regions, as far as they can be told without asking the account: `all` means all that Strata knows.
    public func known(in partition: Partition) -> [Region] { resolved(enabled: Region.known, in: partition) }

    /// The regions when it is known which are enabled.
    public func resolved(enabled: [Region], in partition: Partition) -> [Region] {
        switch self {
        case .these(let regions): regions
        case .all(let except):
            enabled.filter { $0.partition == partition && !except.contains($0) }.sorted()
        }
    }
}

/// The bucket through which layers go that are too large for a direct upload.
public struct StagingSettings: Sendable, Hashable {
    /// The bucket's name, with `{account}` and `{region}` still in it.
    public var bucket: String
    /// Zips larger than this go through the bucket.
    public var above: ByteCount

    public init(bucket: String, above: ByteCount = ByteCount(50_000_000)) {
        self.bucket = bucket
        self.above = above
    }

    /// The name of the bucket in a region of an account.
    public func bucket(account: String, region: Region) -> String {
        bucket.replacing("{account}", with: account).replacing("{region}", with: region.code)
    }
}

/// A number of calls in a span of time.
public struct RequestRate: Sendable, Hashable {
    public var calls: Int
    public var per: Duration

    /// Lambda's control plane allows 15 a second; the rest is left to others in the account.
    public static let standard = RequestRate(calls: 5, per: .seconds(1))
    static let ceiling = RequestRate(calls: 15, per: .seconds(1))

    public init(calls: Int, per: Duration) {
        self.calls = calls
        self.per = per
    }

    public var perSecond: Double { Double(calls) / Double(per.components.seconds) }
}

extension RequestRate: LosslessStringConvertible {
    /// Reads `5/s`, `90/m` or `600/h`; at least one call.
    public init?(_ description: String) {
        let parts = description.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count <= 6, parts[0].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let calls = Int(parts[0]), calls > 0, ["s", "m", "h"].contains(parts[1]),
            let per = Duration(span: "1\(parts[1])")
        else { return nil }
        self.init(calls: calls, per: per)
    }

    public var description: String { "\(calls)/\(per.spanText.dropFirst())" }
}

/// How long a call may take before it is given up.
public struct CallDeadlines: Sendable, Hashable {
    public var connect: Duration
    /// The whole of one call.
    public var call: Duration
    /// A region that finished nothing for so long is left out of the rest of the run.
    public var noProgress: Duration

    public init(connect: Duration = .seconds(5), call: Duration = .seconds(60), noProgress: Duration = .seconds(60)) {
        self.connect = connect
        self.call = call
        self.noProgress = noProgress
    }
}
