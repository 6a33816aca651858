import Model

/// `coverage.html`: how much of each target every region has.
struct CoveragePage {
    let registry: RegistryInput
    let coverage: Coverage

    init(_ registry: RegistryInput, _ coverage: Coverage) {
        self.registry = registry
        self.coverage = coverage
    }

    func write(through filter: ChangeFilter, pages: Pages) throws {
        let targets = Words.preferred(registry.targets)
        let rows = registry.regions.map { region -> View in
            [
                .region: .text(region.code), .place: .text(region.place),
                .cells: .views(targets.map { cell($0, region) }),
            ]
        }
        let view: View = [
            .kind: "coverage", .columns: .views(targets.map { [.name: .text($0.shortLabel)] }),
            .rows: .views(rows),
        ]
        let path = "coverage.html"
        try filter.write(pages.render("coverage", view, title: "Coverage", path: path), to: path)
    }

    private func cell(_ target: Target, _ region: Region) -> View {
        let (all, lagging) = (coverage.items(target), coverage.lagging(target, region))
        let have = coverage.count(target, region) - lagging
        // Five steps of colour; the numbers say it exactly.
        let step = all == 0 ? 0 : have == all ? 4 : have == 0 ? 0 : 1 + min(2, have * 3 / all)
        return [
            .step: .number(step), .have: .number(have), .all: .number(all),
            .lagging: lagging > 0 ? .number(lagging) : nil,
        ]
    }
}

/// `status.html`: what is missing or yanked, since when, and why. What fails for the same reason is told once.
struct StatusPage {
    let table: StatusTable
    let recent: RecentChanges

    init(_ table: StatusTable, _ recent: RecentChanges) {
        self.table = table
        self.recent = recent
    }

    func write(through filter: ChangeFilter, pages: Pages) throws {
        struct Key: Hashable {
            let kind: String
            let region: Region?
            let reason: String
            let yank: String?
        }
        let groups = Dictionary(grouping: table.rows) {
            Key(kind: $0.kind, region: $0.region, reason: $0.reason, yank: $0.yank)
        }
        let sorted = groups.map { ($0, $1) }.sorted { left, right in
            let (one, other) = (left.0, right.0)
            if one.kind != other.kind { return one.kind < other.kind }
            if one.region != other.region { return (one.region?.code ?? "") < (other.region?.code ?? "") }
            if one.reason != other.reason { return one.reason.utf8.lexicographicallyPrecedes(other.reason.utf8) }
            return (one.yank ?? "").utf8.lexicographicallyPrecedes((other.yank ?? "").utf8)
        }
        func views(_ kind: String) -> [View] {
            sorted.filter { $0.0.kind == kind }.map { key, rows in
                group(key.yank ?? key.region?.code ?? "everywhere", key.reason, rows)
            }
        }
        let sections: [(String, String, String)] = [
            ("pending", "Pending", "Failed so far; every run tries again."),
            ("refused", "Not built", "The requirements cannot be met, or their wheels cannot be one layer."),
            ("unavailable", "Not offered", "Lambda does not have the runtime or the architecture there."),
            (ProblemRow.yanked, "Yanked", "Still works where it is used, and should not be."),
        ]
        let withdrawn = recent.withdrawn(20)
        let view: View = [
            .kind: "status", .calm: .flag(table.missing == 0), .count: .text(Words.count(table.missing, "thing")),
            .recent: .views(withdrawn), .hasRecent: .flag(!withdrawn.isEmpty),
            .more: table.count > table.rows.count ? .number(table.count - table.rows.count) : nil,
            .sections: .views(
                sections.compactMap { kind, title, text in
                    let rows = views(kind)
                    return rows.isEmpty
                        ? nil
                        : [.id: .text(kind), .title: .text(title), .text: .text(text), .rows: .views(rows)]
                }),
        ]
        try filter.write(
            pages.render("status", view, title: "Status", path: "status.html"), to: "status.html")
    }

    /// - Parameter place: the region, or what was yanked.
    private func group(_ place: String, _ reason: String, _ rows: [ProblemRow]) -> View {
        let since = rows.map(\.since).min()
        // The targets of a layer are told together.
        let layers = Dictionary(grouping: rows, by: \.layer).sorted {
            LineTable.precedes($0.key.utf8, $1.key.utf8)
        }
        let shown = layers.prefix(30).map { layer, rows -> View in
            let targets = Words.preferred(rows.map(\.target)).map(\.shortLabel).joined(separator: ", ")
            return [.layer: .text(layer), .targets: .text(targets)]
        }
        return [
            .region: .text(place), .reason: .text(Words.short(reason)),
            .since: .text(since?.description), .date: .text(since?.date), .items: .views(shown),
            .rest: layers.count > 30 ? .number(layers.count - 30) : nil,
        ]
    }
}

extension ProblemRow {
    /// `45.0.7, which 46.0.1 replaces:` for what was yanked.
    fileprivate var yank: String? {
        kind == Self.yanked ? "\(version ?? "")\(replacement.map { ", which \($0) replaces" } ?? ""):" : nil
    }
}
