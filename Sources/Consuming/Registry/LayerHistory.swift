import Model

/// What a registry tells of a layer: `layers/{layer}/releases.json`.
public struct LayerHistory: Sendable, Hashable {
    public let layer: LayerName
    /// Of all targets, in the file's order.
    public let releases: [ListedRelease]
}

extension LayerHistory {
    /// Whether releases were published under a reference's name, whatever their number.
    func holds(_ reference: LayerReference) -> Bool {
        releases.contains { reference.fits(account: $0.account, name: $0.name) }
    }
}

/// Releases of one build under one name, which differ by region and number only.
public struct ListedRelease: Sendable, Hashable {
    public let item: Item
    /// The build's build number.
    public let build: Int
    public let name: String
    public let account: String
    public let status: Release.Status
    public let published: Timestamp
    public let expires: Timestamp?
    /// Why it was yanked. Strangers may have written it.
    public let reason: String?
    /// Lambda's number in each region.
    public let numbers: [Region: Int]

    public init(
        item: Item, build: Int, name: String, account: String, status: Release.Status, published: Timestamp,
        expires: Timestamp? = nil, reason: String? = nil, numbers: [Region: Int]
    ) {
        self.item = item
        self.build = build
        self.name = name
        self.account = account
        self.status = status
        self.published = published
        self.expires = expires
        self.reason = reason
        self.numbers = numbers
    }

    /// The ARN in a region; nil if it is not there.
    public func arn(in region: Region) -> LayerARN? {
        numbers[region].flatMap { LayerARN(region: region, account: account, name: name, number: $0) }
    }
}

extension LayerHistory {
    private struct Document: Decodable {
        let format: Int
        let layer: LayerName
        let targets: [String: Section]
    }
    private struct Section: Decodable {
        let releases: [Group]
    }
    private struct Group: Decodable {
        let build: Int
        let name: String
        let account: String
        let status: String
        let published: Timestamp
        let expires: Timestamp?
        let reason: String?
        let regions: [String: Int]
    }

    /// Builds that a layer can have: one an hour for a century. Others are a mistake or an attack.
    private static let buildNumbers = 1...1_000_000

    /// Reads the file. Statuses and targets that this version does not know are left out; a registry may be newer.
    ///
    /// - Throws: `inconsistent` if it is no such file, or holds what cannot be.
    package init(file: [UInt8], path: String) throws {
        let document = try RegistryFile.decode(Document.self, file, path)
        layer = document.layer
        releases = try document.targets.sorted { $0.key < $1.key }.flatMap { name, section -> [ListedRelease] in
            guard let target = Target(name) else { return [] }
            return try section.releases.compactMap { group in
                guard let status = Release.Status(rawValue: group.status) else { return nil }
                let item = Item(document.layer, target)
                let regions = group.regions.compactMap { code, number in Region(code).map { ($0, number) } }
                guard Self.buildNumbers.contains(group.build),
                    regions.allSatisfy({
                        LayerARN(region: $0, account: group.account, name: group.name, number: $1) != nil
                    })
                else {
                    throw StrataError(
                        .inconsistent,
                        "the registry lists an impossible release: build \(group.build) as "
                            + PlainLine.of(group.name),
                        place: .init(layer: item.layer.text, target: target.description, file: path))
                }
                return ListedRelease(
                    item: item, build: group.build, name: group.name, account: group.account, status: status,
                    published: group.published, expires: group.expires, reason: group.reason,
                    numbers: Dictionary(regions, uniquingKeysWith: { first, _ in first }))
            }
        }
    }
}
