import Model

/// An advisory about a layer's latest build: a row of `api/v1/advisories.json`.
struct AdvisoryRow: Sendable {
    let layer: String
    let target: Target
    let build: Int
    let version: String
    let entry: Audit.Entry

    static func rows(_ listing: TargetListing) -> [AdvisoryRow] {
        guard let audit = listing.audit else { return [] }
        return audit.entries.map { entry in
            AdvisoryRow(
                layer: listing.item.layer.text, target: listing.item.target, build: audit.buildNumber,
                version: listing.versions[audit.buildNumber] ?? "", entry: entry)
        }
    }

    var bytes: [UInt8] {
        var object = JSONObject()
        object.add("layer", layer)
        object.add("target", target.description)
        object.add("build", build)
        object.add("version", version)
        Self.add(entry, to: &object)
        return object.bytes
    }

    static func add(_ entry: Audit.Entry, to object: inout JSONObject) {
        let advisory = entry.advisory
        object.add("id", advisory.id)
        object.add("package", advisory.package.text)
        object.add("installed", advisory.version)
        object.add("severity", advisory.severity.rawValue)
        object.add("since", entry.since)
        object.add("aliases", strings: advisory.aliases)
        object.add("fixed", strings: advisory.fixed)
        object.add("summary", advisory.summary)
        object.add("ignored", entry.ignored)
    }
}

/// `api/v1/advisories.json`: what is known about the latest builds of all layers. There is none without advisories.
enum AdvisoryTable {
    private static let path = "api/v1/advisories.json"
    private static let table = LineTable.json(key: "layer")

    static func write(_ blocks: [LineTable.Block], through filter: ChangeFilter) throws {
        let existing = try filter.existing(path)
        // Most registries have none, and nothing to read.
        guard existing != nil || blocks.contains(where: { !$0.rows.isEmpty }) else { return }
        try filter.replace(path, with: try table.replacing(blocks, in: existing, path: path))
    }
}
