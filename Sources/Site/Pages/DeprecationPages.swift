import FoundationEssentials
import Model

/// `deprecations.html`, a page for each month, and `deprecations.ics`: what expires when.
struct DeprecationPages {
    /// Releases by day.
    let days: [String: Int]
    let touched: Set<String>

    init(_ days: [String: Int], touched: Set<String>) {
        self.days = days
        self.touched = touched
    }

    func write(through filter: ChangeFilter, pages: Pages) throws {
        let months = Dictionary(grouping: days.keys) { String($0.prefix(7)) }
        let rows = months.sorted { $0.key < $1.key }.map { month, days -> View in
            let count = days.reduce(0) { $0 + (self.days[$1] ?? 0) }
            return [
                .month: .text(month), .count: .text(Words.count(count, "build")),
                .days: .text(Words.count(days.count, "day")),
            ]
        }
        let view: View = [
            .kind: "deprecations", .months: .views(rows), .none: .flag(rows.isEmpty),
            .hasMonths: .flag(!rows.isEmpty),
        ]
        let path = "deprecations.html"
        try filter.write(pages.render("deprecations", view, title: "Deprecations", path: path), to: path)
        for month in Set(touched.map { String($0.prefix(7)) }).sorted() {
            try write(month, months[month] ?? [], filter, pages)
        }
        try DeprecationCalendar(pages.registry, days: Set(days.keys), touched: touched).write(through: filter)
    }

    private func write(_ month: String, _ days: [String], _ filter: ChangeFilter, _ pages: Pages) throws {
        let path = "deprecations/\(month).html"
        guard !days.isEmpty else { return try filter.delete(path) }
        let views = try days.sorted().map { day -> View in
            [
                .day: .text(day),
                .rows: .views(
                    try ExpiryRow.rows(on: day, filter).map { row in
                        [
                            .layer: .text(row.layer), .version: .text(row.version), .build: .number(row.build),
                            .target: .text(Words.name(of: row.target)),
                            .regions: .text(Words.count(row.regions, "region")),
                        ]
                    }),
            ]
        }
        let view: View = [.kind: "deprecations", .month: .text(month), .days: .views(views)]
        try filter.write(
            pages.render("month", view, title: "Deprecations in \(month)", path: path), to: path)
    }
}
