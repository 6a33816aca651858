import Model

/// The section `vulnerabilities`.
extension SettingsDecoder {
    private enum Source: String, CaseIterable {
        case osv
    }

    func vulnerabilities(_ value: Value) -> AdvisoryPolicy? {
        guard let fields = Fields<Vocabulary.Vulnerabilities>(value, "'vulnerabilities'") else { return nil }
        _ = fields.required(.source, "'vulnerabilities'")?.asChoice("source", Source.self)
        var policy = AdvisoryPolicy()
        policy.database = fields[.database].flatMap(database) ?? policy.database
        policy.fail = fields[.fail]?.asChoice("severity", AdvisoryPolicy.Threshold.self) ?? policy.fail
        policy.refresh =
            fields[.refresh]?.asDuration("'vulnerabilities.refresh'", in: .zero...(.seconds(30 * 86_400)))
            ?? policy.refresh
        for (key, value) in fields[.ignore]?.asPairs("'vulnerabilities.ignore'") ?? [] {
            guard let id = key.asText("an advisory"), let reason = value.asText("a reason") else { continue }
            guard id.utf8.count <= 64, id.utf8.allSatisfy({ $0.isASCIIAlphanumeric || "-_.:".utf8.contains($0) }) else {
                key.problem("'\(id.prefix(64))' is not an advisory's name", hint: "write it as 'PYSEC-2024-60'")
                continue
            }
            guard !reason.trimmingSpaces.isEmpty, reason.unicodeScalars.count <= 200 else {
                value.problem(
                    "why '\(id)' does not count must be told in at most 200 characters",
                    hint: "the reason is published with the layer")
                continue
            }
            policy.ignore[id] = reason
        }
        return policy
    }

    /// A URL, or a file of this machine.
    private func database(_ value: Value) -> String? {
        guard let text = value.asText("'vulnerabilities.database'") else { return nil }
        return text.contains("://")
            ? webAddress(value, "'vulnerabilities.database'", schemes: ["https", "http"])
            : path(value, "'vulnerabilities.database'")
    }
}
