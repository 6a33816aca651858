import Model

/// `api/v1/regions/{region}/{target}/{shard}.json` and `.csv`: the latest of every layer whose name begins alike, and
/// `api/v1/targets/{target}/layers.json`: Lambda's number of every layer by region.
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
        let regions: [Region]
        let latest: [(group: ReleaseGroup, version: String)]

        func place(in region: Region) -> Place? {
            for (group, version) in latest {
                if let index = group.index(of: region) { return Place(group: group, version: version, index: index) }
            }
            return nil
        }
    }

    private let options: SiteOptions
    private var entries: [Target: [Entry]] = [:]
    private var commonRegions: [Region] = []

    init(options: SiteOptions) { self.options = options }

    mutating func add(_ listing: Listing) {
        for target in listing.targets {
            let latest = target.latest.map { (interning($0), target.version(of: $0)) }
            if target.regions != commonRegions { commonRegions = target.regions }
            entries[target.item.target, default: []].append(
                Entry(layer: listing.layer, regions: commonRegions, latest: latest))
        }
    }

    /// The group with a list of regions that others share, where it is the same.
    private mutating func interning(_ group: ReleaseGroup) -> ReleaseGroup {
        if group.regions == commonRegions { return group.with(regions: commonRegions) }
        commonRegions = group.regions
        return group
    }

    func write(through filter: ChangeFilter) throws {
        for (target, entries) in entries.sorted(by: { $0.key < $1.key }) {
            let shards = Dictionary(grouping: entries) { Shard.of($0.layer) }.sorted { $0.key < $1.key }
            for region in Set(entries.flatMap(\.regions)).sorted() {
                try write(shards, target, region, filter)
                if options.klayersAPI {
                    try KlayersAPI.writeTables(
                        target, region,
                        entries.compactMap { entry in
                            entry.place(in: region).map { (entry.layer, $0.version, $0.group.arn(at: $0.index)) }
                        }, touched: entries.map(\.layer), filter)
                }
            }
            let path = "api/v1/targets/\(target)/layers.json"
            let blocks = entries.map { entry in
                LineTable.Block(layer: entry.layer, rows: Self.numberRow(entry).map { [$0] } ?? [])
            }
            try filter.replace(path, with: Self.numbers.replacing(blocks, in: filter.existing(path), path: path))
        }
    }

    /// One file of a region, before its rows are put in.
    private struct Job: Sendable {
        let path: String
        let table: LineTable
        let entries: [Entry]
        let existing: [UInt8]?
        let row: @Sendable (LayerName, Place) -> [UInt8]
    }

    /// Files are read and written one after the other; their rows are made on all cores.
    private func write(
        _ shards: [(key: String, value: [Entry])], _ target: Target, _ region: Region, _ filter: ChangeFilter
    ) throws {
        var jobs: [Job] = []
        for (shard, entries) in shards {
            let reaching = entries.filter { $0.regions.contains(region) }
            guard !reaching.isEmpty else { continue }
            let base = "api/v1/regions/\(region)/\(target)/\(shard)"
            jobs.append(
                Job(
                    path: base + ".csv", table: Self.csv, entries: reaching,
                    existing: try filter.existing(base + ".csv"), row: Self.csvRow))
            jobs.append(
                Job(
                    path: base + ".json", table: Self.json, entries: reaching,
                    existing: try filter.existing(base + ".json"), row: Self.jsonRow))
        }
        let files = try Parallel.map(jobs) { job in
            let blocks = job.entries.map { entry in
                LineTable.Block(
                    layer: entry.layer, rows: entry.place(in: region).map { [job.row(entry.layer, $0)] } ?? [])
            }
            return try job.table.replacing(blocks, in: job.existing, path: job.path)
        }
        for (job, bytes) in zip(jobs, files) {
            guard bytes != job.existing else { continue }
            try filter.sink(FileChange(path: job.path, content: bytes.map { .write($0) } ?? .delete))
        }
    }

    @Sendable private static func csvRow(_ layer: LayerName, _ place: Place) -> [UInt8] {
        var out: [UInt8] = []
        out.append(csv: layer.text)
        out.append(",")
        out.append(csv: place.version)
        out.append(",\(place.group.serial),")
        out.append(csv: place.group.arn(at: place.index))
        return out
    }

    @Sendable private static func jsonRow(_ layer: LayerName, _ place: Place) -> [UInt8] {
        var object = JSONObject()
        object.add("layer", layer.text)
        object.add("version", place.version)
        object.add("build", place.group.serial)
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
