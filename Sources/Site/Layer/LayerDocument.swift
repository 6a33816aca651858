import Model

/// `api/v1/layers/{layer}.json`: all that is listed of a layer. The next render reads it to know what the shared files
/// hold of the layer.
enum LayerDocument {
    static func path(of layer: LayerName) -> String { "api/v1/layers/\(layer).json" }

    static func bytes(_ state: LayerState, _ listing: Listing) -> [UInt8] {
        let targets = zip(state.items, listing.targets).map { state, listing in
            (listing.item.target.description, target(state, listing))
        }
        var members: [(String, [UInt8])] = [
            ("format", Array("1".utf8)), ("layer", JSONObject.text(state.layer.text)),
        ]
        if let main = state.newestBuild?.mainPackage {
            members.append(("package", JSONObject.text(main.name.text)))
            if let summary = main.summary { members.append(("summary", JSONObject.text(summary))) }
            if let license = main.license { members.append(("license", JSONObject.text(license))) }
        }
        members.append(("targets", Array(JSONObject.file(targets).dropLast())))
        return JSONObject.file(members)
    }

    private static func target(_ state: ItemState, _ listing: TargetListing) -> [UInt8] {
        var object = JSONObject()
        if let latest = listing.newest {
            object.add("version", listing.version(of: latest.group))
            object.add("latest", latest.serial)
        }
        object.add("builds", json: JSONObject.array(state.builds.map(build), perLine: true))
        object.add("releases", json: JSONObject.array(listing.groups.map(ReleasesFile.line), perLine: true))
        if !listing.notes.isEmpty {
            var notes = JSONObject()
            for (region, note) in listing.notes.sorted(by: { $0.key < $1.key }) {
                notes.add(region.code, json: line(note.kind.rawValue, note.reason, note.since))
            }
            object.add("pending", json: notes.bytes)
        }
        if let refusal = listing.refusal {
            object.add(
                "refused", json: line("refused", refusal.remarks.joined(separator: "; "), refusal.since))
        }
        return object.bytes
    }

    private static func line(_ kind: String, _ reason: String, _ since: Timestamp) -> [UInt8] {
        var object = JSONObject()
        object.add("kind", kind)
        object.add("reason", reason)
        object.add("since", since)
        return object.bytes
    }

    private static func build(_ build: Build) -> [UInt8] {
        var object = JSONObject()
        object.add("build", build.serial)
        object.add("version", build.version)
        object.add("created", build.created)
        object.add("sha256", build.artifact?.sha256.hex)
        object.add("zipped", build.artifact?.zipped.bytes)
        object.add("unzipped", build.artifact?.unzipped.bytes)
        return object.bytes
    }
}

extension LayerDocument {
    private struct Document: Decodable {
        let layer: LayerName
        let targets: [String: Section]
    }

    private struct Section: Decodable {
        let builds: [BuildLine]
        let releases: [Group]
        let pending: [Region: Problem]?
        let refused: Problem?
    }

    private struct BuildLine: Decodable {
        let build: Int
        let version: String
    }

    private struct Group: Decodable {
        let build: Int
        let status: Release.Status
        let published: Timestamp
        let expires: Timestamp?
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
        for (name, section) in document.targets {
            guard let target = Target(name) else { continue }
            traces.targets.insert(target)
            for group in section.releases {
                traces.add(
                    group.status, published: group.published,
                    expires: group.pinned == true ? nil : group.expires, target, Array(group.regions.keys))
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
    /// Days on which something was published: `2026-11-23`.
    var changeDays: Set<String> = []
    /// Days on which something expires.
    var expiryDays: Set<String> = []
    /// Where it has a latest release.
    var cells: Set<Cell> = []

    init() {}

    init(_ listing: Listing) {
        for target in listing.targets {
            targets.insert(target.item.target)
            for group in target.groups {
                add(
                    group.status, published: group.shared.published,
                    expires: group.shared.isPinned ? nil : group.shared.expires, target.item.target, group.regions)
            }
        }
    }

    mutating func add(
        _ status: Release.Status, published: Timestamp, expires: Timestamp?, _ target: Target, _ regions: [Region]
    ) {
        changeDays.insert(published.date)
        if status == .deprecated, let expires { expiryDays.insert(expires.date) }
        if status == .latest { for region in regions { cells.insert(Cell(target: target, region: region)) } }
    }
}
