import Model

/// A layer in the search index: `["requests","2.32.5","Python HTTP for Humans.",["certifi","idna"]]`.
struct SearchRow: Sendable, Decodable {
    let layer: String
    let version: String
    let summary: String
    /// The packages inside, without the one that names the layer.
    let packages: [String]

    init(_ state: LayerState, _ listing: Listing) {
        let build = state.newestBuild
        layer = state.layer.text
        version = listing.version ?? ""
        summary = build?.mainPackage?.summary.map { Words.short($0, 160) } ?? ""
        packages = (build?.packages ?? []).map(\.name.text).filter { $0 != state.layer.text }
    }

    init(from decoder: any Decoder) throws {
        var row = try decoder.unkeyedContainer()
        layer = try row.decode(String.self)
        version = try row.decode(String.self)
        summary = try row.decode(String.self)
        packages = try row.decode([String].self)
    }

    var bytes: [UInt8] {
        JSONObject.array(
            [layer, version, summary].map(JSONObject.text) + [JSONObject.array(packages.map(JSONObject.text))])
    }

    var view: View {
        [.layer: .text(layer), .version: .text(version), .summary: .text(summary)]
    }
}

/// Something that was published: a row of `api/v1/changes/{day}.json`.
struct ChangeRow: Sendable, Decodable {
    let layer: String
    let published: Timestamp
    let target: Target
    let build: Int
    let version: String
    /// `2.32.4 → 2.32.5`, `only dependencies changed: …`, `first build`.
    let what: String

    /// The acts of publishing of an item: one row for each build and moment, whatever the regions.
    static func rows(_ state: ItemState, _ listing: TargetListing) -> [ChangeRow] {
        struct Act: Hashable {
            let buildNumber: Int
            let published: Timestamp
        }
        let acts = Set(listing.groups.map { Act(buildNumber: $0.buildNumber, published: $0.shared.published) })
        return acts.map { act in
            let build = state.build(act.buildNumber)
            let previous = state.builds.last { $0.buildNumber < act.buildNumber }
            return ChangeRow(
                layer: listing.item.layer.text, published: act.published, target: listing.item.target,
                build: act.buildNumber, version: listing.versions[act.buildNumber] ?? "",
                what: build.map { BuildDifference.text(from: previous, to: $0, limit: 3) } ?? "imported")
        }
    }

    static func isNewer(_ left: ChangeRow, _ right: ChangeRow) -> Bool {
        if left.published != right.published { return left.published > right.published }
        if left.layer != right.layer { return LineTable.precedes(left.layer.utf8, right.layer.utf8) }
        return (left.target, left.build) < (right.target, right.build)
    }

    var bytes: [UInt8] {
        var object = JSONObject()
        object.add("layer", layer)
        object.add("published", published)
        object.add("target", target.description)
        object.add("build", build)
        object.add("version", version)
        object.add("what", what)
        return object.bytes
    }
}

/// A release that expires: a row of `api/v1/expiring/{day}.json`.
struct ExpiryRow: Sendable, Decodable {
    let layer: String
    let expires: Timestamp
    let target: Target
    let build: Int
    let version: String
    let regions: Int

    static func rows(_ listing: TargetListing) -> [ExpiryRow] {
        listing.groups.compactMap { group in
            guard group.status == .deprecated, let expires = group.shared.end else {
                return nil
            }
            return ExpiryRow(
                layer: listing.item.layer.text, expires: expires, target: listing.item.target, build: group.buildNumber,
                version: listing.version(of: group), regions: group.regions.count)
        }
    }

    var bytes: [UInt8] {
        var object = JSONObject()
        object.add("layer", layer)
        object.add("expires", expires)
        object.add("target", target.description)
        object.add("build", build)
        object.add("version", version)
        object.add("regions", regions)
        return object.bytes
    }
}

/// Something that is missing, and why: a row of `api/v1/status.json`.
struct ProblemRow: Sendable, Decodable {
    let layer: String
    let target: Target
    /// `pending`, `unavailable` or `refused`.
    let kind: String
    /// nil if it is so in all regions.
    let region: Region?
    let reason: String
    let since: Timestamp

    static func rows(_ listing: TargetListing) -> [ProblemRow] {
        let (layer, target) = (listing.item.layer.text, listing.item.target)
        var rows = listing.notes.sorted { $0.key < $1.key }.map { region, note in
            ProblemRow(
                layer: layer, target: target, kind: note.kind.rawValue, region: region, reason: note.reason,
                since: note.since)
        }
        if let refusal = listing.refusal {
            rows.append(
                ProblemRow(
                    layer: layer, target: target, kind: "refused", region: nil,
                    reason: refusal.reason, since: refusal.since))
        }
        return rows
    }

    var bytes: [UInt8] {
        var object = JSONObject()
        object.add("layer", layer)
        object.add("target", target.description)
        object.add("kind", kind)
        object.add("region", region?.code)
        object.add("reason", reason)
        object.add("since", since)
        return object.bytes
    }
}
