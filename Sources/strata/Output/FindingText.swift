import Model

extension Finding {
    /// A line below the layer that it is about.
    func line(_ console: Console) -> String {
        let text = "    \(verdict.rawValue) \(rule.rawValue): \(message)" + (waived.map { " (waived: \($0))" } ?? "")
        return verdict == .warning && waived == nil ? console.paint(text, .yellow) : console.paint(text, .dim)
    }
}
