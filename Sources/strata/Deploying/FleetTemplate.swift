import Model

/// The template of `deploy/template.yaml`, and what its beginning alone is good for.
enum FleetTemplate {
    /// All of it.
    static var whole: String { EmbeddedTemplate.text }

    /// What holds data. A new deployment begins with it: the functions' code must lie in the bucket before there can be
    /// functions.
    static var foundation: String {
        let end = whole.firstRange(of: "  # The foundation ends here.\n")
        return String(whole[..<(end?.lowerBound ?? whole.endIndex)])
    }

    /// The schedule that a fleet has before another is chosen.
    static let usualSchedule = "rate(6 hours)"

    /// The names of its parameters.
    static var parameters: Set<String> {
        guard let start = whole.firstRange(of: "\nParameters:\n"), let end = whole.firstRange(of: "\nConditions:\n")
        else {
            return []
        }
        let lines = whole[start.upperBound..<end.lowerBound].split(separator: "\n")
        return Set(
            lines.compactMap { line in
                guard line.hasPrefix("  "), line.dropFirst(2).first?.isLetter == true else { return nil }
                return String(line.dropFirst(2).prefix { $0 != ":" })
            })
    }
}
