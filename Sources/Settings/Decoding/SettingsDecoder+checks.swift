import Model

/// The section `checks`, of the whole configuration or of a layer.
extension SettingsDecoder {
    /// The document's, and what proofs are made with.
    struct DocumentChecks {
        let checks: Checks
        let interpreters: [Target: String]
        let probe: ProbeSettings?
        /// Whether something was said of it, right or wrong.
        let saysProbe: Bool
    }

    /// - Parameter publish: nil if it is wrong.
    func checks(_ value: Value, _ publish: PublishSettings?) -> DocumentChecks? {
        guard let fields = Fields<Vocabulary.Checks>(value, "'checks'") else { return nil }
        return DocumentChecks(
            checks: checks(fields, inherited: Checks()), interpreters: fields[.interpreters].map(interpreters) ?? [:],
            probe: fields[.probe].flatMap { probe($0, publish) }, saysProbe: fields[.probe] != nil)
    }

    /// Layers of AWS that are to be imported in Lambda need a role for that.
    func checkProbe(_ root: Fields<Vocabulary.Root>, _ layers: [DesiredLayer], _ publish: PublishSettings) {
        guard publish.provider == .aws, layers.contains(where: { $0.checks.imports.place == .lambda }) else { return }
        (root[.checks] ?? root.whole).problem(
            "'imports: lambda' needs 'probe' under the document's 'checks'",
            hint: "as 'probe: { region: eu-west-1, role: \"arn:aws:iam::111122223333:role/strata-probe\" }'")
    }

    private func probe(_ value: Value, _ publish: PublishSettings?) -> ProbeSettings? {
        guard let fields = Fields<Vocabulary.Probe>(value, "'probe'") else { return nil }
        let region = fields.required(.region, "'probe'").flatMap { value in
            value.asText("a region").flatMap { self.region($0, at: value) }
        }
        guard let written = fields.required(.role, "'probe'"), let role = written.asText("a role"), let region else {
            return nil
        }
        let probe = ProbeSettings(region: region, role: role)
        guard let home = probe.home else {
            written.problem(
                "'\(role.prefix(80))' is not a role's ARN", hint: "as arn:aws:iam::111122223333:role/strata-probe")
            return nil
        }
        let own = publish?.partitions.first { $0.partition == region.partition }
        if home.partition != region.partition || publish != nil && own == nil {
            written.problem("the role and the region must be of one partition that layers are published to")
        } else if let account = own?.account, account != home.account {
            written.problem(
                "the role is account \(home.account)'s, and layers are published under \(account)",
                hint: "functions have roles of their own account only")
        }
        return probe
    }

    /// A layer's.
    /// - Parameter inherited: what the section leaves open.
    func checks(_ value: Value, inherited: Checks) -> Checks? {
        guard let fields = Fields<Vocabulary.Checks>(value, "'checks'") else { return nil }
        fields[.interpreters]?.problem(
            "'interpreters' belong to this machine, not to a layer", hint: "write them under the document's 'checks'")
        fields[.probe]?.problem("'probe' is for all layers", hint: "write it under the document's 'checks'")
        return checks(fields, inherited: inherited)
    }

    private func checks(_ fields: Fields<Vocabulary.Checks>, inherited: Checks) -> Checks {
        var checks = inherited
        if let hold = fields[.hold]?.asFlag("'hold'") { checks.hold = hold }
        if let place = fields[.imports]?.asChoice("place for imports", Checks.Imports.Place.self) {
            checks.imports.place = place
        }
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

    /// `interpreters: { python3.12: /usr/bin/python3.12 }`
    private func interpreters(_ value: Value) -> [Target: String] {
        var interpreters: [Target: String] = [:]
        for (key, value) in value.asPairs("'interpreters'") ?? [] {
            guard let text = key.asText("a target"), let path = path(value, "an interpreter") else { continue }
            guard let target = Target(text), target.platform != nil else {
                let words = Target.buildable.map(\.description)
                key.problem("there is no target '\(text.prefix(80))'", hint: Suggestion.hint(for: text, among: words))
                continue
            }
            interpreters[target] = path
        }
        return interpreters
    }

    /// `imports`, of a layer.
    func imports(_ value: Value, _ inherited: Checks.Imports) -> Checks.Imports? {
        guard let fields = Fields<Vocabulary.Imports>(value, "'imports'") else { return nil }
        func modules(_ key: Vocabulary.Imports) -> [String] {
            fields[key].flatMap { unique($0, "'\(key.rawValue)'", module) } ?? []
        }
        return Checks.Imports(inherited.place, skip: modules(.skip), only: modules(.only))
    }

    private func module(_ value: Value) -> String? {
        guard let text = value.asText("a module") else { return nil }
        guard Checks.Imports.isModule(text) else {
            value.problem(
                "'\(text.prefix(80))' is not a module's name", hint: "write it as 'import' has it: 'package.module'")
            return nil
        }
        return text
    }
}
