import Model

/// `deployments/{target}/arns/{region}.csv` and `.json`: every listed release of a region that is not deleted.
///
/// Rows are sorted by the layer's name in lower case, then by the moment of publishing and Lambda's number. The CSV is
/// what the first system of this kind wrote, to the header's letter; its dates have no `Z`.
struct RegionTables {
    static let header = "Package,Package Version,Status,Expiry Date,Arn"

    private struct Place: Hashable {
        let target: Target
        let region: Region
    }

    private struct Row {
        let group: ReleaseGroup
        let index: Int
        let version: String
    }

    /// The rows of the layers that are rendered; a layer without rows is there too, to replace its former ones.
    private var places: [Place: [LayerName: [Row]]] = [:]

    mutating func add(_ listing: Listing) {
        for target in listing.targets {
            for region in target.regions {
                places[Place(target: target.item.target, region: region), default: [:]][listing.layer] = []
            }
            for group in target.groups where group.status != .deleted {
                for (index, region) in group.regions.enumerated() {
                    let row = Row(group: group, index: index, version: target.version(of: group))
                    places[Place(target: target.item.target, region: region)]?[listing.layer]?.append(row)
                }
            }
        }
    }

    /// - Parameter isComplete: true if no rows but these are to be in the files.
    func write(through filter: ChangeFilter, isComplete: Bool) throws {
        let csv = LineTable.csv(header: Self.header)
        let json = LineTable.json(key: "package")
        for (place, layers) in places.sorted(by: { ($0.key.target, $0.key.region) < ($1.key.target, $1.key.region) }) {
            let path = "deployments/\(place.target)/arns/\(place.region)"
            let sorted = layers.map { ($0, $1.sorted(by: Self.isOlder)) }
            for (table, suffix, line) in [(csv, ".csv", Self.csvLine), (json, ".json", Self.jsonLine)] {
                let blocks = sorted.map { layer, rows in
                    LineTable.Block(layer: layer, rows: rows.map { line(layer, $0) })
                }
                let old = try filter.existing(path + suffix)
                let new = try table.replacing(blocks, in: isComplete ? nil : old, path: path + suffix)
                if let new, new != old { try filter.sink(FileChange(path: path + suffix, content: .write(new))) }
                if new == nil, old != nil { try filter.sink(FileChange(path: path + suffix, content: .delete)) }
            }
        }
    }

    private static func isOlder(_ left: Row, _ right: Row) -> Bool {
        (left.group.shared.published, left.group.numbers[left.index], left.group.shared.name)
            < (right.group.shared.published, right.group.numbers[right.index], right.group.shared.name)
    }

    private static func csvLine(_ layer: LayerName, _ row: Row) -> [UInt8] {
        var out: [UInt8] = []
        out.append(csv: layer.text)
        out.append(",")
        out.append(csv: row.version)
        out.append(",\(row.group.status.rawValue),")
        if let expires = row.group.shared.end { out.append(String(expires.description.dropLast())) }
        out.append(",")
        out.append(csv: row.group.arn(at: row.index))
        return out
    }

    private static func jsonLine(_ layer: LayerName, _ row: Row) -> [UInt8] {
        var object = JSONObject()
        object.add("package", layer.text)
        object.add("version", row.version)
        object.add("build", row.group.buildNumber)
        object.add("status", row.group.status.rawValue)
        object.add("published", row.group.shared.published)
        object.add("expires", row.group.shared.end)
        object.add("reason", row.group.shared.reason)
        object.add("arn", row.group.arn(at: row.index))
        return object.bytes
    }
}
