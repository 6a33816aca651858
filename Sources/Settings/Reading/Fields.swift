import Model
import Yams

/// The keys that a mapping may have. The enumerations that conform are the configuration's vocabulary: the decoder
/// knows no other words, and the JSON Schema is compared with them.
protocol Keys: CaseIterable, Hashable, RawRepresentable<String> {}

/// A mapping whose keys were checked.
struct Fields<Key: Keys> {
    /// The mapping itself.
    let whole: Value
    private let values: [Key: Value]

    /// - Returns: nil, with a problem recorded, if the value is no mapping. Unknown keys and duplicates are recorded
    ///   and left out.
    init?(_ value: Value, _ what: String) {
        guard case .mapping(let mapping) = value.node, value.hasNoTag else {
            value.refuse("\(what) must be a mapping of keys")
            return nil
        }
        let reading = value.reading
        guard reading.problems.mayVisit(mapping.count * 2 + 1, at: value.place) else { return nil }
        var values: [Key: Value] = [:]
        var seen: [String: Spot] = [:]
        // Keys that were blanked out come first in the text, so the one that is still there is the second.
        for (name, _) in mapping {
            let key = Value(node: name, reading: reading)
            guard let word = reading.blanked[key.place] else { continue }
            seen[word] = seen[word].map { max($0, key.place) } ?? key.place
            if seen[word] != key.place { key.problem("'\(word)' is set more than twice") }
        }
        for (name, node) in mapping {
            let key = Value(node: name, reading: reading)
            guard reading.blanked[key.place] == nil else { continue }
            guard case .scalar(let scalar) = name, key.hasNoTag else {
                key.problem("a key must be a word, not \(key.kind.words)")
                continue
            }
            if let first = seen[scalar.string] {
                key.problem("'\(scalar.string)' is set twice", hint: "the first is on line \(first.line)")
            }
            guard let known = Key(rawValue: scalar.string) else {
                let hint: String? =
                    switch scalar.string {
                    case "<<": "merge keys are not read; write the keys out"
                    case "sign-code": "AWS Signer is not used yet: docs/decisions/0019-signed-code.md says why"
                    default: Suggestion.hint(for: scalar.string, among: Key.allCases.map(\.rawValue))
                    }
                key.problem("unknown key '\(scalar.string.prefix(80))' in \(what)", hint: hint)
                continue
            }
            values[known] = Value(node: node, reading: reading)
        }
        whole = value
        self.values = values
    }

    subscript(key: Key) -> Value? { values[key] }

    /// The value of a key that must be there; its absence is recorded where the mapping begins.
    func required(_ key: Key, _ what: String) -> Value? {
        if values[key] == nil { whole.problem("\(what) needs '\(key.rawValue)'") }
        return values[key]
    }
}
