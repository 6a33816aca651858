import Model
import Synchronization

/// What of the site is a matter of choice.
public struct SiteOptions: Sendable, Hashable {
    /// Whether `/api/v2/` is written for clients of Klayers: several files per layer, target and region, so a large
    /// registry does without.
    public var klayersAPI: Bool

    /// Layers that the first page of a large registry begins with.
    public var featured: [LayerName]

    public init(klayersAPI: Bool = false, featured: [LayerName] = []) {
        self.klayersAPI = klayersAPI
        self.featured = featured
    }
}

/// Renders the `gh-pages` branch: pages, feeds and the static API.
///
/// Pure, as `MainRenderer` is. A layer's own files are made from its state alone. Files that layers share are split by
/// the beginning of a layer's name or by day, and rows of other layers are taken over as they are, so the cost of rendering
/// follows the change.
public struct SiteRenderer: Sendable {
    private let registry: RegistryInput
    private let options: SiteOptions
    private let pages: Pages
    private let shardCapacity: Int

    public init(_ registry: RegistryInput, options: SiteOptions = .init()) {
        self.init(registry, options: options, shardCapacity: ShardLayout.usualCapacity)
    }

    /// - Parameter shardCapacity: how many layers a table of all layers holds; few, to test how tables are split.
    package init(_ registry: RegistryInput, options: SiteOptions = .init(), shardCapacity: Int) {
        self.registry = registry
        self.options = options
        self.shardCapacity = shardCapacity
        pages = Pages(registry)
    }

    /// The changes that bring the branch in step with some layers.
    ///
    /// - Parameters:
    ///   - layers: those that changed, each with all its items; all of them for a full render.
    ///   - isComplete: true if these are all layers there are: then files that others damaged are made anew.
    ///   - existing: the branch as it is.
    /// - Throws: `inconsistent` if a file of the branch is damaged that has to be read; and what `existing` throws.
    public func changes(
        for layers: [LayerState], isComplete: Bool = false, existing: ExistingFiles
    ) throws -> [FileChange] {
        do {
            return try changes(for: layers, onTopOf: existing)
        } catch let error as StrataError where isComplete && error.code == .inconsistent && error.place.file != nil {
            return try changes(for: layers, onTopOf: { _ in nil }).filter { change in
                guard case .write(let bytes) = change.content else { return true }
                return try existing(change.path) != bytes
            }
        }
    }

    private func changes(for layers: [LayerState], onTopOf existing: ExistingFiles) throws -> [FileChange] {
        try withoutActuallyEscaping(existing) { existing in
            var changes: [FileChange] = []
            try render(layers, existing: existing) { changes.append($0) }
            return changes.sorted { $0.path < $1.path }
        }
    }

    /// The same, handed out file by file, for a full render: neither the layers nor the files need be in memory at
    /// once. Layers are rendered in parallel; the order of files is the same every time.
    ///
    /// - Returns: how large the site is then.
    @discardableResult
    public func render(
        _ layers: some Sequence<LayerState>, existing: @escaping ExistingFiles,
        into sink: @escaping (FileChange) throws -> Void
    ) throws -> SiteSize {
        let filter = ChangeFilter(existing: existing, tally: SizeTally(), sink: sink)
        let klayers = try KlayersAPI.Presence(options, existing: filter)
        var shared = SharedFiles(
            registry, klayers: klayers, featured: options.featured, shardCapacity: shardCapacity)
        var iterator = layers.makeIterator()
        while let chunk = iterator.next(upTo: 64) {
            let rendered = try Parallel.map(chunk) { try LayerFiles($0, pages: pages, klayers: klayers) }
            for files in rendered { shared.add(files.share, before: try files.write(through: filter)) }
        }
        return try shared.finish(.oneByOne(filter), pages: pages)
    }

    /// The same for files that may be read and written by many threads at once, as those of a folder may: the order of
    /// files is then any.
    @discardableResult
    public func render(
        _ layers: some Sequence<LayerState>,
        concurrently existing: @escaping @Sendable (String) throws -> [UInt8]?,
        into sink: @escaping @Sendable (FileChange) throws -> Void
    ) throws -> SiteSize {
        let rendering = try begin(concurrently: existing, into: sink)
        var iterator = layers.makeIterator()
        while let chunk = iterator.next(upTo: 256) { try rendering.add(chunk) }
        return try rendering.finish()
    }

    /// Begins such a render for layers that come piece by piece.
    public func begin(
        concurrently existing: @escaping @Sendable (String) throws -> [UInt8]?,
        into sink: @escaping @Sendable (FileChange) throws -> Void
    ) throws -> SiteRendering {
        let klayers = try KlayersAPI.Presence(options, existing: ChangeFilter(existing: existing, sink: sink))
        return SiteRendering(
            pages: pages, klayers: klayers, existing: existing, sink: sink,
            shared: SharedFiles(registry, klayers: klayers, featured: options.featured, shardCapacity: shardCapacity))
    }
}

/// A render of files that may be read and written by many threads at once.
public final class SiteRendering: Sendable {
    private let pages: Pages
    private let klayers: KlayersAPI.Presence
    private let existing: @Sendable (String) throws -> [UInt8]?
    private let sink: @Sendable (FileChange) throws -> Void
    private let tally = SizeTally()
    private let shared: Mutex<SharedFiles>

    init(
        pages: Pages, klayers: KlayersAPI.Presence, existing: @escaping @Sendable (String) throws -> [UInt8]?,
        sink: @escaping @Sendable (FileChange) throws -> Void, shared: SharedFiles
    ) {
        self.pages = pages
        self.klayers = klayers
        self.existing = existing
        self.sink = sink
        self.shared = Mutex(shared)
    }

    /// Renders the files of some layers, each with all its items, on all cores.
    ///
    /// - Throws: `inconsistent` if a file is damaged, and what reading and writing throws.
    public func add(_ layers: [LayerState]) throws {
        try Parallel.forEach(layers) { [self] layer in
            let files = try LayerFiles(layer, pages: pages, klayers: klayers)
            let before = try files.write(through: ChangeFilter(existing: existing, tally: tally, sink: sink))
            shared.withLock { $0.add(files.share, before: before) }
        }
    }

    /// Renders what layers share. Nothing can be added any more.
    ///
    /// - Returns: how large the site is.
    /// - Throws: as `add`.
    public func finish() throws -> SiteSize {
        try shared.withLock { $0 }.finish(.atOnce(existing: existing, tally: tally, sink: sink), pages: pages)
    }
}

extension SiteRenderer {
    /// A layer's page, alone: for benchmarks.
    package func page(of layer: LayerState) throws -> FileChange {
        let page = LayerPage(state: layer, listing: Listing(layer, updates: registry.updates))
        return FileChange(path: page.path, content: .write(try page.bytes(pages)))
    }

    /// What the template of a layer's page sees: for a renderer that is measured with the same data.
    package func views(of layer: LayerState) -> [View] {
        let page = LayerPage(state: layer, listing: Listing(layer, updates: registry.updates))
        return pages.views(page.view, title: layer.layer.text, path: page.path)
    }
}

extension IteratorProtocol {
    /// The next elements, at most `count`; nil if there are none.
    fileprivate mutating func next(upTo count: Int) -> [Element]? {
        var chunk: [Element] = []
        while chunk.count < count, let element = next() { chunk.append(element) }
        return chunk.isEmpty ? nil : chunk
    }
}
