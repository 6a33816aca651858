import Model

/// The files that are one layer's own, and its share of the files of all.
struct LayerFiles: Sendable {
    let listing: Listing
    let share: LayerShare
    private let files: [(path: String, bytes: [UInt8]?)]

    init(_ state: LayerState, pages: Pages, klayers: KlayersAPI.Presence) throws {
        let listing = Listing(state, updates: pages.registry.updates)
        let page = LayerPage(state: state, listing: listing)
        let rows = LayerRows(state, listing)
        let document = LayerDocument.bytes(state, listing)
        self.listing = listing
        share = LayerShare(
            listing: listing, traces: LayerTraces(state, listing), rows: rows, documentDigest: .of(document))
        var files: [(path: String, bytes: [UInt8]?)] = [
            (page.path, try page.bytes(pages)),
            (BuildsPage.path(of: state.layer), try BuildsPage(state: state, listing: listing).bytes(pages)),
            (LayerData.path(of: state.layer), LayerData.bytes(state, listing)),
            (LayerDocument.path(of: state.layer), document),
            ("layers/\(state.layer).xml", AtomFeed.bytes(ofLayer: state.layer, rows.changes, pages.registry)),
        ]
        for (state, listing) in zip(state.items, listing.targets) {
            files += APIFiles.files(of: state, listing)
            switch klayers {
            case .none: break
            case .written: files += KlayersAPI.files(of: state, listing)
            case .removed: files += KlayersAPI.files(of: state, listing).map { ($0.path, nil) }
            }
        }
        self.files = files
    }

    /// - Returns: what the shared files hold of the layer; nil if it is new.
    func write(through filter: ChangeFilter) throws -> LayerTraces? {
        let path = LayerDocument.path(of: listing.layer)
        let before = try filter.existing(path).map { try LayerDocument.traces(in: $0, path: path) }
        for (path, bytes) in files { try filter.replace(path, with: bytes) }
        return before
    }
}

/// What is kept of a layer until the files of all layers are written.
struct LayerShare: Sendable {
    let listing: Listing
    let traces: LayerTraces
    let rows: LayerRows
    /// The digest of the layer's document in the API.
    let documentDigest: ContentDigest
}

/// The rows of a layer in files that it shares with others.
struct LayerRows: Sendable {
    let search: SearchRow
    /// Newest first.
    let changes: [ChangeRow]
    let expiring: [ExpiryRow]
    let problems: [ProblemRow]
    let advisories: [AdvisoryRow]

    init(_ state: LayerState, _ listing: Listing) {
        search = SearchRow(state, listing)
        changes = zip(state.items, listing.targets).flatMap(ChangeRow.rows).sorted(by: ChangeRow.isNewer)
        expiring = listing.targets.flatMap(ExpiryRow.rows)
        problems = listing.targets.flatMap(ProblemRow.rows)
        advisories = listing.targets.flatMap(AdvisoryRow.rows)
    }
}
