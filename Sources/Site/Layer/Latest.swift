import Model

/// What a consumer gets for an item today: the latest release of each region, and the build that most have.
struct Latest: Sendable {
    /// One region's release: which of the groups, and where in it.
    struct Place: Sendable {
        let region: Region
        fileprivate let group: Int
        fileprivate let index: Int
    }

    /// Sorted by region, each once.
    let places: [Place]
    /// Newest first; the first is what consumers should have everywhere.
    private let groups: [ReleaseGroup]

    /// - Parameter groups: the latest groups, newest first.
    init?(_ groups: [ReleaseGroup]) {
        guard let newest = groups.first else { return nil }
        self.groups = groups
        var places = newest.regions.indices.map { Place(region: newest.regions[$0], group: 0, index: $0) }
        for group in groups.indices.dropFirst() {
            for (index, region) in groups[group].regions.enumerated()
            where !places.contains(where: { $0.region == region }) {
                places.append(Place(region: region, group: group, index: index))
            }
        }
        self.places = groups.count == 1 ? places : places.sorted { $0.region < $1.region }
    }

    var group: ReleaseGroup { groups[0] }
    var buildNumber: Int { group.buildNumber }

    func group(at place: Place) -> ReleaseGroup { groups[place.group] }
    func number(at place: Place) -> Int { Int(groups[place.group].numbers[place.index]) }
    func arn(at place: Place) -> String { groups[place.group].arn(at: place.index) }

    /// The groups of each build, the newest first, with the regions that give it.
    var builds: [(group: ReleaseGroup, regions: [Region])] {
        var found: [(group: ReleaseGroup, regions: [Region])] = []
        for place in places {
            let group = groups[place.group]
            if let index = found.firstIndex(where: { $0.group.buildNumber == group.buildNumber }) {
                found[index].regions.append(place.region)
            } else {
                found.append((group, [place.region]))
            }
        }
        return found.sorted {
            ($0.group.buildNumber == buildNumber ? 0 : 1) < ($1.group.buildNumber == buildNumber ? 0 : 1)
        }
    }

    /// ARNs that differ only by region, told once with `REGION` in the region's place.
    var patterns: [(arn: String, group: ReleaseGroup, regions: [Region])] {
        struct Key: Equatable {
            let group: Int
            let number: Int32
            let partition: Partition
            let unusual: String?
        }
        // There are few, and regions of one follow each other.
        var found: [(key: Key, regions: [Region])] = []
        for place in places {
            let group = groups[place.group]
            let key = Key(
                group: place.group, number: group.numbers[place.index], partition: place.region.partition,
                unusual: group.unusual[place.region])
            if let index = found.lastIndex(where: { $0.key == key }) {
                found[index].regions.append(place.region)
            } else {
                found.append((key, [place.region]))
            }
        }
        return found.map { key, regions in
            let group = groups[key.group]
            let shared = group.shared
            let usual =
                "arn:\(key.partition.rawValue):lambda:REGION:\(shared.account):layer:\(shared.name):\(key.number)"
            return (key.unusual ?? usual, group, regions)
        }
    }
}

extension Listing {
    /// The listing's newest version: of what is latest, else of anything listed.
    var version: String? {
        let groups = targets.flatMap { target in target.groups.map { (target, $0) } }
        let latest = groups.filter { $0.1.status == .latest }
        return (latest.isEmpty ? groups : latest).max { left, right in
            (left.1.shared.published, left.0.item.target) < (right.1.shared.published, right.0.item.target)
        }.map { $0.version(of: $1) }
    }

    var newestPublished: Timestamp? { targets.flatMap(\.groups).map(\.shared.published).max() }
}

extension LayerState {
    /// The newest build of the layer, whatever the target: what its summary and licence are taken from.
    var newestBuild: Build? {
        items.flatMap { $0.latestBuild.map { [$0] } ?? $0.builds.suffix(1) }.max {
            ($0.created, $0.item.target) < ($1.created, $1.item.target)
        }
    }
}

extension Build {
    /// The package that names the layer: the first that was asked for.
    var mainPackage: Package? {
        let name = requirements.first.flatMap { try? Requirement(parsing: $0).package }
        return packages.first { $0.name == name } ?? packages.first
    }
}

/// Numbers and dates as people read them.
enum Words {
    static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

    /// As AWS writes sizes: `250 MB` for 262,144,000 bytes.
    static func size(_ size: ByteCount) -> String {
        for (unit, name) in [(1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "KB")] where size.bytes >= unit {
            let tenths = size.bytes / unit * 10 + (size.bytes % unit * 10 + unit / 2) / unit
            return tenths >= 1000 || tenths % 10 == 0
                ? "\((tenths + 5) / 10) \(name)" : "\(tenths / 10).\(tenths % 10) \(name)"
        }
        return "\(size.bytes) B"
    }

    /// `+1.2 MB`, `−300 KB`
    static func growth(_ bytes: Int) -> String {
        bytes == 0 ? "0" : (bytes > 0 ? "+" : "−") + size(ByteCount(Int(clamping: bytes.magnitude)))
    }

    /// `Python 3.12, arm64`
    static func name(of target: Target) -> String {
        "\(target.isAny ? "Any runtime" : "Python \(target.python)"), \(target.architecture == .arm64 ? "arm64" : "x86_64")"
    }

    /// Targets as people want them first: the newest Python, and x86_64 before arm64.
    static func preferred(_ targets: some Sequence<Target>) -> [Target] {
        targets.sorted { left, right in
            left.python != right.python ? left.python > right.python : left.architecture < right.architecture
        }
    }

    /// A stranger's text, cut to what a page has room for. By scalars: one `Character` may be very long.
    static func short(_ text: String, _ limit: Int = 400) -> String {
        guard text.utf8.count > limit, text.unicodeScalars.count > limit else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit))) + "…"
    }

    /// `120 to 123` for numbers that differ by region, or the one number.
    static func numbers(_ numbers: some Collection<Int32>) -> String {
        guard let low = numbers.min(), let high = numbers.max() else { return "" }
        return low == high ? "\(low)" : "\(low) to \(high)"
    }
}
