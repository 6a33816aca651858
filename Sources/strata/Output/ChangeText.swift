import AWS
import Model

/// A change set for people: one line for each resource, what is lost in red.
struct ChangeText {
    let changes: [Stacks.Change]
    let console: Console

    var text: String {
        let width = changes.map(\.resource.count).max() ?? 0
        let lines = changes.sorted { ($0.order, $0.resource) < ($1.order, $1.resource) }.map { change in
            let details = change.isReplaced ? ["replaced"] + change.properties : change.properties
            return
                (change.sign(console) + " \(change.resource.padded(to: width))  \(change.type)  "
                + console.paint(details.joined(separator: ", "), .dim)).trimmingSuffix(" ")
        }
        return (lines + ["", summary]).joined(separator: "\n")
    }

    private var summary: String {
        let parts = [
            ("add", changes.count { $0.action == .add }), ("adopt", changes.count { $0.action == .adopt }),
            ("change", changes.count { $0.action == .modify && !$0.isReplaced }),
            ("replace", changes.count { $0.action == .modify && $0.isReplaced }),
            ("remove", changes.count { $0.action == .remove }),
        ].filter { $0.1 > 0 }
        if parts.isEmpty { return "Would change no resource, only its description." }
        return "Would " + parts.map { "\($0.0) \($0.1)" }.joined(separator: ", ") + "."
    }
}

extension Stacks.Change {
    /// Removed and replaced ones last, where the eye ends.
    fileprivate var order: Int {
        switch action {
        case .add, .adopt: 0
        case .modify: isReplaced ? 2 : 1
        case .remove: 3
        }
    }

    fileprivate func sign(_ console: Console) -> String {
        switch action {
        case .add: console.paint("+", .green)
        case .adopt: console.paint("=", .green)
        case .modify: isReplaced ? console.paint("!", .red) : console.paint("~", .yellow)
        case .remove: console.paint("-", .red)
        }
    }
}
