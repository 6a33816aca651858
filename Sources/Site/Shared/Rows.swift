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

/// Something that is missing or should not be used, and why: a row of `api/v1/status.json`.
struct ProblemRow: Sendable, Decodable {
    let layer: String
    let target: Target
    /// `pending`, `unavailable`, `refused` or `yanked`.
    let kind: String
    /// nil if it is so in all regions.
    let region: Region?
    let reason: String
    let since: Timestamp
    /// What was yanked.
    var build: Int?
    var version: String?
    var replacement: String?

    static let yanked = "yanked"

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
        return rows + yanks(listing)
    }

    /// Each build that was yanked, once.
    private static func yanks(_ listing: TargetListing) -> [ProblemRow] {
        var told: Set<Int> = []
        return listing.groups.compactMap { group in
            guard group.status == .yanked, told.insert(group.buildNumber).inserted else { return nil }
            let withdrawal = Withdrawal(group, listing)
            return ProblemRow(
                layer: listing.item.layer.text, target: listing.item.target, kind: yanked, region: nil,
                reason: withdrawal.reason ?? "no reason given",
                since: group.shared.announced ?? group.shared.published, build: group.buildNumber,
                version: listing.version(of: group), replacement: withdrawal.replacement?.version)
        }
    }

    var bytes: [UInt8] {
        var object = JSONObject()
        object.add("layer", layer)
        object.add("target", target.description)
        object.add("kind", kind)
        object.add("region", region?.code)
        object.add("reason", reason)
        object.add("since", since)
        object.add("build", build)
        object.add("version", version)
        object.add("replacement", replacement)
        return object.bytes
    }
}
