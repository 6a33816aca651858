import Model

/// The section `licences`, of the whole configuration or of a layer.
extension SettingsDecoder {
    /// - Parameter inherited: what the section leaves open.
    func licences(_ value: Value, inherited: LicensePolicy) -> LicensePolicy? {
        guard let fields = Fields<Vocabulary.Licences>(value, "'licences'") else { return nil }
        var policy = inherited
        if let allow = fields[.allow].flatMap({ unique($0, "'licences.allow'", licencePattern) }) {
            policy.allow = allow
        }
        if let deny = fields[.deny].flatMap({ unique($0, "'licences.deny'", licencePattern) }) { policy.deny = deny }
        if let unknown = fields[.unknown]?.asChoice("answer", LicensePolicy.Unknown.self) { policy.unknown = unknown }
        return policy
    }

    private func licencePattern(_ value: Value) -> String? {
        guard let text = value.asText("a licence") else { return nil }
        let (isRight, near) = LicensePolicy.check(text)
        guard isRight else {
            value.problem(
                "'\(text.prefix(80))' is not in SPDX's list of licences",
                hint: near.map { "did you mean '\($0)'?" }
                    ?? "name one as https://spdx.org/licenses does, with '*' for several: 'AGPL-*'")
            return nil
        }
        return text
    }
}
