import Model

/// Gathers what layers say in files that they share, and then writes those of them that are touched.
struct SharedFiles {
    private let registry: RegistryInput
    let klayers: KlayersAPI.Presence
    private let shardCapacity: Int
    private var search: SearchIndex
    private var contents = ContentsIndex()
    private var layers: [LineTable.Block] = []
    private var names = NameIndex()
    private var digests: [LayerName: [UInt8]] = [:]
    private var changes = DayTables(folder: "api/v1/changes")
    private var expiring = DayTables(folder: "api/v1/expiring")
    private var problems: [LineTable.Block] = []
    private var advisories: [LineTable.Block] = []
    private var coverage = Coverage.Change()
    private var regions: RegionShards
    private var sitemap: [LineTable.Block] = []

    private let featured: [LayerName]

    init(_ registry: RegistryInput, klayers: KlayersAPI.Presence, featured: [LayerName], shardCapacity: Int) {
        self.featured = featured
        self.shardCapacity = shardCapacity
        self.registry = registry
        self.klayers = klayers
        regions = RegionShards(klayers: klayers)
        search = SearchIndex(capacity: shardCapacity + shardCapacity / 4)
    }

    mutating func add(_ files: LayerShare, before old: LayerTraces?) {
        let layer = files.listing.layer
        let rows = files.rows
        search.add(rows.search, of: layer)
        contents.add(layer, files.traces.packages ?? [:], before: old?.packages)
        layers.append(LineTable.Block(layer: layer, rows: [Array(layer.text.utf8)]))
        names.add(layer, files.traces.names, before: old?.names ?? [])
        digests[layer] = LayerDigests.row(layer, rows.search, files.documentDigest)
        changes.add(
            layer, rows.changes.map { ($0.published.date, $0.bytes) }, before: old?.changeDays ?? [])
        expiring.add(
            layer, rows.expiring.map { ($0.expires.date, $0.bytes) }, before: old?.expiryDays ?? [])
        problems.append(LineTable.Block(layer: layer, rows: rows.problems.map(\.bytes)))
        advisories.append(LineTable.Block(layer: layer, rows: rows.advisories.map(\.bytes)))
        coverage.add(files.traces, before: old)
        regions.add(files.listing)
        sitemap.append(Sitemap.block(of: files.listing, registry))
    }

    /// Writes what layers share, and what depends on none.
    ///
    /// - Returns: how large the site is.
    func finish(_ store: FileStore, pages: Pages) throws -> SiteSize {
        let filter = store.filter
        let all = try write(to: store, pages: pages)
        try StaticFiles(registry: registry, pages: all).write(through: filter)
        return try filter.tally?.write(through: filter) ?? .none
    }

    /// Pages are made from shared files that this very render may have changed, so those are kept at hand; the tables
    /// of regions are large and are not.
    ///
    /// - Returns: pages whose pickers offer all that there is.
    private func write(to store: FileStore, pages: Pages) throws -> Pages {
        let direct = store.filter
        let written = WrittenFiles(direct.existing)
        let filter = ChangeFilter(existing: written.read, tally: direct.tally) { change in
            written.note(change)
            try direct.sink(change)
        }
        let resharding = try Resharding(
            Array(digests.keys), capacity: shardCapacity, from: ShardLayout(existing: filter), LayerDigests.table,
            path: LayerDigests.path, filter)
        try LayerDigests.write(digests, resharding, through: direct)
        let found = try search.write(through: filter)
        try contents.write(through: direct)
        try names.write(through: direct)
        try LayerList.write(layers, through: direct)
        let days = try changes.write(through: filter)
        let expiries = try expiring.write(through: filter)
        let coverage = try coverage.write(through: filter)
        let status = try StatusTable.write(problems, through: filter)
        try AdvisoryTable.write(advisories, through: filter)
        try regions.write(to: store, resharding, coverage)
        try Sitemap.write(sitemap, registry, through: filter)

        let complete = Pages(registry.with(coverage))
        let recent = try RecentChanges(days, filter)
        try CoveragePage(complete.registry, coverage).write(through: filter, pages: complete)
        try StatusPage(status, recent).write(through: filter, pages: complete)
        try DeprecationPages(expiries, touched: expiring.touched).write(through: filter, pages: complete)
        try BrowsePages(found).write(through: filter, pages: complete)
        try HomePage(search: found, featured: featured, coverage: coverage, recent: recent).write(
            through: filter, pages: complete)
        try filter.write(AtomFeed.bytes(of: recent.rows, registry), to: "feed.xml")
        try APIIndex(registry, shards: resharding.layout.shards, coverage: coverage, klayers: klayers).write(
            through: filter)
        return complete
    }
}

extension RegistryInput {
    /// The same with the targets and regions in which something is latest, though they are not configured any more.
    fileprivate func with(_ coverage: Coverage) -> RegistryInput {
        RegistryInput(
            description: description, regions: regions + coverage.allRegions, targets: targets + coverage.allTargets,
            retention: retention, accounts: accounts, updates: updates, isSigned: isSigned)
    }
}
