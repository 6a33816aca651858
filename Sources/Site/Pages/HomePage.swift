import Model

/// `index.html`.
struct HomePage {
    let search: SearchShards
    let featured: [LayerName]
    let coverage: Coverage
    let recent: RecentChanges
    /// Up to so many layers are listed; of more, those that changed lately, so that the page stays small.
    static let listed = 100
    private static let latest = 12

    func write(through filter: ChangeFilter, pages: Pages) throws {
        let isSmall = coverage.layers <= Self.listed
        let rows =
            isSmall
            ? try search.all(filter)
            : try search.rows(of: recent.published(Self.latest).filter { !featured.contains($0) }, filter)
        let chosen = isSmall ? [] : try search.rows(of: featured, filter)
        let recent = recent.grouped(8)
        let view: View = [
            .kind: "home", .count: .number(coverage.layers), .rows: .views(rows.map(\.view)),
            .featured: .views(chosen.map(\.view)), .hasFeatured: .flag(!chosen.isEmpty),
            .hasLetters: .flag(!isSmall), .recent: .views(recent), .hasRecent: .flag(!recent.isEmpty),
            // A search begins with these, however it comes about.
            .preload: .texts(["data/find.js", "data/words.js"]),
        ]
        let name = pages.registry.description.name
        try filter.write(pages.render("home", view, title: name, path: "index.html"), to: "index.html")
    }
}

/// `browse.html` and `browse/{shard}.html`: all layers, for readers without a script.
struct BrowsePages {
    private let search: SearchShards

    init(_ search: SearchShards) { self.search = search }

    func write(through filter: ChangeFilter, pages: Pages) throws {
        try writeAll(filter, pages)
        for shard in search.touched.sorted() where !shard.isEmpty {
            let rows = try search.rows(of: shard, filter)
            let path = Self.path(of: shard)
            try filter.replace(path, with: rows.isEmpty ? nil : page(shard, rows, path, pages))
        }
        for shard in search.gone.sorted() where !shard.isEmpty { try filter.delete(Self.path(of: shard)) }
    }

    /// All layers, or, where they are many, the pages on which they are.
    private func writeAll(_ filter: ChangeFilter, _ pages: Pages) throws {
        let rows = search.isOne ? try search.all(filter) : []
        let letters = search.counts.filter { !$0.key.isEmpty }.sorted { $0.key < $1.key }.map { shard, count -> View in
            [.letter: .text(shard), .count: .number(count)]
        }
        let view: View = [
            .kind: "browse", .rows: .views(rows.map(\.view)), .letters: .views(letters),
            .hasLetters: .flag(!letters.isEmpty),
        ]
        try filter.write(pages.render("browse", view, title: "All layers", path: "browse.html"), to: "browse.html")
    }

    private func page(_ shard: String, _ rows: [SearchRow], _ path: String, _ pages: Pages) throws -> [UInt8] {
        let view: View = [.kind: "browse", .letter: .text(shard), .rows: .views(rows.map(\.view))]
        return try pages.render("browse", view, title: "Layers: \(shard)", path: path)
    }

    private static func path(of shard: String) -> String { "browse/\(shard).html" }
}

/// `api/v1/layers.txt`: the names of all layers, one a line.
enum LayerList {
    private static let path = "api/v1/layers.txt"
    private static let table = LineTable(head: "", tail: "", separator: "") { line in
        line.last == 0x0a ? line.dropLast() : line
    }

    static func write(_ blocks: [LineTable.Block], through filter: ChangeFilter) throws {
        try filter.replace(path, with: table.replacing(blocks, in: filter.existing(path), path: path))
    }
}

extension Target {
    /// `3.12` or `3.12 arm64`: where it is plain that Pythons are meant.
    var shortLabel: String { "\(python)" + (architecture == .arm64 ? " arm64" : "") }
}
