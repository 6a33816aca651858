import Model

/// What a commit of the registry says: what changed, in a line, then as a table.
struct CommitMessage: Sendable {
    private let subject: String
    private let table: String

    init(_ report: RunReport) {
        struct Row: Hashable { let layer: String, version: String }
        let done = report.published + report.adopted
        let rows = Dictionary(grouping: done) { Row(layer: $0.item.layer.text, version: $0.version) }
        let regions = Set(done.map(\.region)).count
        let sorted = rows.keys.sorted { ($0.layer, $0.version) < ($1.layer, $1.version) }
        switch (sorted.first, sorted.count) {
        case (nil, _): subject = "Bring the registry up to date"
        case (let row?, 1): subject = "publish \(row.layer) \(row.version) to \(CommitMessage.count(regions, "region"))"
        default:
            subject =
                "publish \(CommitMessage.count(Set(sorted.map(\.layer)).count, "layer")) to \(CommitMessage.count(regions, "region"))"
        }
        table = sorted.map { row in
            let places = rows[row] ?? []
            let targets = Set(places.map(\.item.target)).sorted().map(\.description).joined(separator: ", ")
            return
                "\(row.layer) \(row.version): \(targets) in \(CommitMessage.count(Set(places.map(\.region)).count, "region"))"
        }.joined(separator: "\n")
    }

    func text(for changes: [FileChange]) -> String {
        let body = table.isEmpty ? "" : "\n\(table)\n"
        return "\(subject)\n\(body)\nStrata-Files: \(changes.count)\n"
    }

    private static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}
