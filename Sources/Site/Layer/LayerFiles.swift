import Model

/// The files that are one layer's own, and what the shared files say of it.
struct LayerFiles: Sendable {
    let listing: Listing
    let traces: LayerTraces
    let rows: LayerRows
    /// The digest of the layer's document in the API.
    let documentDigest: ContentDigest
    private let files: [(path: String, bytes: [UInt8]?)]

    init(_ state: LayerState, pages: Pages, options: SiteOptions) throws {
        let listing = Listing(state)
        let page = LayerPage(state: state, listing: listing)
        self.listing = listing
        traces = LayerTraces(listing)
        rows = LayerRows(state, listing)
        let document = LayerDocument.bytes(state, listing)
        documentDigest = .of(document)
        var files: [(path: String, bytes: [UInt8]?)] = [
            (page.path, try pages.render("layer", page.view, title: state.layer.text, path: page.path)),
            (LayerData.path(of: state.layer), LayerData.bytes(state, listing)),
            (LayerDocument.path(of: state.layer), document),
            ("layers/\(state.layer).xml", AtomFeed.bytes(ofLayer: state.layer, rows.changes, pages.registry)),
        ]
        for (state, listing) in zip(state.items, listing.targets) {
            files += APIFiles.files(of: state, listing)
            if options.klayersAPI { files += KlayersAPI.files(of: state, listing) }
        }
        self.files = files
    }

    func write(through filter: ChangeFilter) throws {
        for (path, bytes) in files { try filter.replace(path, with: bytes) }
    }
}

/// The rows of a layer in files that it shares with others.
struct LayerRows: Sendable {
    let search: SearchRow
    /// Newest first.
    let changes: [ChangeRow]
    let expiring: [ExpiryRow]
    let problems: [ProblemRow]

    init(_ state: LayerState, _ listing: Listing) {
        search = SearchRow(state, listing)
        changes = zip(state.items, listing.targets).flatMap(ChangeRow.rows).sorted(by: ChangeRow.isNewer)
        expiring = listing.targets.flatMap(ExpiryRow.rows)
        problems = listing.targets.flatMap(ProblemRow.rows)
    }
}
