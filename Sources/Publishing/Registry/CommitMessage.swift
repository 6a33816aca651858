import Model

/// What a commit of the registry says: what changed in a line, then as a table, then the run's trailers.
struct CommitMessage: Sendable {
    private let subject: String
    private let table: String
    private let trailers: [String]

    /// - Parameters:
    ///   - published: what the commit is the first to list.
    ///   - deprecated: how many releases the run deprecated.
    ///   - run: the id of the run that commits.
    init(_ published: [RunReport.Published], deprecated: Int, run: String) {
        let rows = Row.rows(published)
        let regions = Self.count(Set(rows.flatMap(\.regions)).count, "region")
        switch (rows.last, Set(rows.map(\.layer)).count) {
        case (let row?, 1): subject = "publish \(row.layer) \(row.version) to \(regions)"
        case (_?, let layers): subject = "publish \(layers) layers to \(regions)"
        case (nil, _) where deprecated > 0:
            subject = "deprecate \(Self.count(deprecated, "release"))"
        case (nil, _): subject = "bring the registry up to date"
        }
        table = Self.table(rows)
        trailers = ["Strata-Version: \(strataVersion)", RunTrailer.line(run)]
    }

    /// Of a commit with nothing but a new checkpoint.
    init(renewedBy run: String) {
        subject = "sign the checkpoint anew"
        table = ""
        trailers = ["Strata-Version: \(strataVersion)", RunTrailer.line(run)]
    }

    /// - Parameter revision: the ledger's revision that the files show.
    func text(for changes: [FileChange], revision: Int) -> String {
        let body = table.isEmpty ? "" : "\n\(table)\n"
        let lines = trailers + ["Strata-Revision: \(revision)", "Strata-Files: \(changes.count)"]
        return "\(subject)\n\(body)\n\(lines.joined(separator: "\n"))\n"
    }

    /// What was published of a build.
    private struct Row {
        let layer: String
        let version: String
        let buildNumber: Int
        let targets: [Target]
        let regions: Set<Region>

        /// Builds of the same version and build number are one row, whatever their target.
        static func rows(_ done: [RunReport.Published]) -> [Row] {
            struct Key: Hashable { let layer: String, version: String, buildNumber: Int }
            return Dictionary(grouping: done) {
                Key(layer: $0.item.layer.text, version: $0.version, buildNumber: $0.buildNumber)
            }.sorted { ($0.key.layer, $0.key.buildNumber) < ($1.key.layer, $1.key.buildNumber) }.map { key, published in
                Row(
                    layer: key.layer, version: key.version, buildNumber: key.buildNumber,
                    targets: Set(published.map(\.item.target)).sorted(), regions: Set(published.map(\.region)))
            }
        }

        var cells: [String] {
            [
                layer, version, String(buildNumber), targets.map(\.description).joined(separator: ", "),
                String(regions.count),
            ]
        }
    }

    /// Columns of text; at most 200 rows, since some hosts refuse to show more than a screenful.
    private static func table(_ rows: [Row]) -> String {
        guard !rows.isEmpty else { return "" }
        let lines = [["layer", "version", "build", "targets", "regions"]] + rows.prefix(200).map(\.cells)
        let widths = lines[0].indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        let text = lines.map { cells in
            zip(cells, widths).map { cell, width in
                cell + String(repeating: " ", count: width - cell.count)
            }.joined(separator: "  ").trimmingEnd()
        }
        return (text + (rows.count > 200 ? ["and \(rows.count - 200) more"] : [])).joined(separator: "\n")
    }

    private static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}

/// The trailer by which a commit is told to be a run's.
public enum RunTrailer {
    private static let key = "Strata-Run: "

    static func line(_ run: String) -> String { key + run }

    /// Whether a commit with this message says that a run made it.
    public static func isIn(_ message: String) -> Bool {
        message.split(separator: "\n").contains { $0.hasPrefix(key) }
    }
}

extension String {
    fileprivate func trimmingEnd() -> String {
        var text = self[...]
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
