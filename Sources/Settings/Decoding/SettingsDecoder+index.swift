import Model

/// The section `index`.
extension SettingsDecoder {
    func index(_ value: Value) -> IndexSettings? {
        guard let fields = Fields<Vocabulary.Index>(value, "'index'") else { return nil }
        let schemes = ["https", "http", "file"]
        let index = IndexSettings(
            url: fields[.url].flatMap { webAddress($0, "'index.url'", schemes: schemes) },
            extra: fields[.extra].flatMap {
                unique($0, "'index.extra'") { webAddress($0, "an index", schemes: schemes) }
            } ?? [],
            findLinks: fields[.findLinks].flatMap {
                unique($0, "'index.find-links'") { entry -> String? in
                    guard let text = entry.asText("an entry of 'find-links'") else { return nil }
                    return text.contains("://")
                        ? webAddress(entry, "an entry of 'find-links'", schemes: schemes)
                        : path(entry, "an entry of 'find-links'")
                }
            } ?? [],
            noIndex: fields[.noIndex]?.asFlag("'index.no-index'") ?? false)
        if index.noIndex {
            if fields[.findLinks] == nil { fields[.noIndex]?.problem("'no-index' needs 'find-links'") }
            for key in [Vocabulary.Index.url, .extra] {
                fields[key]?.problem("'\(key.rawValue)' and 'no-index' exclude each other")
            }
        }
        return index
    }

    /// A URL without credentials: those belong into netrc or the environment, never into a file that is shared.
    func webAddress(_ value: Value, _ what: String, schemes: [String]) -> String? {
        guard let text = value.asText(what) else { return nil }
        guard let mark = text.firstRange(of: "://") else {
            value.problem("\(what) is not a URL", hint: "it begins with \(schemes[0])://")
            return nil
        }
        let scheme = String(text[..<mark.lowerBound])
        let rest = text[mark.upperBound...]
        let authority = rest.prefix { !"/?#".contains($0) }
        // Looked for first, so that no other message can quote a password. A backslash or a space can hide it.
        guard !rest.contains("@"), !rest.contains("\\"), !rest.contains(" ") else {
            value.problem("\(what) must not hold credentials", hint: "put them into netrc or the environment")
            return nil
        }
        guard schemes.contains(scheme) else {
            let near = Suggestion.nearest(to: scheme, among: schemes)
            value.problem(
                "unknown scheme '\(scheme)' in \(what)",
                hint: near.map { "did you mean '\($0)'?" } ?? "use \(schemes.joined(separator: ", "))")
            return nil
        }
        guard scheme == "file" ? authority.isEmpty && rest.count > 1 : !authority.isEmpty else {
            value.problem("\(what) names no \(scheme == "file" ? "path" : "host")")
            return nil
        }
        if scheme == "http", !["localhost", "127.0.0.1"].contains(authority.prefix { $0 != ":" }) {
            value.warn("\(what) is not encrypted", hint: "use https")
        }
        return text
    }
}
