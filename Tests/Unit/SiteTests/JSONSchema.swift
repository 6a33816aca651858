import Foundation

/// As much of JSON Schema as the schemas in `docs/api` use; a keyword that is not known here is an error, so that no
/// rule is skipped in silence. https://json-schema.org/draft/2020-12
struct JSONSchema {
    private let root: [String: Any]

    init(_ data: Data) throws {
        guard let root = try JSONSerialization.jsonObject(with: data) as? [String: Any] else {
            throw Problem.notASchema
        }
        self.root = root
    }

    enum Problem: Error { case notASchema }

    /// What is wrong with a document; empty if it is valid.
    func problems(of data: Data) throws -> [String] {
        problems(try JSONSerialization.jsonObject(with: data), root, at: "$")
    }

    private func problems(_ value: Any, _ schema: [String: Any], at place: String) -> [String] {
        schema.flatMap { keyword, rule -> [String] in
            switch keyword {
            case "$schema", "title", "description", "properties", "patternProperties": []
            case "type": isOf(rule as? String ?? "", value) ? [] : ["\(place) is no \(rule)"]
            case "const": equal(value, rule) ? [] : ["\(place) is not \(rule)"]
            case "enum":
                (rule as? [Any] ?? []).contains { equal(value, $0) } ? [] : ["\(place) is none of \(rule)"]
            case "minimum":
                (value as? NSNumber)?.doubleValue ?? 0 >= (rule as? NSNumber)?.doubleValue ?? 0
                    ? [] : ["\(place) is small"]
            case "pattern": matches(value as? String, rule as? String) ? [] : ["\(place) does not match \(rule)"]
            case "required":
                (rule as? [String] ?? []).filter { (value as? [String: Any])?[$0] == nil }.map {
                    "\(place) lacks \($0)"
                }
            case "items":
                (value as? [Any] ?? []).enumerated().flatMap { index, item in
                    problems(item, rule as? [String: Any] ?? [:], at: "\(place)[\(index)]")
                }
            case "additionalProperties": []
            default: ["the schema uses '\(keyword)', which the test does not know"]
            }
        } + members(value as? [String: Any] ?? [:], schema, at: place)
    }

    /// Members are stricter than the schema says: one that it does not name is a mistake in the schema.
    private func members(_ object: [String: Any], _ schema: [String: Any], at place: String) -> [String] {
        let named = schema["properties"] as? [String: [String: Any]] ?? [:]
        let patterns = schema["patternProperties"] as? [String: [String: Any]] ?? [:]
        guard !named.isEmpty || !patterns.isEmpty else { return [] }
        return object.flatMap { name, value -> [String] in
            let rule = named[name] ?? patterns.first { matches(name, $0.key) }?.value
            guard let rule else { return ["\(place).\(name) is not in the schema"] }
            return problems(value, rule, at: "\(place).\(name)")
        }
    }

    private func isOf(_ type: String, _ value: Any) -> Bool {
        switch type {
        case "object": value is [String: Any]
        case "array": value is [Any]
        case "string": value is String
        case "boolean": value is Bool
        case "integer": (value as? NSNumber).map { $0.doubleValue == $0.doubleValue.rounded() } ?? false
        default: false
        }
    }

    private func equal(_ left: Any, _ right: Any) -> Bool {
        (left as? NSObject).map { $0.isEqual(right) } ?? false
    }

    private func matches(_ text: String?, _ pattern: String?) -> Bool {
        guard let text, let pattern, let regex = try? Regex(pattern) else { return false }
        return text.contains(regex)
    }
}
