import Model

/// A run's end in Markdown, for the page of a job. Everything that somebody else wrote is escaped.
public struct RunSummary: Sendable {
    private let outcome: RunOutcome

    public init(_ outcome: RunOutcome) { self.outcome = outcome }

    public var markdown: String {
        let report = outcome.report ?? RunReport()
        var lines = ["### \(Self.text(outcome.registry)): \(Self.word(outcome))", ""]
        if let error = outcome.error { lines += ["> \(Self.text(error))", ""] }
        lines += [
            "\(report.published.count) published, \(report.adopted.count) adopted, \(report.deprecated) deprecated, "
                + "\(report.deleted.count) deleted; \(report.pending.count) pending, \(report.failed.count) failed, "
                + "\(report.refused.count) refused.", "",
        ]
        lines += published(report.published + report.adopted)
        lines += failures("Pending", report.pending + report.failed)
        lines += failures("Refused", report.refused)
        lines += Self.table("Places of the site", ["what is behind"], report.sitesBehind.map { [$0.line] })
        lines += Self.table("To be merged", ["what waits"], report.proposals.map { [$0.line] })
        lines += Self.table(
            "Advisories", ["layer", "build", "advisory"],
            report.advisories.map { ["\($0.item)", String($0.buildNumber), $0.text] })
        return lines.joined(separator: "\n") + "\n"
    }

    private static func word(_ outcome: RunOutcome) -> String {
        if outcome.isOvertaken { return "another run holds the lease" }
        switch outcome.status {
        case .done: return outcome.report?.hasChanged == true ? "published" : "nothing to do"
        case .partly: return "done in part"
        case .failed: return "failed"
        }
    }

    private func published(_ releases: [RunReport.Published]) -> [String] {
        let rows = Dictionary(grouping: releases) { "\($0.item) \($0.buildNumber)" }.values
            .compactMap { releases in releases.first.map { ($0, Set(releases.map(\.region)).count) } }
            .sorted { ($0.0.item, $0.0.buildNumber) < ($1.0.item, $1.0.buildNumber) }
            .map { first, regions in
                let item = first.item
                return [
                    item.layer.text, item.target.description, first.version, String(first.buildNumber),
                    String(regions),
                ]
            }
        return Self.table("Published", ["layer", "target", "version", "build", "regions"], rows)
    }

    private func failures(_ title: String, _ failures: [RunReport.Failure]) -> [String] {
        Self.table(
            title, ["what", "region", "why"],
            failures.map { ["\($0.item)", $0.region?.code ?? "", $0.reason + ($0.hint.map { "; \($0)" } ?? "")] })
    }

    private static func table(_ title: String, _ head: [String], _ rows: [[String]]) -> [String] {
        guard !rows.isEmpty else { return [] }
        func row(_ cells: [String]) -> String { "| \(cells.joined(separator: " | ")) |" }
        let more = rows.count > most ? ["", "and \(rows.count - most) more"] : []
        return ["#### \(title)", "", row(head), row(head.map { _ in "---" })]
            + rows.prefix(most).map { row($0.map(text)) } + more + [""]
    }

    private static func text(_ text: String) -> String { text.printable(500).escapedForMarkdown }

    /// Hosts cut a page at a megabyte: https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
    private static let most = 200
}
