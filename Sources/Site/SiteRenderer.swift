import Model

/// What of the site is a matter of choice.
public struct SiteOptions: Sendable, Hashable {
    /// Whether `/api/v2/` is written for clients of Klayers: several files per layer, target and region, so a large
    /// registry does without.
    public var klayersAPI: Bool

    public init(klayersAPI: Bool = false) { self.klayersAPI = klayersAPI }
}

/// Renders the `gh-pages` branch: pages, feeds and the static API.
///
/// Pure, as `MainRenderer` is. A layer's own files are made from its state alone. Files that layers share are split by
/// a layer's first letter or by day, and rows of other layers are taken over as they are, so the cost of rendering
/// follows the change.
public struct SiteRenderer: Sendable {
    private let registry: RegistryInput
    private let options: SiteOptions
    private let pages: Pages

    public init(_ registry: RegistryInput, options: SiteOptions = .init()) {
        self.registry = registry
        self.options = options
        pages = Pages(registry)
    }

    /// The changes that bring the branch in step with some layers.
    ///
    /// - Parameters:
    ///   - layers: those that changed, each with all its items; all of them for a full render.
    ///   - existing: the branch as it is.
    /// - Throws: `inconsistent` if a file of the branch is damaged; and what `existing` throws.
    public func changes(for layers: [LayerState], existing: ExistingFiles) throws -> [FileChange] {
        try withoutActuallyEscaping(existing) { existing in
            var changes: [FileChange] = []
            try render(layers, existing: existing) { changes.append($0) }
            return changes.sorted { $0.path < $1.path }
        }
    }

    /// The same, handed out file by file, for a full render: neither the layers nor the files need be in memory at
    /// once. Layers are rendered in parallel; the order of files is the same every time.
    public func render(
        _ layers: some Sequence<LayerState>, existing: @escaping ExistingFiles,
        into sink: @escaping (FileChange) throws -> Void
    ) throws {
        let filter = ChangeFilter(existing: existing, sink: sink)
        var shared = SharedFiles(registry, options: options)
        var iterator = layers.makeIterator()
        while true {
            var chunk: [LayerState] = []
            while chunk.count < 64, let layer = iterator.next() { chunk.append(layer) }
            if chunk.isEmpty { break }
            let rendered = try Parallel.map(chunk) { layer in
                try LayerFiles(layer, pages: pages, options: options)
            }
            for files in rendered {
                let old = try formerTraces(of: files.listing.layer, filter)
                try files.write(through: filter)
                shared.add(files, before: old)
            }
        }
        try shared.write(through: filter, pages: pages)
        try StaticFiles(registry: registry, pages: pages).write(through: filter)
    }

    private func formerTraces(of layer: LayerName, _ filter: ChangeFilter) throws -> LayerTraces? {
        let path = LayerDocument.path(of: layer)
        return try filter.existing(path).map { try LayerDocument.traces(in: $0, path: path) }
    }
}
