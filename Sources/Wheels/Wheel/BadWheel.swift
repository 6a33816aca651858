import Model

extension StrataError {
    /// A refusal that names the wheel and, where there is one, the entry.
    package static func badWheel(
        _ wheel: String, _ entry: EntryPath? = nil, _ reason: String, hint: String? = nil, cause: (any Error)? = nil
    ) -> StrataError {
        StrataError(
            .badWheel, entry.map { "'\($0)' \(reason)" } ?? reason, hint: hint, place: Place(file: wheel), cause: cause)
    }
}
