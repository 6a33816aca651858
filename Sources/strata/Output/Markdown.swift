import Model

/// What strangers wrote, in Markdown.
enum Markdown {
    /// A code span that stays one, in a table's cell too: nothing in it is markup, a mention or a link.
    static func code(_ text: String?, limit: Int = 300) -> String {
        guard let text else { return "–" }
        let scalars = text.unicodeScalars.prefix(limit).map { scalar -> Character in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate: " "
            default: scalar == "`" || scalar == "|" ? "'" : Character(scalar)
            }
        }
        let plain = String(scalars).trimmingSpaces
        return plain.isEmpty ? "–" : "`\(plain)\(text.unicodeScalars.count > limit ? "…" : "")`"
    }
}
