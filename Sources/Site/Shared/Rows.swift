import Model

/// A layer in the search index:
/// `["requests","2.32.5","Python HTTP for Humans.",1258291,"2026-11-06","3.13 3.13a",["certifi","2026.8.3"]]`.
struct SearchRow: Sendable, Decodable {
    let layer: String
    let version: String
    let summary: String
    /// Unzipped, in bytes; 0 if it is not known.
    let size: Int
    /// When something was last published; empty if nothing is listed.
    let date: String
    /// Where something is latest: `3.13 3.13a`, an `a` for arm64.
    let runtimes: String
    /// The packages inside with their versions, without the one that names the layer.
    let packages: [String]
    /// The versions that targets and regions have where it is another than the layer's, as JSON:
    /// `{"python3.9":{"":"1.2"},"python3.13":{"eu-west-1":"1.3"}}`.
    var others: String?

    init(_ state: LayerState, _ listing: Listing) {
        let build = state.newestBuild
        layer = state.layer.text
        version = Words.short(listing.version ?? "", 80)
        summary = build?.mainPackage?.summary.map { Words.short($0, 160) } ?? ""
        size = build?.artifact?.unzipped.bytes ?? 0
        date = listing.newestPublished?.date ?? ""
        let current = listing.targets.filter { $0.newest != nil }.map(\.item.target)
        runtimes = Words.preferred(current).map(\.badge).joined(separator: " ")
        packages = (build?.packages ?? []).filter { $0.name.text != state.layer.text }.flatMap {
            [$0.name.text, Words.short($0.version, 80)]
        }
        others = Self.others(listing, version)
    }

    private static func others(_ listing: Listing, _ version: String) -> String? {
        var found = JSONObject()
        var isEmpty = true
        for target in listing.targets {
            guard let latest = target.newest else { continue }
            let own = Words.short(target.version(of: latest.group), 80)
            let behind = latest.places.filter { latest.group(at: $0).buildNumber != latest.buildNumber }
            guard own != version || !behind.isEmpty else { continue }
            isEmpty = false
            found.add(
                target.item.target.description,
                object: { versions in
                    if own != version { versions.add("", own) }
                    for place in behind {
                        versions.add(place.region.code, Words.short(target.version(of: latest.group(at: place)), 80))
                    }
                })
        }
        return isEmpty ? nil : String(decoding: found.bytes, as: UTF8.self)
    }

    init(from decoder: any Decoder) throws {
        var row = try decoder.unkeyedContainer()
        layer = try row.decode(String.self)
        version = try row.decode(String.self)
        summary = try row.decode(String.self)
        size = try row.decode(Int.self)
        date = try row.decode(String.self)
        runtimes = try row.decode(String.self)
        packages = try row.decode([String].self)
        others = try row.isAtEnd ? nil : row.decode(String.self)
    }

    var bytes: [UInt8] {
        var fields = [layer, version, summary].map(JSONObject.text)
        fields.append(Array("\(size)".utf8))
        fields += [date, runtimes].map(JSONObject.text)
        fields.append(JSONObject.array(packages.map(JSONObject.text)))
        if let others { fields.append(JSONObject.text(others)) }
        return JSONObject.array(fields)
    }

    var view: View {
        [
            .layer: .text(layer), .version: .text(version), .summary: .text(summary),
            .size: .text(size > 0 ? Words.size(ByteCount(size)) : ""), .date: .text(date),
            .targets: .texts(runtimes.split(separator: " ").map { String($0).replacing("a", with: " arm64") }),
            .text: .text(runtimes), .older: .text(others),
        ]
    }

    /// A name as package indexes compare names: in lower case, with runs of `-`, `_` and `.` as one `-`.
    static func plain(_ name: String) -> String {
        var out: [UInt8] = []
        for byte in name.utf8 {
            let isSign = "-_.".utf8.contains(byte)
            if !isSign { out.append(byte.asciiLowercased) } else if out.last != UInt8(ascii: "-") { out.append(0x2d) }
        }
        return String(decoding: out, as: UTF8.self)
    }
}

extension Target {
    /// `3.13`, or `3.13a` for arm64; `any` for what runs on all.
    fileprivate var badge: String {
        (isAny ? "any" : "\(python)") + (architecture == .arm64 ? "a" : "")
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
