import Model

/// `api/v1/layers/{layer}.json`: all that is listed of a layer. The next render reads it to know what the shared files
/// hold of the layer.
enum LayerDocument {
    static func path(of layer: LayerName) -> String { "api/v1/layers/\(layer).json" }

    static func bytes(_ state: LayerState, _ listing: Listing) -> [UInt8] {
        JSONObject.file(capacity: 16 << 10) { file in
            file.add(schema: "layer", of: path(of: state.layer))
            file.add("format", 1)
            file.add("layer", state.layer.text)
            if let main = state.newestBuild?.mainPackage {
                file.add("package", main.name.text)
                file.add("summary", main.summary)
                file.add("license", main.license)
                file.add("homepage", main.homepage.flatMap(SafeURL.link))
            }
            file.add("packages", object: { $0.add(versions: LayerTraces.packages(of: state)) })
            file.add(
                "targets",
                lines: { targets in
                    for (state, listing) in zip(state.items, listing.targets) {
                        targets.add(listing.item.target.description, object: { add(state, listing, to: &$0) })
                    }
                })
        }
    }

    private static func add(_ state: ItemState, _ listing: TargetListing, to object: inout JSONObject) {
        if let latest = listing.newest {
            object.add("version", listing.version(of: latest.group))
            object.add("latest", latest.buildNumber)
        }
        object.add("builds", rows: state.builds) { row, build in
            row.add("build", build.buildNumber)
            row.add("version", build.version)
            row.add("created", build.created)
            row.add("sha256", build.artifact?.sha256)
            row.add("zipped", build.artifact?.zipped.bytes)
            row.add("unzipped", build.artifact?.unzipped.bytes)
        }
        object.add("releases", rows: listing.groups) { row, group in row.add(group) }
        if !listing.notes.isEmpty {
            object.add(
                "pending",
                object: { notes in
                    for (region, note) in listing.notes.sorted(by: { $0.key < $1.key }) {
                        notes.add(region.code, object: { add(note.kind.rawValue, note.reason, note.since, to: &$0) })
                    }
                })
        }
        if let refusal = listing.refusal {
            object.add(
                "refused",
                object: { add("refused", refusal.reason, refusal.since, to: &$0) })
        }
        if !listing.remarks.isEmpty { object.add("remarks", strings: listing.remarks) }
        if let audit = listing.audit {
            object.add("advisories", rows: audit.entries) { row, entry in AdvisoryRow.add(entry, to: &row) }
        }
    }

    private static func add(_ kind: String, _ reason: String, _ since: Timestamp, to object: inout JSONObject) {
        object.add("kind", kind)
        object.add("reason", reason)
        object.add("since", since)
    }
}

extension LayerDocument {
    private struct Document: Decodable {
        let layer: LayerName
        /// Files of the first format do not tell.
        let packages: [String: String]?
        let targets: [String: Section]
    }

    private struct Section: Decodable {
        let latest: Int?
        let builds: [BuildLine]
        let releases: [Group]
        let pending: [Region: Problem]?
        let refused: Problem?
        let advisories: [Advice]?
    }

    private struct Advice: Decodable {
        let since: Timestamp
    }

    private struct BuildLine: Decodable {
        let build: Int
        let version: String
    }

    private struct Group: Decodable {
        let build: Int
        let name: String
        let status: Release.Status
        let published: Timestamp
        let expires: Timestamp?
        let announced: Timestamp?
        let pinned: Bool?
        let regions: [Region: Int]
    }

    private struct Problem: Decodable {
        let kind: String
        let reason: String
        let since: Timestamp
    }

    /// What the shared files hold of the layer, as far as it decides which of them they are: days, shards and counts.
    static func traces(in file: [UInt8], path: String) throws -> LayerTraces {
        let document = try RegistryJSON.decode(Document.self, from: file, path: path)
        var traces = LayerTraces()
        traces.packages = document.packages
        for (name, section) in document.targets {
            guard let target = Target(name) else { continue }
            traces.targets.insert(target)
            for advice in section.advisories ?? [] { traces.changeDays.insert(advice.since.date) }
            for group in section.releases {
                traces.add(
                    group.status, published: group.published, announced: group.announced,
                    expires: group.pinned == true ? nil : group.expires, name: group.name)
                if group.status == .latest {
                    traces.add(target, Array(group.regions.keys), isNewest: group.build == section.latest)
                }
            }
        }
        return traces
    }
}

/// Where a layer shows in files that it shares with others.
struct LayerTraces: Sendable {
    struct Cell: Sendable, Hashable {
        let target: Target
        let region: Region
    }
    var targets: Set<Target> = []
    /// Days on which something was published, deprecated or yanked: `2026-11-23`.
    var changeDays: Set<String> = []
    /// Days on which something expires.
    var expiryDays: Set<String> = []
    /// Where it has a latest release.
    var cells: Set<Cell> = []
    /// Those of the cells whose release is of an older build than elsewhere.
    var lagging: Set<Cell> = []
    /// Lambda's names of its releases.
    var names: Set<String> = []
    /// What is inside its newest build, with versions; nil if that was not kept.
    var packages: [String: String]?

    init() {}

    init(_ state: LayerState, _ listing: Listing) {
        packages = Self.packages(of: state)
        for target in listing.targets {
            targets.insert(target.item.target)
            for entry in target.audit?.entries ?? [] { changeDays.insert(entry.since.date) }
            for group in target.groups {
                add(
                    group.status, published: group.shared.published, announced: group.shared.announced,
                    expires: group.shared.end, name: group.shared.name)
                if group.status == .latest {
                    add(
                        target.item.target, group.regions,
                        isNewest: group.buildNumber == target.newest?.buildNumber)
                }
            }
        }
    }

    static func packages(of state: LayerState) -> [String: String] {
        Dictionary((state.newestBuild?.packages ?? []).map { ($0.name.text, Words.short($0.version, 80)) }) { one, _ in
            one
        }
    }

    mutating func add(
        _ status: Release.Status, published: Timestamp, announced: Timestamp?, expires: Timestamp?, name: String
    ) {
        names.insert(name)
        changeDays.insert(published.date)
        if status != .latest, let announced { changeDays.insert(announced.date) }
        if status == .deprecated, let expires { expiryDays.insert(expires.date) }
    }

    /// Adds where a latest release is. Groups come newest first, and the first that has a region counts.
    fileprivate mutating func add(_ target: Target, _ regions: [Region], isNewest: Bool) {
        for region in regions {
            let cell = Cell(target: target, region: region)
            if cells.insert(cell).inserted, !isNewest { lagging.insert(cell) }
        }
    }
}

extension JSONObject {
    /// Versions by name, sorted.
    fileprivate mutating func add(versions: [String: String]) {
        for (name, version) in versions.sorted(by: { $0.key < $1.key }) { add(name, version) }
    }
}
