import Model

/// Strangers' text on one line of a terminal.
enum PlainLine {
    /// The text without control and formatting characters, at most 200 characters.
    static func of(_ text: String) -> String {
        let scalars = text.unicodeScalars.prefix(1000).map { scalar -> Character in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate: " "
            default: Character(scalar)
            }
        }
        return String(String(scalars).prefix(200))
    }

    /// A version with `?` for what no version holds, at most 64 characters: nothing that a line could be forged with.
    static func version(_ text: String) -> String {
        String(
            text.unicodeScalars.prefix(64).map { scalar in
                let isPlain =
                    scalar.isASCII && UInt8(scalar.value).isASCIIAlphanumeric
                    || ".+!_-*".unicodeScalars.contains(scalar)
                return isPlain ? Character(scalar) : "?"
            })
    }
}
