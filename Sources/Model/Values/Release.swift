/// A build published in a region under a name and Lambda's version number.
public struct Release: Sendable, Hashable, Codable {
    /// What Lambda calls it: all that its ARN tells, since a name and a number mean another version in another account.
    public struct ID: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
        public let region: Region
        /// Twelve digits; empty in what was recorded before ids told it, until the ARN beside it is known.
        public let account: String
        /// Lambda's layer name, as `acme-p312-requests`.
        public let name: String
        /// Lambda's version number: grows, and is never used twice.
        public let number: Int

        public init(account: String, region: Region, name: String, number: Int) {
            self.account = account
            self.region = region
            self.name = name
            self.number = number
        }

        public init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            self.init(
                account: try fields.decodeIfPresent(String.self, forKey: .account) ?? "",
                region: try fields.decode(Region.self, forKey: .region),
                name: try fields.decode(String.self, forKey: .name),
                number: try fields.decode(Int.self, forKey: .number))
        }

        public var description: String { "\(region):\(name):\(number)" }
        public static func < (left: ID, right: ID) -> Bool {
            (left.region, left.name, left.number, left.account)
                < (right.region, right.name, right.number, right.account)
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
    /// When readers could first see in the published files that it will end, or that it was yanked. Nothing is deleted
    /// sooner than the promised time after that.
    public var announced: Timestamp?
    /// Why it was yanked or quarantined, or, of a deprecated one, why it ends sooner than was promised.
    public var reason: String?
    /// Never expires.
    public var isPinned: Bool
    /// The permission was taken back.
    public var isRevoked: Bool
    /// Who was given permission to read it; nil if that was not recorded.
    public var audience: Audience?

    /// When it may be deleted; nil if never. What is pinned keeps the end that it was promised, and has none.
    public var end: Timestamp? { status == .deprecated && !isPinned && !isExternal ? expires : nil }

    /// Whether a maintainer brought its end forward, and said why.
    public var isEndedEarly: Bool { status == .deprecated && reason != nil }

    /// `serial` is the name that files and ledgers have for it.
    private enum CodingKeys: String, CodingKey {
        case id, item, buildNumber = "serial", arn, isExternal, status, published, expires, announced, reason, isPinned,
            isRevoked, audience
    }

    public init(
        id: ID, item: Item, buildNumber: Int, arn: String, isExternal: Bool = false, status: Status,
        published: Timestamp,
        expires: Timestamp? = nil, announced: Timestamp? = nil, reason: String? = nil, isPinned: Bool = false,
        isRevoked: Bool = false, audience: Audience? = nil
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
        self.audience = audience
    }

    /// Reads a record, also one whose id does not tell the account: then its ARN does.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        let arn = try fields.decode(String.self, forKey: .arn)
        let id = try fields.decode(ID.self, forKey: .id)
        self.init(
            id: id.account.isEmpty ? LayerVersionARN(arn)?.release ?? id : id,
            item: try fields.decode(Item.self, forKey: .item),
            buildNumber: try fields.decode(Int.self, forKey: .buildNumber), arn: arn,
            isExternal: try fields.decode(Bool.self, forKey: .isExternal),
            status: try fields.decode(Status.self, forKey: .status),
            published: try fields.decode(Timestamp.self, forKey: .published),
            expires: try fields.decodeIfPresent(Timestamp.self, forKey: .expires),
            announced: try fields.decodeIfPresent(Timestamp.self, forKey: .announced),
            reason: try fields.decodeIfPresent(String.self, forKey: .reason),
            isPinned: try fields.decode(Bool.self, forKey: .isPinned),
            isRevoked: try fields.decode(Bool.self, forKey: .isRevoked),
            audience: try fields.decodeIfPresent(Audience.self, forKey: .audience))
    }

    /// Whether consumers should be able to read it.
    public var isGranted: Bool {
        switch status {
        case .latest, .deprecated, .yanked: !isRevoked
        case .quarantined, .deleted: false
        }
    }

    /// Whether it is where an account publishes. What something else published is nobody's to move.
    public func isIn(_ account: String?) -> Bool { isExternal || account == nil || id.account == account }
}
