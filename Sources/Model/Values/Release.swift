/// A build published in a region under a name and Lambda's version number.
public struct Release: Sendable, Hashable, Codable {
    /// What Lambda calls it.
    public struct ID: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
        public let region: Region
        /// Lambda's layer name, as `acme-p312-requests`.
        public let name: String
        /// Lambda's version number: grows, and is never used twice.
        public let number: Int

        public init(region: Region, name: String, number: Int) {
            self.region = region
            self.name = name
            self.number = number
        }

        public var description: String { "\(region):\(name):\(number)" }
        public static func < (left: ID, right: ID) -> Bool {
            (left.region, left.name, left.number) < (right.region, right.name, right.number)
        }
    }

    public enum Status: String, Sendable, Codable, CaseIterable {
        /// Verified wrong: never listed, never made public.
        case quarantined
        case latest
        case deprecated
        case yanked
        case deleted

        public var isListed: Bool { self != .quarantined }
    }

    public let id: ID
    public let item: Item
    /// The build number of the build whose bytes these are.
    public let buildNumber: Int
    public let arn: String
    /// True for a layer that something else published: we never delete it.
    public let isExternal: Bool
    public var status: Status
    /// When the run that published it began; the same in all regions of a run.
    public let published: Timestamp
    /// When it may be deleted; set with `deprecated`.
    public var expires: Timestamp?
    /// When readers could first see in the published files that it will end. Nothing is deleted sooner than the promised
    /// time after that.
    public var announced: Timestamp?
    /// Why it was yanked or quarantined.
    public var reason: String?
    /// Never expires.
    public var isPinned: Bool
    /// The permission was taken back.
    public var isRevoked: Bool

    /// `serial` is the name that files and ledgers have for it.
    private enum CodingKeys: String, CodingKey {
        case id, item, buildNumber = "serial", arn, isExternal, status, published, expires, announced, reason, isPinned,
            isRevoked
    }

    public init(
        id: ID, item: Item, buildNumber: Int, arn: String, isExternal: Bool = false, status: Status,
        published: Timestamp,
        expires: Timestamp? = nil, announced: Timestamp? = nil, reason: String? = nil, isPinned: Bool = false,
        isRevoked: Bool = false
    ) {
        self.id = id
        self.item = item
        self.buildNumber = buildNumber
        self.arn = arn
        self.isExternal = isExternal
        self.status = status
        self.published = published
        self.expires = expires
        self.announced = announced
        self.reason = reason
        self.isPinned = isPinned
        self.isRevoked = isRevoked
    }
}
