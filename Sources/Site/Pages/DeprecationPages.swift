import FoundationEssentials
import Model

/// `deprecations.html`, a page for each month, and `deprecations.ics`: what expires when.
struct DeprecationPages {
    /// Releases by day.
    let days: [String: Int]
    let touchedMonths: Set<String>

    init(_ days: [String: Int], touched: Set<String>) {
        self.days = days
        touchedMonths = Set(touched.map { String($0.prefix(7)) })
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
        for month in touchedMonths.sorted() { try write(month, months[month] ?? [], filter, pages) }
        try filter.write(calendar(pages.registry), to: "deprecations.ics")
    }

    private func write(_ month: String, _ days: [String], _ filter: ChangeFilter, _ pages: Pages) throws {
        let path = "deprecations/\(month).html"
        guard !days.isEmpty else { return try filter.delete(path) }
        let views = try days.sorted().map { day -> View in
            let file = "api/v1/expiring/\(day).json"
            let rows = try filter.existing(file).map {
                try RegistryJSON.decode([ExpiryRow].self, from: $0, path: file)
            }
            return [
                .day: .text(day),
                .rows: .views(
                    (rows ?? []).map { row in
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

    /// An all-day event for each day on which something expires. https://www.rfc-editor.org/rfc/rfc5545
    ///
    /// The stamp is the day itself: a moment of writing would change with every run.
    private func calendar(_ registry: RegistryInput) -> [UInt8] {
        var out: [UInt8] = []
        func line(_ text: String) { out.append(Self.folded(text)) }
        line("BEGIN:VCALENDAR")
        line("VERSION:2.0")
        line("PRODID:-//Strata//Deprecations//EN")
        line("NAME:\(Self.escaped("\(registry.description.name): deprecations"))")
        for (day, count) in days.sorted(by: { $0.key < $1.key }) {
            let date = day.filter { $0 != "-" }
            line("BEGIN:VEVENT")
            line("UID:\(date)@strata-\(ContentDigest.of(registry.description.url).hex.prefix(16))")
            line("DTSTAMP:\(date)T000000Z")
            line("DTSTART;VALUE=DATE:\(date)")
            line(
                "SUMMARY:\(Self.escaped("\(Words.count(count, "build")) of \(registry.description.name) may be deleted"))"
            )
            line("URL:\(Self.escaped(registry.address("deprecations/\(day.prefix(7)).html")))")
            line("TRANSP:TRANSPARENT")
            line("END:VEVENT")
        }
        line("END:VCALENDAR")
        return out
    }

    private static func escaped(_ text: String) -> String {
        PlainText.line(text).unicodeScalars.map { scalar in
            "\\;,".unicodeScalars.contains(scalar) ? "\\\(scalar)" : String(scalar)
        }.joined()
    }

    /// Lines of at most 75 bytes; a longer one goes on after a space, and no character is cut.
    private static func folded(_ text: String) -> String {
        var out = ""
        var length = 0
        for scalar in text.unicodeScalars {
            let size = UTF8.width(scalar)
            if length + size > 75 {
                out += "\r\n "
                length = 1
            }
            out.unicodeScalars.append(scalar)
            length += size
        }
        return out + "\r\n"
    }
}
