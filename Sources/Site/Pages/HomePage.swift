import Model

/// `index.html`.
struct HomePage {
    let letters: [String]
    let coverage: Coverage
    let recent: RecentChanges
    /// Up to so many layers are listed; of more, only the letters, so that the page stays small.
    static let listed = 100

    func write(through filter: ChangeFilter, pages: Pages) throws {
        let isSmall = coverage.layers <= Self.listed
        let rows = isSmall ? try letters.flatMap { try SearchIndex.rows(of: $0, filter) } : []
        let sorted = rows.sorted { LineTable.precedes($0.layer.utf8, $1.layer.utf8) }
        let recent = recent.grouped(8)
        let view: View = [
            .kind: "home", .count: .number(coverage.layers), .rows: .views(sorted.map(\.view)),
            .letters: .texts(isSmall ? [] : letters), .hasLetters: .flag(!isSmall),
            .recent: .views(recent), .hasRecent: .flag(!recent.isEmpty),
        ]
        let name = pages.registry.description.name
        try filter.write(pages.render("home", view, title: name, path: "index.html"), to: "index.html")
    }
}

/// `browse/{letter}.html`: a letter of the index for readers without a script.
struct BrowsePage {
    let letter: String
    let rows: [SearchRow]

    func write(through filter: ChangeFilter, pages: Pages) throws {
        let path = "browse/\(letter).html"
        let view: View = [.kind: "browse", .letter: .text(letter), .rows: .views(rows.map(\.view))]
        try filter.write(pages.render("browse", view, title: "Layers: \(letter)", path: path), to: path)
    }
}

extension Target {
    /// `3.12` or `3.12 arm64`: where it is plain that Pythons are meant.
    var shortLabel: String { "\(python)" + (architecture == .arm64 ? " arm64" : "") }
}
