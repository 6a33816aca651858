import Model

/// The section `checks`, of the whole configuration or of a layer.
extension SettingsDecoder {
    /// - Parameter inherited: what the section leaves open.
    func checks(_ value: Value, inherited: Checks) -> Checks? {
        guard let fields = Fields<Vocabulary.Checks>(value, "'checks'") else { return nil }
        var checks = inherited
        if let hold = fields[.hold]?.asFlag("'hold'") { checks.hold = hold }
        for (key, value) in fields[.waive]?.asPairs("'waive'") ?? [] {
            guard let rule = key.asChoice("check", Finding.Rule.self), let reason = value.asText("a reason") else {
                continue
            }
            guard !reason.trimmingSpaces.isEmpty, reason.unicodeScalars.count <= 200,
                reason.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
            else {
                value.problem(
                    "why '\(rule.rawValue)' is waived must be told in one line of at most 200 characters",
                    hint: "the reason is published with the layer")
                continue
            }
            checks.waive[rule] = reason
        }
        return checks
    }
}
