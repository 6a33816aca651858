import Model
import Publishing

/// The closing summary of a run: always printed, whatever came of it.
struct SummaryText {
    let report: RunReport
    let console: Console

    var text: String {
        var lines: [String] = []
        if !report.hasChanged, report.pending.isEmpty {
            lines.append("Nothing to do: everything is published and listed.")
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
        lines += failures("Pending", report.pending, .yellow, "the next run tries again")
        lines += failures("Failed", report.failed, .red, "the next run tries again")
        lines += failures("Refused", report.refused, .red, "nothing else was held up")
        for commit in report.commits {
            lines.append(
                "Pushed \(commit.branch) \(commit.commit.prefix(7)): \(count(commit.files, "file")), \(commit.bytes).")
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
        struct Group: Hashable { let item: Item, reason: String }
        let groups = Dictionary(grouping: failures) { Group(item: $0.item, reason: $0.reason) }
            .sorted { ($0.key.item, $0.key.reason) < ($1.key.item, $1.key.reason) }
        return [
            console.paint("\(title) ", colour)
                + "\(count(failures.count, title == "Pending" ? "release" : "item")) (\(note)):"
        ]
            + groups.map { group, failures in
                let regions = failures.compactMap(\.region).sorted().map(\.code).joined(separator: ", ")
                return "  \(group.item)" + (regions.isEmpty ? "" : " in \(regions)") + ": \(group.reason)"
            }
    }

    private static func seconds(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100) s"
    }
}
