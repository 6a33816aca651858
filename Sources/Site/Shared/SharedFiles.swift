import Model

/// Gathers what layers say in files that they share, and then writes those of them that are touched.
struct SharedFiles {
    private let registry: RegistryInput
    private let options: SiteOptions
    private var search = SearchIndex()
    private var changes = DayTables(folder: "api/v1/changes")
    private var expiring = DayTables(folder: "api/v1/expiring")
    private var problems: [LineTable.Block] = []
    private var coverage = Coverage.Change()
    private var regions: RegionShards
    private var sitemap: [LineTable.Block] = []

    init(_ registry: RegistryInput, options: SiteOptions) {
        self.registry = registry
        self.options = options
        regions = RegionShards(options: options)
    }

    mutating func add(_ files: LayerFiles, before old: LayerTraces?) {
        let layer = files.listing.layer
        let rows = files.rows
        search.add(rows.search, of: layer, document: files.documentDigest)
        changes.add(
            layer, rows.changes.map { ($0.published.date, $0.bytes) }, before: old?.changeDays ?? [])
        expiring.add(
            layer, rows.expiring.map { ($0.expires.date, $0.bytes) }, before: old?.expiryDays ?? [])
        problems.append(LineTable.Block(layer: layer, rows: rows.problems.map(\.bytes)))
        coverage.add(files.traces, before: old)
        regions.add(files.listing)
        sitemap.append(Sitemap.block(of: files.listing, registry))
    }

    /// Pages are made from shared files that this very render may have changed, so those are kept at hand; the tables
    /// of regions are large and are not.
    func write(through direct: ChangeFilter, pages: Pages) throws {
        let written = WrittenFiles(direct.existing)
        let filter = ChangeFilter(existing: written.read) { change in
            written.note(change)
            try direct.sink(change)
        }
        let shards = try search.write(through: filter, pages: pages)
        let days = try changes.write(through: filter)
        let expiries = try expiring.write(through: filter)
        let coverage = try coverage.write(through: filter)
        let status = try StatusTable.write(problems, through: filter)
        try regions.write(through: direct)
        try Sitemap.write(sitemap, registry, through: filter)

        let recent = try RecentChanges(days, filter)
        try CoveragePage(registry, coverage).write(through: filter, pages: pages)
        try StatusPage(status).write(through: filter, pages: pages)
        try DeprecationPages(expiries, touched: expiring.touched).write(through: filter, pages: pages)
        try HomePage(shards: shards, coverage: coverage, recent: recent).write(through: filter, pages: pages)
        try filter.write(AtomFeed.bytes(of: recent.rows, registry), to: "feed.xml")
        try APIIndex(registry, shards: shards, coverage: coverage).write(through: filter)
    }
}
