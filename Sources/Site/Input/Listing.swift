import Model

/// What is listed of a layer: its state without what readers are not told, and with releases that differ only by
/// region folded together. Small enough to keep for every layer of a large registry.
struct Listing: Sendable {
    let layer: LayerName
    /// Sorted by target.
    let targets: [TargetListing]

    init(layer: LayerName, targets: [TargetListing]) {
        self.layer = layer
        self.targets = targets
    }

    init(_ state: LayerState) {
        self.init(layer: state.layer, targets: state.items.map(TargetListing.init))
    }
}

/// What is listed of an item.
struct TargetListing: Sendable {
    let item: Item
    /// All regions that the item ever reached, also with what is not listed. Sorted.
    let regions: [Region]
    /// Newest first: by the moment of publishing, then by serial.
    let groups: [ReleaseGroup]
    /// The versions of the builds, by serial.
    let versions: [Int: String]
    let notes: [Region: Note]
    /// Why the item could not be resolved, if it could not.
    let refusal: Resolution?
    /// What consumers get today; nil if nothing is latest anywhere.
    let newest: Latest?

    init(_ state: ItemState) {
        item = state.item
        regions = Set(state.releases.map(\.id.region)).sorted()
        groups = ReleaseGroup.folding(state.releases)
        versions = Dictionary(state.builds.map { ($0.serial, $0.version) }) { _, last in last }
        newest = Latest(groups.filter { $0.status == .latest })
        notes = state.notes
        refusal = state.resolution.flatMap { $0.contents == nil ? $0 : nil }
    }

    var latest: [ReleaseGroup] { groups.filter { $0.status == .latest } }
    func version(of group: ReleaseGroup) -> String { versions[group.serial] ?? "" }
}

/// Listed releases of one build that are alike but for region and number.
struct ReleaseGroup: Sendable, Hashable {
    /// What all of them share.
    struct Shared: Sendable, Hashable {
        var serial: Int
        var name: String
        var account: String
        var status: Release.Status
        var published: Timestamp
        var expires: Timestamp?
        var announced: Timestamp?
        var reason: String?
        var isExternal = false
        var isPinned = false
        var isRevoked = false
    }

    let shared: Shared
    /// Sorted.
    let regions: [Region]
    /// Lambda's number in each of the regions.
    let numbers: [Int32]
    /// ARNs that do not follow from region, account, name and number.
    let unusual: [Region: String]

    var serial: Int { shared.serial }
    var status: Release.Status { shared.status }

    func arn(at index: Int) -> String {
        unusual[regions[index]] ?? LayerARN.text(regions[index], shared.account, shared.name, Int(numbers[index]))
    }

    func arn(in region: Region) -> String? { regions.firstIndex(of: region).map(arn(at:)) }

    /// Folds the listed releases; the result does not depend on their order.
    static func folding(_ releases: [Release]) -> [ReleaseGroup] {
        // There are few groups, so looking through them is quicker than hashing. Two releases of a region never
        // share a group; sorted by region, a group's last tells whether it has the region.
        var groups: [(shared: Shared, releases: [Release])] = []
        for release in releases.filter(\.status.isListed).sorted(by: { $0.id < $1.id }) {
            let shared = Shared(release)
            let index = groups.firstIndex { group in
                group.releases.last?.id.region != release.id.region && group.shared == shared
            }
            if let index {
                groups[index].releases.append(release)
            } else {
                groups.append((shared, [release]))
            }
        }
        return groups.map { shared, sorted in
            return ReleaseGroup(
                shared: shared, regions: sorted.map(\.id.region), numbers: sorted.map { Int32(clamping: $0.id.number) },
                unusual: Dictionary(
                    sorted.filter { !LayerARN.isUsual($0, account: shared.account) }.map { ($0.id.region, $0.arn) },
                    uniquingKeysWith: { first, _ in first }))
        }.sorted(by: isNewer)
    }

    private static func isNewer(_ left: ReleaseGroup, _ right: ReleaseGroup) -> Bool {
        let (one, other) = (left.shared, right.shared)
        if one.published != other.published { return one.published > other.published }
        if one.serial != other.serial { return one.serial > other.serial }
        if one.status != other.status { return one.status.rank < other.status.rank }
        if one.name != other.name { return one.name < other.name }
        if left.regions != right.regions { return left.regions.lexicographicallyPrecedes(right.regions) }
        return left.numbers.lexicographicallyPrecedes(right.numbers)
    }
}

extension ReleaseGroup.Shared {
    init(_ release: Release) {
        self.init(
            serial: release.serial, name: release.id.name, account: LayerARN.account(release.arn) ?? "",
            status: release.status, published: release.published, expires: release.expires,
            announced: release.announced,
            reason: release.reason,
            isExternal: release.isExternal, isPinned: release.isPinned, isRevoked: release.isRevoked)
    }
}

extension Release.Status {
    /// The order in which statuses are shown.
    var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// The ARN of a layer version.
/// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
enum LayerARN {
    static func text(_ region: Region, _ account: String, _ name: String, _ number: Int) -> String {
        "arn:\(region.partition.rawValue):lambda:\(region.code):\(account):layer:\(name):\(number)"
    }

    /// Whether a release's ARN is what follows from its id and the account.
    static func isUsual(_ release: Release, account: String) -> Bool {
        release.arn == text(release.id.region, account, release.id.name, release.id.number)
    }

    /// The account's number in an ARN; nil if the text has no such part.
    static func account(_ arn: String) -> String? {
        var fields = arn.utf8[...]
        for _ in 0..<4 {
            guard let colon = fields.firstIndex(of: UInt8(ascii: ":")) else { return nil }
            fields = fields[fields.index(after: colon)...]
        }
        return fields.firstIndex(of: UInt8(ascii: ":")).flatMap { String(fields[..<$0]) }
    }
}
