import Model

/// `/api/v2/` as clients of Klayers read it: directories that answer with an `index.html` which holds JSON. A static
/// host sends it as HTML, so `<` is escaped in it.
enum KlayersAPI {
    /// What a render does about these files.
    enum Presence: Sendable {
        case none, written
        /// They were written formerly and are not wanted any more.
        case removed

        init(_ options: SiteOptions, existing filter: ChangeFilter) throws {
            let isThere = try filter.existing(APIIndex.path).map { try APIIndex.hasKlayersAPI($0) } ?? false
            self = options.klayersAPI ? .written : isThere ? .removed : .none
        }
    }

    /// `api/v2/p3.12-arm64/layers/{region}/{layer}/index.html`: a layer's releases in a region, newest first; the same
    /// under each name by which clients ask for it.
    static func files(of state: ItemState, _ listing: TargetListing) -> [(path: String, bytes: [UInt8]?)] {
        let names = [listing.item.layer] + listing.clientNames
        return listing.regions.flatMap { region in
            let rows = listing.groups.compactMap { group -> [UInt8]? in
                guard group.status != .deleted, let index = group.index(of: region) else { return nil }
                return row(group, index, state.build(group.buildNumber), listing)
            }
            let bytes = JSONObject.array(rows) + [0x0a]
            return names.map { ("\(base(listing.item.target))/\(region)/\($0)/index.html", bytes) }
        }
    }

    private static func row(_ group: ReleaseGroup, _ index: Int, _ build: Build?, _ listing: TargetListing) -> [UInt8] {
        var object = JSONObject()
        object.add("arn", group.arn(at: index))
        object.add("packageVersion", listing.version(of: group))
        object.add("deployStatus", group.status.rawValue)
        object.add("dependencies", strings: (build?.packages ?? []).map { "\($0.name)==\($0.version)" })
        object.add("expiryDate", group.shared.end.map { String($0.description.dropLast()) })
        return object.bytes
    }

    private static let json = LineTable.json(key: "package")
    private static let csv = LineTable.csv(header: "Package,Package Version,arn")
    private static let html = LineTable(
        head: """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" \
            content="default-src 'none'"><title>Layers</title></head><body><table>
            <thead><tr><th>Package</th><th>Package Version</th><th>ARN</th></tr></thead><tbody>

            """, tail: "</tbody></table></body></html>\n", separator: ""
    ) { line in
        line.dropFirst("<tr><td>".utf8.count).prefix { $0 != UInt8(ascii: "<") }
    }

    /// The latest of a layer in a region, or that there is none any more.
    struct LatestRow {
        let layer: LayerName
        /// The other names by which clients ask for it.
        let clientNames: [LayerName]
        let release: (version: String, arn: String)?
    }

    /// `api/v2/p3.12/layers/latest/{region}/` and, below it, `json/`, `csv/` and `html/`: the latest of every layer,
    /// under its own name and those of clients.
    static func writeTables(_ target: Target, _ region: Region, _ rows: [LatestRow], _ filter: ChangeFilter) throws {
        let folder = "\(base(target))/latest/\(region)"
        let own = Set(rows.map(\.layer))
        func blocks(_ line: (LayerName, String, String) -> [UInt8]) -> [LineTable.Block] {
            rows.flatMap { row in
                // A layer that has such a name itself comes first.
                ([row.layer] + row.clientNames.filter { !own.contains($0) }).map { name in
                    LineTable.Block(layer: name, rows: row.release.map { [line(name, $0.version, $0.arn)] } ?? [])
                }
            }
        }
        let objects = blocks { layer, version, arn in
            var object = JSONObject()
            object.add("package", layer.text)
            object.add("packageVersion", version)
            object.add("arn", arn)
            return object.bytes
        }
        let lines = blocks { layer, version, arn in
            var out: [UInt8] = []
            out.append(csv: layer.text)
            out.append(",")
            out.append(csv: version)
            out.append(",")
            out.append(csv: arn)
            return out
        }
        let cells = blocks { layer, version, arn in
            var out: [UInt8] = []
            for (start, text) in [("<tr><td>", layer.text), ("</td><td>", version), ("</td><td>", arn)] {
                out.append(start)
                out.append(html: PlainText.line(text))
            }
            out.append("</td></tr>")
            return out
        }
        for (table, path, blocks) in [
            (json, "\(folder)/index.html", objects), (json, "\(folder)/json/index.html", objects),
            (csv, "\(folder)/csv/index.html", lines), (html, "\(folder)/html/index.html", cells),
        ] {
            try filter.replace(path, with: table.replacing(blocks, in: filter.existing(path), path: path))
        }
    }

    /// `api/v2/p3.12-arm64/layers`
    private static func base(_ target: Target) -> String {
        "api/v2/\(target.isAny ? "any" : "p\(target.python)")" + (target.architecture == .arm64 ? "-arm64" : "")
            + "/layers"
    }
}
