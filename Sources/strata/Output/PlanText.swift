import Model
import Planning

/// A plan as people read it: what would be new, what would be replaced, what waits and what cannot be.
struct PlanText {
    let plan: Plan
    let console: Console

    /// One layer's change, the same for several targets.
    private struct Change: Hashable {
        let layer: LayerName
        let version: String
        let replaces: String?
        let reason: PublishAction.Reason
    }

    var text: String {
        var lines = [summary, ""]
        lines += changes
        lines += withdrawals
        lines += permissions
        lines += plan.waits.map { wait in
            console.paint("… ", .dim) + "\(wait.item)  waits until \(wait.until.date): "
                + (wait.reason == .young ? "\(wait.subject) is young" : "only dependencies changed (\(wait.subject))")
        }
        lines += plan.refusals.map { console.paint("! ", .red) + "\($0.item)  \($0.reason)" }
        lines += remarks.map { console.paint("· \($0.items)  \($0.remark)", .dim) }
        return lines.joined(separator: "\n").trimmingSuffix("\n")
    }

    /// The same as a table for a pull request. What strangers wrote is put into code spans.
    var markdown: String {
        var lines = ["### Strata plan", "", summary, ""]
        if !plan.publications.isEmpty {
            lines += ["| layer | target | now | then | regions | why |", "|---|---|---|---|---|---|"]
            lines += grouped.flatMap { change, actions in
                byTarget(actions).map { target, actions in
                    "| `\(change.layer)` | \(target) | \(code(change.replaces)) | \(code(change.version)) "
                        + "| \(actions.count) | \(change.reason.text) |"
                }
            }
            lines.append("")
        }
        lines += plan.refusals.map { "- ❌ `\($0.item)`: \(code($0.reason))" }
        lines += remarks.map { "- ℹ️ `\($0.items)`: \(code($0.remark))" }
        lines += plan.waits.map { "- ⏳ `\($0.item)` until \($0.until.date): \(code($0.subject))" }
        lines += permits.map { change, permits in
            "- \(change.takesAway ? "⚠️" : "🔓") `\(permits[0].item)`: \(count(permits.count, "release")) could be read by "
                + "\(change.after), by \(change.before) before"
        }
        if !plan.vanished.isEmpty { lines.append("- ⚠️ no longer in the configuration: \(plan.vanished.text)") }
        return lines.joined(separator: "\n")
    }

    var summary: String {
        guard !plan.isEmpty else {
            guard !plan.refusals.isEmpty else { return "Nothing to do." }
            let held = plan.heldBack.count
            let parts = [
                plan.refusals.count > held ? "\(count(plan.refusals.count - held, "item")) cannot be built" : nil,
                held > 0 ? "\(count(held, "item")) \(held == 1 ? "is" : "are") held back" : nil,
            ]
            return "Nothing would change: \(parts.compactMap(\.self).joined(separator: ", "))."
        }
        var parts: [String] = []
        let new = plan.builds.count(where: \.isNew)
        if new > 0 { parts.append("make \(count(new, "build"))") }
        if plan.builds.count > new { parts.append("make \(count(plan.builds.count - new, "build")) again") }
        let regions = Set(plan.publications.map(\.region)).count
        if regions > 0 {
            parts.append("publish \(count(plan.publications.count, "release")) in \(count(regions, "region"))")
        }
        if !plan.deprecations.isEmpty { parts.append("deprecate \(count(plan.deprecations.count, "release"))") }
        let taken = plan.revocations.count
        if plan.permits.count > taken {
            parts.append("let others read \(count(plan.permits.count - taken, "release"))")
        }
        if taken > 0 { parts.append("take the permission of \(count(taken, "release")) back") }
        return "Would \(parts.joined(separator: ", "))."
    }

    /// Each remark once, with the items that it is about.
    private var remarks: [(items: String, remark: String)] {
        let all = (plan.remarks ?? [:]).flatMap { item, remarks in remarks.map { (item: item, remark: $0) } }
        return Dictionary(grouping: all, by: \.remark)
            .map { (items: $0.value.map(\.item).sorted().joined(separator: ", "), remark: $0.key) }
            .sorted { ($0.items, $0.remark) < ($1.items, $1.remark) }
    }

    private var grouped: [(Change, [PublishAction])] {
        Dictionary(grouping: plan.publications) {
            Change(layer: $0.item.layer, version: $0.version, replaces: $0.replaces, reason: $0.reason)
        }.sorted {
            ($0.key.layer, $0.key.version, $0.key.replaces ?? "") < (
                $1.key.layer, $1.key.version, $1.key.replaces ?? ""
            )
        }
    }

    private func byTarget(_ actions: [PublishAction]) -> [(Target, [PublishAction])] {
        Dictionary(grouping: actions, by: \.item.target).sorted { $0.key < $1.key }
    }

    private var changes: [String] {
        let deprecated = Dictionary(grouping: plan.deprecations.filter { $0.reason == .replaced }, by: \.item)
        return grouped.flatMap { change, actions -> [String] in
            let sign = change.replaces == nil ? console.paint("+ ", .green) : console.paint("~ ", .yellow)
            let from = change.replaces.map { $0 == change.version ? "" : "\($0) → " } ?? ""
            let head =
                sign + console.paint(change.layer.text, .bold) + " \(from)\(change.version)  "
                + console.paint(change.reason.text, .dim)
            return [head]
                + byTarget(actions).map { target, actions in
                    let ends = deprecated[Item(change.layer, target)]?.compactMap(\.expires).max()
                    return "    \(target.description.padded(to: 18)) build \(actions.first?.buildNumber ?? 0)  "
                        + regions(actions.map(\.region)) + (ends.map { "; the former stay until \($0.date)" } ?? "")
                }
        }
    }

    private var withdrawals: [String] {
        let withdrawn = plan.deprecations.filter { $0.reason == .withdrawn }
        return Dictionary(grouping: withdrawn, by: \.item).sorted { $0.key < $1.key }.map { item, actions in
            console.paint("- ", .red) + "\(item)  no longer wanted in \(regions(actions.map(\.release.region)))"
                + (actions.compactMap(\.expires).max().map { "; deprecated until \($0.date)" } ?? "")
        }
    }

    /// What happens to who may read an item's releases.
    private struct Permission: Hashable {
        let item: Item
        let before: String
        let after: String
        let takesAway: Bool
    }

    private var permits: [(Permission, [PermitAction])] {
        Dictionary(grouping: plan.permits) {
            Permission(item: $0.item, before: $0.before.text, after: $0.after.text, takesAway: $0.takesAway)
        }.sorted { ($0.key.item, $0.key.before) < ($1.key.item, $1.key.before) }
    }

    private var permissions: [String] {
        permits.flatMap { change, permits -> [String] in
            let sign = change.takesAway ? console.paint("- ", .red) : console.paint("+ ", .green)
            let head = "\(sign)\(change.item)  readable by \(change.before) → by \(change.after)"
            return [head]
                + Dictionary(grouping: permits, by: \.release.region).sorted { $0.key < $1.key }.map {
                    region, permits in
                    let versions = permits.map { "\($0.release.name):\($0.release.number)" }
                    return "    \(region.code.padded(to: 18)) \(versions.joined(separator: ", "))"
                }
        }
    }

    private func regions(_ regions: [Region]) -> String {
        let sorted = Set(regions).sorted()
        return sorted.count <= 4 ? sorted.map(\.code).joined(separator: ", ") : count(sorted.count, "region")
    }

    private func code(_ text: String?) -> String { Markdown.code(text, limit: 1000) }
}

extension PublishAction.Reason {
    var text: String {
        switch self {
        case .first: "new layer"
        case .update: "new version"
        case .dependencies: "only dependencies or options changed"
        case .backfill: "missing in these regions"
        case .rename: "new naming"
        case .rollback: "a former build again"
        case .account: "the account has changed"
        }
    }
}

/// `1 layer`, `2 layers`.
func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

extension String {
    func padded(to width: Int) -> String {
        count >= width ? self : self + String(repeating: " ", count: width - count)
    }

    func trimmingSuffix(_ suffix: Character) -> String {
        var copy = self
        while copy.last == suffix { copy.removeLast() }
        return copy
    }
}
