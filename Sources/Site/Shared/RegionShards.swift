import Model

/// `api/v1/regions/{region}/{target}/{shard}.json` and `.csv`: the latest of every layer whose name begins alike, and
/// `api/v1/numbers/{target}/{shard}.json`: Lambda's number of each of them by region.
struct RegionShards {
    static let header = "Layer,Version,Build,ARN"
    private static let csv = LineTable.csv(header: header)
    private static let json = LineTable.json(key: "layer")
    private static let numbers = LineTable(head: "{\n", tail: "}\n", separator: ",") { line in
        line.dropFirst().prefix { $0 != UInt8(ascii: "\"") }
    }

    /// An item's latest in one region.
    private struct Place: Sendable {
        let group: ReleaseGroup
        let version: String
        let index: Int
    }

    /// What is kept of an item until the tables are written: little, since there may be very many.
    private struct Entry: Sendable {
        let layer: LayerName
        let clientNames: [LayerName]
        let regions: [Region]
        let latest: [(group: ReleaseGroup, version: String)]

        func place(in region: Region) -> Place? {
            for (group, version) in latest {
                if let index = group.index(of: region) { return Place(group: group, version: version, index: index) }
            }
            return nil
        }
    }

    private let klayers: KlayersAPI.Presence
    private var entries: [Target: [Entry]] = [:]
    private var commonRegions: [Region] = []

    init(klayers: KlayersAPI.Presence) { self.klayers = klayers }

    mutating func add(_ listing: Listing) {
        for target in listing.targets {
            let latest = target.latest.map { (interning($0), target.version(of: $0)) }
            if target.regions != commonRegions { commonRegions = target.regions }
            entries[target.item.target, default: []].append(
                Entry(
                    layer: listing.layer, clientNames: klayers == .none ? [] : target.clientNames,
                    regions: commonRegions, latest: latest))
        }
    }

    /// The group with a list of regions that others share, where it is the same.
    private mutating func interning(_ group: ReleaseGroup) -> ReleaseGroup {
        if group.regions == commonRegions { return group.with(regions: commonRegions) }
        commonRegions = group.regions
        return group
    }

    /// - Parameter coverage: tells which tables there are, for those that are split.
    func write(to store: FileStore, _ resharding: Resharding, _ coverage: Coverage) throws {
        let targets = Set(entries.keys).union(coverage.allTargets).sorted()
        for target in targets {
            let entries = entries[target] ?? []
            let pieces = Self.pieces(entries, resharding)
            let ownRegions = Set(entries.flatMap(\.regions))
            for region in ownRegions.union(coverage.regions(of: target)).sorted() {
                try write(pieces, resharding, target, region, store)
                if klayers != .none, ownRegions.contains(region) {
                    let rows = entries.map { entry in
                        KlayersAPI.LatestRow(
                            layer: entry.layer, clientNames: entry.clientNames,
                            release: klayers == .removed
                                ? nil : entry.place(in: region).map { ($0.version, $0.group.arn(at: $0.index)) })
                    }
                    try KlayersAPI.writeTables(target, region, rows, store.filter)
                }
            }
            try write("api/v1/numbers/\(target)", ".json", Self.numbers, pieces, resharding, store) { entry in
                Self.numberRow(entry)
            }
        }
    }

    /// The entries of a piece of the layout.
    private struct Piece: Sendable {
        let place: Resharding.Piece
        let entries: [Entry]
    }

    private static func pieces(_ entries: [Entry], _ resharding: Resharding) -> [Piece] {
        let shards = Dictionary(grouping: entries) { resharding.layout.home(of: $0.layer.text) }
        return resharding.pieces.compactMap { place in
            let entries = shards[place.shard] ?? []
            return entries.isEmpty && !place.isCarved ? nil : Piece(place: place, entries: entries)
        }
    }

    private func write(
        _ pieces: [Piece], _ resharding: Resharding, _ target: Target, _ region: Region, _ store: FileStore
    ) throws {
        let here = pieces.compactMap { piece -> Piece? in
            let entries = piece.entries.filter { $0.regions.contains(region) }
            return entries.isEmpty && !piece.place.isCarved ? nil : Piece(place: piece.place, entries: entries)
        }
        let base = "api/v1/regions/\(region)/\(target)"
        try write(base, ".csv", Self.csv, here, resharding, store) { entry in
            entry.place(in: region).map { Self.csvRow(entry.layer, $0) }
        }
        try write(base, ".json", Self.json, here, resharding, store) { entry in
            entry.place(in: region).map { Self.jsonRow(entry.layer, $0) }
        }
    }

    private func write(
        _ folder: String, _ suffix: String, _ table: LineTable, _ pieces: [Piece], _ resharding: Resharding,
        _ store: FileStore, row: @escaping @Sendable (Entry) -> [UInt8]?
    ) throws {
        func update(_ piece: Piece) -> FileStore.Update {
            let source = "\(folder)/\(piece.place.source)\(suffix)"
            return FileStore.Update(path: "\(folder)/\(piece.place.shard)\(suffix)", source: source) { old in
                let blocks = piece.entries.map { entry in
                    LineTable.Block(layer: entry.layer, rows: row(entry).map { [$0] } ?? [])
                }
                let rows = try resharding.rows(of: piece.place, in: old, table, path: source)
                return try table.replacing(blocks, in: rows, path: source)
            }
        }
        try store.update(pieces.filter { !$0.place.isInPlace }.map(update))
        try store.update(pieces.filter(\.place.isInPlace).map(update))
        for shard in resharding.gone { try store.filter.delete("\(folder)/\(shard)\(suffix)") }
    }

    private static func csvRow(_ layer: LayerName, _ place: Place) -> [UInt8] {
        var out: [UInt8] = []
        out.append(csv: layer.text)
        out.append(",")
        out.append(csv: place.version)
        out.append(",\(place.group.buildNumber),")
        out.append(csv: place.group.arn(at: place.index))
        return out
    }

    private static func jsonRow(_ layer: LayerName, _ place: Place) -> [UInt8] {
        var object = JSONObject()
        object.add("layer", layer.text)
        object.add("version", place.version)
        object.add("build", place.group.buildNumber)
        object.add("arn", place.group.arn(at: place.index))
        return object.bytes
    }

    private static func numberRow(_ entry: Entry) -> [UInt8]? {
        var numbers = JSONObject()
        var isEmpty = true
        for region in entry.regions {
            guard let place = entry.place(in: region) else { continue }
            numbers.add(region.code, Int(place.group.numbers[place.index]))
            isEmpty = false
        }
        guard !isEmpty else { return nil }
        var out = JSONObject.text(entry.layer.text)
        out.append(":")
        out.append(contentsOf: numbers.bytes)
        return out
    }
}

extension ReleaseGroup {
    /// Where a region stands in the group, by halving.
    func index(of region: Region) -> Int? {
        var (low, high) = (0, regions.count)
        while low < high {
            let middle = (low + high) / 2
            if regions[middle] < region { low = middle + 1 } else { high = middle }
        }
        return low < regions.count && regions[low] == region ? low : nil
    }

    func with(regions: [Region]) -> ReleaseGroup {
        ReleaseGroup(shared: shared, regions: regions, numbers: numbers, unusual: unusual)
    }
}
