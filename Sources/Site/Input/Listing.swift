import Model

/// What is listed of a layer: its state without what readers are not told, and with releases that differ only by
/// region folded together. Small enough to keep for every layer of a large registry.
struct Listing: Sendable {
    let layer: LayerName
    /// Sorted by target.
    let targets: [TargetListing]

    /// - Parameter updates: when the registry takes what is newer, to say what a newer build waits for.
    init(_ state: LayerState, updates: UpdatePolicy = .init()) {
        layer = state.layer
        targets = state.items.map { TargetListing($0, updates: updates) }
    }
}

/// What is listed of an item.
struct TargetListing: Sendable {
    let item: Item
    /// All regions that the item ever reached, also with what is not listed. Sorted.
    let regions: [Region]
    /// Newest first: by the moment of publishing, then by build number.
    let groups: [ReleaseGroup]
    /// The versions of the builds, by build number.
    let versions: [Int: String]
    let notes: [Region: Note]
    /// Why the item cannot be built as it is asked for, if it cannot.
    let refusal: (reason: String, since: Timestamp)?
    /// What is worth knowing besides: a release that is held back, an older version that was picked, a rollback,
    /// dependencies that wait.
    let remarks: [String]
    /// What consumers get today; nil if nothing is latest anywhere.
    let newest: Latest?
    /// What is known to be wrong with it; nil if nobody looked.
    let audit: Audit?

    init(_ state: ItemState, updates: UpdatePolicy = .init()) {
        audit = state.latestAudit
        item = state.item
        regions = Self.regions(of: state.releases)
        groups = ReleaseGroup.folding(state.releases)
        versions = Dictionary(state.builds.map { ($0.buildNumber, $0.version) }) { _, last in last }
        newest = Latest(groups.filter { $0.status == .latest })
        notes = state.notes
        refusal = state.resolution?.refusal
        remarks =
            (state.resolution.flatMap { $0.contents == nil ? nil : $0.remarks } ?? []) + state.holdRemarks
            + state.waitingRemarks(updates)
    }

    /// Each region once, sorted.
    private static func regions(of releases: [Release]) -> [Region] {
        var regions: [Region] = []
        for index in releases.indices where regions.last != releases[index].id.region {
            regions.append(releases[index].id.region)
        }
        let isSorted = regions.indices.dropFirst().allSatisfy { regions[$0 - 1] < regions[$0] }
        return isSorted ? regions : Set(regions).sorted()
    }

    var latest: [ReleaseGroup] { groups.filter { $0.status == .latest } }
    /// The other names by which clients of the first system ask for the layer.
    var clientNames: [LayerName] { ClientNames.of(item.layer, published: groups.lazy.map(\.shared.name)) }
    func version(of group: ReleaseGroup) -> String { versions[group.buildNumber] ?? "" }

    /// What came in a group's place: the next that was published after it and may be used; nil if nothing did.
    func replacement(of group: ReleaseGroup) -> ReleaseGroup? {
        groups.last {
            $0.shared.published > group.shared.published && ($0.status == .latest || $0.status == .deprecated)
        }
    }
}

extension ItemState {
    fileprivate var holdRemarks: [String] {
        hold.map { ["build \($0.buildNumber) stays the latest until the index offers something newer"] } ?? []
    }
}

extension ItemState {
    /// Why there is no build of what the index gives now, if nothing but time is known to stand in the way.
    fileprivate func waitingRemarks(_ updates: UpdatePolicy) -> [String] {
        guard let resolution, let contents = resolution.contents, resolution.refusal == nil, hold == nil, notes.isEmpty,
            let current = latestBuild, current.artifact != nil, buildNumber(of: contents) == nil
        else { return [] }
        let known = "newer packages are known since \(resolution.since.date), and no build of them is published yet"
        guard updates.dependenciesOnly > .zero else { return [known] }
        let published = releases.lazy.filter { $0.status == .latest && $0.buildNumber == current.buildNumber }
            .map(\.published).min()
        let due = (published ?? current.created) + updates.dependenciesOnly
        return ["\(known); a change of dependencies alone waits until \(due.date)"]
    }
}

/// Listed releases of one build that are alike but for region and number.
struct ReleaseGroup: Sendable, Hashable {
    /// What all of them share.
    struct Shared: Sendable, Hashable {
        var buildNumber: Int
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
        /// Who was given permission; nil if that was not recorded.
        var audience: Audience?

        /// When it may be deleted. A pinned release keeps the end that it was promised, and has none.
        var end: Timestamp? { isPinned ? nil : expires }
    }

    let shared: Shared
    /// Sorted.
    let regions: [Region]
    /// Lambda's number in each of the regions.
    let numbers: [Int32]
    /// ARNs that do not follow from region, account, name and number.
    let unusual: [Region: String]

    var buildNumber: Int { shared.buildNumber }
    var status: Release.Status { shared.status }

    func arn(at index: Int) -> String {
        unusual[regions[index]] ?? LayerARN.text(regions[index], shared.account, shared.name, Int(numbers[index]))
    }

    func arn(in region: Region) -> String? { regions.firstIndex(of: region).map(arn(at:)) }

    /// Folds the listed releases; the result does not depend on their order.
    static func folding(_ releases: [Release]) -> [ReleaseGroup] {
        // There are few groups, so looking through them is quicker than hashing. Two releases of a region never
        // share a group; sorted by region, a group's last tells whether it has the region.
        var groups: [Folding] = []
        for index in order(of: releases) where releases[index].status.isListed {
            if !groups.indices.contains(where: { groups[$0].takes(releases, index) }) {
                groups.append(Folding(releases, index))
            }
        }
        return groups.map(\.group).sorted(by: isNewer)
    }

    /// The order by id. A ledger gives releases in it, which is cheap to see.
    private static func order(of releases: [Release]) -> [Int] {
        let isSorted = releases.indices.dropFirst().allSatisfy { !(releases[$0].id < releases[$0 - 1].id) }
        return isSorted ? Array(releases.indices) : releases.indices.sorted { releases[$0].id < releases[$1].id }
    }

    /// A group that is being filled. Releases are looked at where they are: there are very many, and each holds several
    /// texts.
    private struct Folding {
        let shared: Shared
        private let arn: LayerARN.Pattern
        private var regions: [Region] = []
        private var numbers: [Int32] = []
        private var unusual: [Region: String] = [:]

        init(_ releases: [Release], _ first: Int) {
            shared = Shared(releases[first])
            arn = LayerARN.Pattern(account: shared.account, name: shared.name)
            add(releases, first, isUsual: isUsual(releases, first))
        }

        var group: ReleaseGroup { .init(shared: shared, regions: regions, numbers: numbers, unusual: unusual) }

        /// Adds a release if it is like those in the group.
        mutating func takes(_ releases: [Release], _ index: Int) -> Bool {
            guard releases[index].buildNumber == shared.buildNumber, releases[index].status == shared.status,
                releases[index].published == shared.published, releases[index].expires == shared.expires,
                releases[index].isExternal == shared.isExternal, releases[index].isPinned == shared.isPinned,
                releases[index].isRevoked == shared.isRevoked, releases[index].reason == shared.reason,
                releases[index].audience == shared.audience,
                releases[index].announced == shared.announced,
                releases[index].id.name == shared.name, releases[index].id.account == shared.account,
                regions.last != releases[index].id.region
            else { return false }
            add(releases, index, isUsual: isUsual(releases, index))
            return true
        }

        private func isUsual(_ releases: [Release], _ index: Int) -> Bool {
            arn.isUsual(releases[index].arn, releases[index].id.region, releases[index].id.number)
        }

        private mutating func add(_ releases: [Release], _ index: Int, isUsual: Bool) {
            regions.append(releases[index].id.region)
            numbers.append(Int32(clamping: releases[index].id.number))
            if !isUsual { unusual[releases[index].id.region] = releases[index].arn }
        }
    }

    private static func isNewer(_ left: ReleaseGroup, _ right: ReleaseGroup) -> Bool {
        let (one, other) = (left.shared, right.shared)
        if one.published != other.published { return one.published > other.published }
        if one.buildNumber != other.buildNumber { return one.buildNumber > other.buildNumber }
        if one.status != other.status { return one.status.rank < other.status.rank }
        if one.name != other.name { return one.name < other.name }
        if one.account != other.account { return one.account < other.account }
        if left.regions != right.regions { return left.regions.lexicographicallyPrecedes(right.regions) }
        return left.numbers.lexicographicallyPrecedes(right.numbers)
    }
}

extension ReleaseGroup.Shared {
    init(_ release: Release) {
        self.init(
            buildNumber: release.buildNumber, name: release.id.name, account: release.id.account,
            status: release.status, published: release.published, expires: release.expires,
            announced: release.announced,
            reason: release.reason,
            isExternal: release.isExternal, isPinned: release.isPinned, isRevoked: release.isRevoked,
            audience: release.audience)
    }
}

extension Release.Status {
    /// The order in which statuses are shown.
    var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

extension Partition {
    /// What the ARNs of Lambda's resources begin with.
    fileprivate var arnPrefix: String {
        switch self {
        case .aws: "arn:aws:lambda:"
        case .china: "arn:aws-cn:lambda:"
        case .government: "arn:aws-us-gov:lambda:"
        case .europeanSovereign: "arn:aws-eusc:lambda:"
        }
    }
}

/// The ARN of a layer version.
/// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
enum LayerARN {
    static func text(_ region: Region, _ account: String, _ name: String, _ number: Int) -> String {
        "\(region.partition.arnPrefix)\(region.code):\(account):layer:\(name):\(number)"
    }

    /// What the ARNs of an account's layer have in common, to see quickly whether one is what follows from its id: this
    /// is asked of every release there is.
    struct Pattern {
        private let middle: [UInt8]

        init(account: String, name: String) { middle = Array(":\(account):layer:\(name):".utf8) }

        func isUsual(_ arn: String, _ region: Region, _ number: Int) -> Bool {
            var arn = arn
            return arn.withUTF8 { bytes in
                var rest = UnsafeRawBufferPointer(bytes)
                return rest.skip(region.partition.arnPrefix) && rest.skip(region.code)
                    && middle.withUnsafeBytes { rest.skip($0) } && rest.skip(String(number)) && rest.isEmpty
            }
        }
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

extension UnsafeRawBufferPointer {
    /// Goes on behind some bytes, if it begins with them.
    fileprivate mutating func skip(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard count >= bytes.count,
            bytes.isEqual(to: UnsafeRawBufferPointer(rebasing: self[..<(startIndex + bytes.count)]))
        else { return false }
        self = UnsafeRawBufferPointer(rebasing: self[bytes.count...])
        return true
    }

    fileprivate mutating func skip(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { skip(UnsafeRawBufferPointer($0)) }
    }

    /// Whether as many bytes are the same, eight at a time.
    fileprivate func isEqual(to other: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        while index + 8 <= count {
            let words = (
                loadUnaligned(fromByteOffset: index, as: UInt64.self),
                other.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            )
            guard words.0 == words.1 else { return false }
            index += 8
        }
        while index < count {
            guard self[index] == other[index] else { return false }
            index += 1
        }
        return true
    }
}
