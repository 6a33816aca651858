import FoundationEssentials
import Yams

/// A JSON value, as the schema and what it judges are made of.
indirect enum JSON: Decodable, Hashable {
    case null
    case bool(Bool)
    case number(Double)
    case text(String)
    case list([JSON])
    case object([String: JSON])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let bool = try? value.decode(Bool.self) {
            self = .bool(bool)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let list = try? value.decode([JSON].self) {
            self = .list(list)
        } else {
            self = .object(try value.decode([String: JSON].self))
        }
    }

    /// A YAML document as an editor's schema check sees it.
    init(yaml: String) throws {
        func convert(_ node: Node) -> JSON {
            switch node {
            case .mapping(let mapping):
                .object(Dictionary(mapping.map { ($0.string ?? "", convert($1)) }) { first, _ in first })
            case .sequence(let sequence): .list(sequence.map(convert))
            case .alias: .null
            case .scalar(let scalar):
                if let bool = node.bool, ["true", "false"].contains(scalar.string) {
                    .bool(bool)
                } else if scalar.style == .plain, let number = node.float {
                    .number(number)
                } else {
                    .text(scalar.string)
                }
            }
        }
        self = try Yams.compose(yaml: yaml).map(convert) ?? .null
    }

    subscript(key: String) -> JSON? { if case .object(let members) = self { members[key] } else { nil } }
    var text: String? { if case .text(let text) = self { text } else { nil } }
    var number: Double? { if case .number(let number) = self { number } else { nil } }
    var list: [JSON]? { if case .list(let list) = self { list } else { nil } }
    var members: [String: JSON]? { if case .object(let members) = self { members } else { nil } }
}

/// As much of JSON Schema (draft 2020-12) as `strata.schema.json` uses. A word that is not known here is a failure, so
/// that nothing in the schema goes unchecked.
struct SchemaDocument {
    let root: JSON

    /// The schema that lies in `docs`.
    init() throws {
        let folder = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        let path = "/\(folder)/docs/strata.schema.json"
        root = try JSONDecoder().decode(JSON.self, from: Data(contentsOf: URL(filePath: path)))
    }

    struct NotUnderstood: Error { let word: String }

    /// What does not fit, each with the path to it.
    func faults(_ value: JSON) throws -> [String] { try faults(value, root, "") }

    private func faults(_ value: JSON, _ schema: JSON, _ path: String) throws -> [String] {
        var faults: [String] = []
        for (word, rule) in schema.members ?? [:] {
            switch word {
            case "$schema", "$defs", "title", "description", "default": break
            case "$ref":
                let name = rule.text?.split(separator: "/").last.map(String.init) ?? ""
                guard let definition = root["$defs"]?[name] else { throw NotUnderstood(word: "$ref \(name)") }
                faults += try self.faults(value, definition, path)
            case "type": if !isOfType(value, rule.text) { faults.append("\(path): type") }
            case "const": if value != rule { faults.append("\(path): const") }
            case "enum": if rule.list?.contains(value) != true { faults.append("\(path): enum") }
            case "properties", "additionalProperties", "patternProperties": break
            case "required":
                for key in rule.list ?? [] where value.members != nil && value[key.text ?? ""] == nil {
                    faults.append("\(path): required")
                }
            case "items":
                for (index, element) in (value.list ?? []).enumerated() {
                    faults += try self.faults(element, rule, "\(path)/\(index)")
                }
            case "minItems": if let list = value.list, list.isEmpty { faults.append("\(path): minItems") }
            case "uniqueItems":
                if let list = value.list, Set(list).count != list.count { faults.append("\(path): uniqueItems") }
            case "minProperties": if value.members?.isEmpty == true { faults.append("\(path): minProperties") }
            case "maxProperties":
                if (value.members?.count ?? 0) > Int(rule.number ?? 0) { faults.append("\(path): maxProperties") }
            case "minimum": if (value.number ?? .infinity) < rule.number ?? 0 { faults.append("\(path): minimum") }
            case "maximum": if (value.number ?? 0) > rule.number ?? 0 { faults.append("\(path): maximum") }
            case "maxLength":
                if (value.text ?? "").count > Int(rule.number ?? 0) { faults.append("\(path): maxLength") }
            case "pattern":
                let pattern = try Regex(rule.text ?? "")
                if let text = value.text, text.firstMatch(of: pattern) == nil { faults.append("\(path): pattern") }
            case "anyOf", "oneOf":
                let fitting = try (rule.list ?? []).filter { try self.faults(value, $0, path).isEmpty }
                if word == "anyOf" ? fitting.isEmpty : fitting.count != 1 { faults.append("\(path): \(word)") }
            case "not": if try self.faults(value, rule, path).isEmpty { faults.append("\(path): not") }
            default: throw NotUnderstood(word: word)
            }
        }
        let properties = schema["properties"]?.members ?? [:]
        for (key, member) in value.members ?? [:] {
            if let rule = properties[key] {
                faults += try self.faults(member, rule, "\(path)/\(key)")
            } else if let rule = try schema["patternProperties"]?.members?.first(where: { pattern, _ in
                key.firstMatch(of: try Regex(pattern)) != nil
            })?.value {
                faults += try self.faults(member, rule, "\(path)/\(key)")
            } else if schema["additionalProperties"] == .bool(false) {
                faults.append("\(path)/\(key): unknown")
            }
        }
        return faults
    }

    private func isOfType(_ value: JSON, _ type: String?) -> Bool {
        switch (type, value) {
        case ("object", .object), ("array", .list), ("string", .text), ("boolean", .bool): true
        case ("integer", .number(let number)): number == number.rounded()
        default: false
        }
    }
}
