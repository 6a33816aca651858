import Model
import Publishing

/// The closing summary of a run: always printed, whatever came of it.
struct SummaryText {
    let report: RunReport
    let console: Console

    var text: String {
        var lines: [String] = []
        if !report.hasChanged, report.pending.isEmpty, report.failed.isEmpty, report.sitesBehind.isEmpty {
            let listed = report.proposals.isEmpty ? "published and listed" : "published"
            lines.append(
                report.refused.isEmpty
                    ? "Nothing to do: everything is \(listed)."
                    : "Nothing was changed: all but what is refused is \(listed).")
        }
        if !report.published.isEmpty {
            let regions = Set(report.published.map(\.region)).count
            lines.append(
                console.paint("Published ", .green) + "\(count(report.published.count, "release")) in "
                    + "\(count(regions, "region")) from \(count(report.built, "build")) (\(report.bytesBuilt)).")
        }
        if !report.adopted.isEmpty {
            lines.append("Adopted \(count(report.adopted.count, "release")) that a former run had published.")
        }
        if report.unchanged > 0 {
            lines.append(
                "\(count(report.unchanged, "build")) gave the bytes of an existing build: not published again.")
        }
        if report.deprecated > 0 { lines.append("Deprecated \(count(report.deprecated, "release")).") }
        let taken = report.permitted.count(where: \.takesAway)
        if report.permitted.count > taken {
            lines.append("Let others read \(count(report.permitted.count - taken, "release")).")
        }
        if taken > 0 { lines.append("Took the permission of \(count(taken, "release")) back.") }
        if !report.deleted.isEmpty {
            lines.append("Deleted \(count(report.deleted.count, "release")) whose promised time was over.")
        }
        lines += failures("Pending", report.pending, .yellow, "the next run tries again")
        lines += failures("Failed", report.failed, .red, "the next run tries again")
        lines += failures("Refused", report.refused, .red, "nothing else was held up")
        for commit in report.commits {
            lines.append(
                "Pushed \(commit.branch) \(commit.commit.prefix(7)): \(count(commit.files, "file")), \(commit.bytes).")
        }
        for proposal in report.proposals {
            let line = proposal.line
            lines.append(
                proposal.trouble == nil
                    ? line.prefix(1).uppercased() + line.dropFirst() + "."
                    : console.paint("Pending ", .yellow) + "(the next run tries again): \(line)")
        }
        for place in report.sitesBehind {
            lines.append(
                console.paint("Pending ", .yellow)
                    + "the site at \(place.place) (the next run tries again): \(place.reason)"
                    + (place.hint.map { "\n  \($0)" } ?? ""))
        }
        let spent = RunEvent.Stage.allCases.compactMap { stage in
            report.seconds[stage.rawValue].map { "\(stage.rawValue) \(Self.seconds($0))" }
        }
        if !spent.isEmpty { lines.append(console.paint("Time: \(spent.joined(separator: ", ")).", .dim)) }
        return lines.joined(separator: "\n")
    }

    private func failures(
        _ title: String, _ failures: [RunReport.Failure], _ colour: Console.Colour, _ note: String
    ) -> [String] {
        guard !failures.isEmpty else { return [] }
        let noun = title == "Pending" ? "release" : "item"
        return [console.paint("\(title) ", colour) + "\(count(failures.count, noun)) (\(note)):"]
            + Dictionary(grouping: failures, by: \.reason).sorted { $0.key < $1.key }.flatMap { reason, failures in
                ["  \(places(failures)): \(reason)"] + hints(failures)
            }
    }

    /// What can be done about a reason: the words for the first place. For the others they may name other resources.
    private func hints(_ failures: [RunReport.Failure]) -> [String] {
        let hints = Set(failures.compactMap(\.hint)).sorted()
        guard let first = hints.first else { return [] }
        return ["    \(first)" + (hints.count > 1 ? " (and the same for \(hints.count - 1) more)" : "")]
    }

    /// The items that share a reason, with their regions where they have some.
    private func places(_ failures: [RunReport.Failure]) -> String {
        let items = Set(failures.map(\.item)).sorted()
        let regions = Set(failures.compactMap(\.region)).sorted().map(\.code)
        let what = items.count <= 3 ? items.map(\.description).joined(separator: ", ") : count(items.count, "item")
        return regions.isEmpty ? what : "\(what) in \(regions.joined(separator: ", "))"
    }

    private static func seconds(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100) s"
    }
}
