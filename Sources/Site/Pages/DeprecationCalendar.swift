import Model

/// `deprecations.ics`: an all-day event for each day on which something expires. https://www.rfc-editor.org/rfc/rfc5545
///
/// Only the events of days that a render touches are made; the others are taken over as they stand.
struct DeprecationCalendar {
    private static let path = "deprecations.ics"
    private static let beginning = "BEGIN:VEVENT\r\n"
    private static let end = "END:VEVENT\r\n"
    /// So many are named in an event; its page has all.
    private static let named = 40

    let registry: RegistryInput
    let days: Set<String>
    let touched: Set<String>

    init(_ registry: RegistryInput, days: Set<String>, touched: Set<String>) {
        self.registry = registry
        self.days = days
        self.touched = touched
    }

    func write(through filter: ChangeFilter) throws {
        let former = events(in: try filter.existing(Self.path) ?? [])
        var out: [UInt8] = []
        out.append(Self.line("BEGIN:VCALENDAR") + Self.line("VERSION:2.0"))
        out.append(Self.line("PRODID:-//Strata//Deprecations//EN"))
        out.append(Self.line("NAME:\(Self.escaped("\(registry.description.name): deprecations"))"))
        for day in days.sorted() {
            if !touched.contains(day), let event = former[day] {
                out.append(contentsOf: event)
            } else {
                out.append(event(on: day, try ExpiryRow.rows(on: day, filter)))
            }
        }
        // A calendar must have a component; the time zone is one that shows nothing.
        if days.isEmpty { out.append(Self.universalTime) }
        out.append(Self.line("END:VCALENDAR"))
        try filter.write(out, to: Self.path)
    }

    /// The stamp is the day itself: a moment of writing would change with every run.
    private func event(on day: String, _ rows: [ExpiryRow]) -> String {
        let date = day.filter { $0 != "-" }
        var layers: [String] = []
        for row in rows where layers.last != row.layer { layers.append(row.layer) }
        let summary = "\(Words.count(rows.count, "build")) may be deleted: \(Self.list(layers, 8, ", "))"
        let builds = rows.map { row in
            "\(row.layer) \(Words.short(row.version, 80)), build \(row.build), \(Words.name(of: row.target)), in "
                + Words.count(row.regions, "region")
        }
        let page = registry.address("deprecations/\(day.prefix(7)).html")
        let lines: [String] = [
            "UID:\(date)@strata-\(ContentDigest.of(registry.description.url).hex.prefix(16))",
            "DTSTAMP:\(date)T000000Z", "DTSTART;VALUE=DATE:\(date)",
            "SUMMARY:\(Self.escaped("\(registry.description.name): \(summary)"))",
            // What separates the lines is the format's own escape.
            "DESCRIPTION:\(Self.list(builds.map(Self.escaped), Self.named, "\\n"))",
            "URL:\(page)", "TRANSP:TRANSPARENT",
        ]
        return Self.beginning + lines.map(Self.line).joined() + Self.end
    }

    private static func list(_ texts: [String], _ limit: Int, _ separator: String) -> String {
        let rest = texts.count > limit ? "\(separator)and \(texts.count - limit) more" : ""
        return texts.prefix(limit).joined(separator: separator) + rest
    }

    private static let universalTime = [
        "BEGIN:VTIMEZONE", "TZID:Etc/UTC", "BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:+0000",
        "TZOFFSETTO:+0000", "END:STANDARD", "END:VTIMEZONE",
    ].map(line).joined()

    /// The events of a calendar by their days; what is not like an event of ours is passed over and made anew.
    private func events(in file: [UInt8]) -> [String: ArraySlice<UInt8>] {
        // A line that goes on begins with a space, so no text can look like these.
        let (beginning, end) = (Array("\r\n\(Self.beginning)".utf8), Array("\r\n\(Self.end)".utf8))
        var events: [String: ArraySlice<UInt8>] = [:]
        var rest = file[...]
        while let start = rest.firstRange(of: beginning), let stop = rest[start.upperBound...].firstRange(of: end) {
            let event = rest[(start.lowerBound + 2)..<stop.upperBound]
            let date = event.dropFirst(Self.beginning.utf8.count + "UID:".utf8.count).prefix(8).map {
                Character(UnicodeScalar($0))
            }
            if date.count == 8 { events["\(String(date[..<4]))-\(String(date[4..<6]))-\(String(date[6...]))"] = event }
            rest = rest[(stop.upperBound - 2)...]
        }
        return events
    }

    private static func escaped(_ text: String) -> String {
        PlainText.line(text).unicodeScalars.map { scalar in
            "\\;,".unicodeScalars.contains(scalar) ? "\\\(scalar)" : String(scalar)
        }.joined()
    }

    /// A line of at most 75 bytes; a longer one goes on after a space, and no character is cut.
    private static func line(_ text: String) -> String {
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

extension ExpiryRow {
    /// What expires on a day: `2026-11-23`.
    static func rows(on day: String, _ filter: ChangeFilter) throws -> [ExpiryRow] {
        let path = "api/v1/expiring/\(day).json"
        return try filter.existing(path).map { try RegistryJSON.decode([ExpiryRow].self, from: $0, path: path) } ?? []
    }
}
