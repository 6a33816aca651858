import Model

/// What a consumer gets for an item today: the latest release of each region, and the build that most have.
struct Latest: Sendable {
    struct Place: Sendable {
        let region: Region
        let group: ReleaseGroup
        let index: Int
        var arn: String { group.arn(at: index) }
        var number: Int { Int(group.numbers[index]) }
    }

    /// Sorted by region, each once.
    let places: [Place]
    /// The newest of the groups.
    let group: ReleaseGroup

    init?(_ listing: TargetListing) {
        guard let newest = listing.latest.first else { return nil }
        group = newest
        var byRegion: [Region: Place] = [:]
        for group in listing.latest {
            for (index, region) in group.regions.enumerated() where byRegion[region] == nil {
                byRegion[region] = Place(region: region, group: group, index: index)
            }
        }
        places = byRegion.values.sorted { $0.region < $1.region }
    }

    var serial: Int { group.serial }
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

/// The file that a layer's rows are kept in, where files for all layers are split: the first letter or digit of the
/// name in lower case, or `_`. Anybody who knows the name can tell the file.
enum Shard {
    static func of(_ layer: LayerName) -> String {
        guard let byte = layer.text.utf8.first?.asciiLowercased, byte.isASCIIAlphanumeric else { return "_" }
        return String(UnicodeScalar(byte))
    }
}

/// Numbers and dates as people read them.
enum Words {
    static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

    /// `Python 3.12, arm64`
    static func name(of target: Target) -> String {
        "Python \(target.python), \(target.architecture == .arm64 ? "arm64" : "x86_64")"
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
