import Model
import Yams

/// A node of the document with its place, and where its problems are reported.
///
/// Every `as…` reader answers nil after it has recorded why, so decoding goes on and finds the next mistake.
struct Value {
    let node: Node
    let reading: Reading

    /// What all values of a document share.
    final class Reading {
        let file: String
        let problems: Problems
        let blanked: [Spot: String]

        init(file: String, problems: Problems, blanked: [Spot: String] = [:]) {
            self.file = file
            self.problems = problems
            self.blanked = blanked
        }
    }

    var place: Spot {
        Spot(file: reading.file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
    }

    func problem(_ message: String, hint: String? = nil) {
        reading.problems.add(message, hint: hint, at: place)
    }

    func warn(_ message: String, hint: String? = nil) {
        reading.problems.warn(message, hint: hint, at: place)
    }

    /// The elements of a list.
    func asList(_ what: String) -> [Value]? {
        guard case .sequence(let sequence) = node, hasNoTag else { return mismatch("\(what) must be a list") }
        guard reading.problems.mayVisit(sequence.count + 1, at: place) else { return nil }
        return sequence.map { Value(node: $0, reading: reading) }
    }

    /// The pairs of a mapping whose keys are not words of the configuration, each key once.
    func asPairs(_ what: String) -> [(key: Value, value: Value)]? {
        guard case .mapping(let mapping) = node, hasNoTag else { return mismatch("\(what) must be a mapping") }
        guard reading.problems.mayVisit(mapping.count * 2 + 1, at: place) else { return nil }
        var seen: Set<String> = []
        return mapping.compactMap { name, node in
            let key = Value(node: name, reading: reading)
            if let word = reading.blanked[key.place] { return key.mismatch("'\(word)' is set twice in \(what)") }
            if let text = name.scalar?.string, !seen.insert(text).inserted {
                return key.mismatch("'\(text.prefix(80))' is set twice in \(what)")
            }
            return (key, Value(node: node, reading: reading))
        }
    }

    /// Text. A plain `12`, `true` or `null` is not text: YAML's readers take it for something else.
    func asText(_ what: String) -> String? {
        guard case .scalar(let scalar) = node, hasNoTag else { return mismatch("\(what) must be text") }
        guard reading.problems.mayVisit(1, at: place) else { return nil }
        switch kind {
        case .text: break
        case .nothing: return mismatch("\(what) must be text")
        // The value is not quoted back: it may be a secret that was pasted where its reference belongs.
        default: return mismatch("\(what) must be text, not \(kind.words)", hint: "put it in quotes")
        }
        guard scalar.string.utf8.count <= 4096 else { return mismatch("\(what) is longer than 4096 bytes") }
        guard !scalar.string.isEmpty else { return mismatch("\(what) is empty") }
        guard scalar.string.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
            return mismatch("\(what) holds a new line or a control character")
        }
        return scalar.string
    }

    func asInteger(_ what: String, in range: ClosedRange<Int>) -> Int? {
        guard case .scalar(let scalar) = node, kind == .number, hasNoTag, let number = Int(scalar.string) else {
            return mismatch("\(what) must be a whole number")
        }
        guard range.contains(number) else {
            problem(
                range.lowerBound == range.upperBound
                    ? "\(what) must be \(range.lowerBound)"
                    : range.upperBound == .max
                        ? "\(what) must be \(range.lowerBound) or more"
                        : "\(what) must be between \(range.lowerBound) and \(range.upperBound)")
            return nil
        }
        return number
    }

    func asFlag(_ what: String) -> Bool? {
        guard case .scalar(let scalar) = node, kind == .flag, hasNoTag else {
            return mismatch("\(what) must be true or false")
        }
        return scalar.string.lowercased() == "true"
    }

    /// One of the words of an enumeration.
    func asChoice<Choice: CaseIterable & RawRepresentable<String>>(_ what: String, _: Choice.Type) -> Choice? {
        guard let text = asText(what) else { return nil }
        if let choice = Choice(rawValue: text) { return choice }
        let words = Choice.allCases.map(\.rawValue)
        return mismatch("unknown \(what) '\(text)'", hint: Suggestion.hint(for: text, among: words))
    }

    /// Text that one of the model's types reads; its refusal becomes the problem.
    func asParsed<Parsed>(_ what: String, _ parse: (String) throws(StrataError) -> Parsed) -> Parsed? {
        guard let text = asText(what) else { return nil }
        do {
            return try parse(text)
        } catch {
            reading.problems.add(error, at: place)
            return nil
        }
    }

    /// What the node is, as YAML 1.2's core schema reads it.
    enum Kind {
        case text, number, flag, nothing, list, mapping

        var words: String {
            switch self {
            case .text: "text"
            case .number: "a number"
            case .flag: "true or false"
            case .nothing: "nothing"
            case .list: "a list"
            case .mapping: "a mapping"
            }
        }
    }

    var kind: Kind {
        switch node {
        case .sequence: return .list
        case .mapping: return .mapping
        case .alias: return .nothing
        case .scalar(let scalar):
            guard scalar.style == .plain else { return .text }
            if ["", "~", "null", "Null", "NULL"].contains(scalar.string) { return .nothing }
            if ["true", "True", "TRUE", "false", "False", "FALSE"].contains(scalar.string) { return .flag }
            return Self.isNumber(scalar.string) ? .number : .text
        }
    }

    private static func isNumber(_ text: String) -> Bool {
        guard let first = text.utf8.first, first.isASCIIAlphanumeric || "+-.".utf8.contains(first) else { return false }
        if text.hasPrefix("0x") { return Int(text.dropFirst(2), radix: 16) != nil }
        if text.hasPrefix("0o") { return Int(text.dropFirst(2), radix: 8) != nil }
        let digits = text.utf8.drop { "+-.".utf8.contains($0) }
        guard let digit = digits.first, (0x30...0x39).contains(digit) else {
            return [".inf", "-.inf", "+.inf", ".nan"].contains(text.lowercased())
        }
        return Double(text) != nil
    }

    /// Explicit tags (`!!binary`, `!custom`) say that the text means something else: none is understood.
    var hasNoTag: Bool {
        ["tag:yaml.org,2002:str", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map"].contains(node.tag.rawValue)
    }

    /// Records why the value is not what was wanted; what it is follows by itself after "must be".
    func refuse(_ message: String, hint: String? = nil) {
        if !hasNoTag {
            problem("the tag '\(node.tag.rawValue)' is not understood", hint: "leave it out")
        } else if hint == nil, message.contains("must be"), !message.contains("between") {
            problem("\(message), not \(kind.words)")
        } else {
            problem(message, hint: hint)
        }
    }

    private func mismatch<Answer>(_ message: String, hint: String? = nil) -> Answer? {
        refuse(message, hint: hint)
        return nil
    }
}
