import Model

/// The section `checks`, of the whole configuration or of a layer.
extension SettingsDecoder {
    /// The document's, and the interpreters of this machine.
    func checks(_ value: Value) -> (checks: Checks, interpreters: [Target: String])? {
        guard let fields = Fields<Vocabulary.Checks>(value, "'checks'") else { return nil }
        return (checks(fields, inherited: Checks()), fields[.interpreters].map(interpreters) ?? [:])
    }

    /// A layer's.
    /// - Parameter inherited: what the section leaves open.
    func checks(_ value: Value, inherited: Checks) -> Checks? {
        guard let fields = Fields<Vocabulary.Checks>(value, "'checks'") else { return nil }
        fields[.interpreters]?.problem(
            "'interpreters' belong to this machine, not to a layer", hint: "write them under the document's 'checks'")
        return checks(fields, inherited: inherited)
    }

    private func checks(_ fields: Fields<Vocabulary.Checks>, inherited: Checks) -> Checks {
        var checks = inherited
        if let hold = fields[.hold]?.asFlag("'hold'") { checks.hold = hold }
        if let place = fields[.imports].flatMap(place) { checks.imports.place = place }
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

    private func place(_ value: Value) -> Checks.Imports.Place? {
        if value.kind == .text, value.node.scalar?.string == "lambda" {
            value.problem("imports are not proved in Lambda by this version", hint: "write 'imports: sandbox'")
            return nil
        }
        return value.asChoice("place for imports", Checks.Imports.Place.self)
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
