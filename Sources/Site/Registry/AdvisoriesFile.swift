import Model

/// `layers/{layer}/advisories.json`: what is known to be wrong with a layer's latest builds. There is none if nothing is.
enum AdvisoriesFile {
    /// - Throws: what the filter throws.
    static func write(
        _ layer: LayerState, _ listing: Listing, in folders: LayerFolders, through filter: ChangeFilter
    ) throws {
        let path = "\(folders.folder(of: layer.layer))/advisories.json"
        let telling = listing.targets.filter { $0.audit?.entries.isEmpty == false }
        guard !telling.isEmpty else { return try filter.delete(path) }
        let bytes = JSONObject.file { file in
            file.add("format", 1)
            file.add("layer", layer.layer.text)
            file.add("advisories", rows: telling.flatMap(AdvisoryRow.rows)) { row, advisory in
                row.add("target", advisory.target.description)
                row.add("serial", advisory.build)
                AdvisoryRow.add(advisory.entry, to: &row)
            }
        }
        try filter.write(bytes, to: path)
    }
}
