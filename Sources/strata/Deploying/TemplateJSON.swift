import Model
import Yams

/// Writes YAML as the JSON that CloudFormation takes as well: without comments and indentation, which count among the
/// 51,200 bytes that a request may have, and with functions (`!Sub`) in their long form.
///
/// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
struct TemplateJSON {
    private var out = ""

    static func text(of node: Node) throws(StrataError) -> String {
        var writer = TemplateJSON()
        try writer.append(node)
        return writer.out
    }

    private mutating func append(_ node: Node) throws(StrataError) {
        let tag = node.tag.description
        guard tag.first == "!" else { return try append(plain: node) }
        let name = String(tag.dropFirst())
        append("{", string: name == "Ref" || name == "Condition" ? name : "Fn::\(name)")
        out += ":"
        if name == "GetAtt", let path = node.string, let dot = path.firstIndex(of: ".") {
            append("[", string: String(path[..<dot]))
            append(",", string: String(path[path.index(after: dot)...]))
            out += "]"
        } else {
            try append(plain: node)
        }
        out += "}"
    }

    private mutating func append(plain node: Node) throws(StrataError) {
        switch node {
        case .scalar(let scalar): append(scalar, tag: node.tag)
        case .sequence(let sequence):
            out += "["
            for (index, element) in sequence.enumerated() {
                if index > 0 { out += "," }
                try append(element)
            }
            out += "]"
        case .mapping(let mapping):
            out += "{"
            for (index, pair) in mapping.enumerated() {
                guard let key = pair.key.string else { throw FleetTemplate.broken("a key is not text") }
                append(index > 0 ? "," : "", string: key)
                out += ":"
                try append(pair.value)
            }
            out += "}"
        case .alias: throw FleetTemplate.broken("it has an alias, which CloudFormation does not take")
        }
    }

    private mutating func append(_ scalar: Node.Scalar, tag: Tag) {
        switch tag.description {
        case Tag.Name.null.rawValue: out += "null"
        case Tag.Name.bool.rawValue where ["true", "false"].contains(scalar.string): out += scalar.string
        case Tag.Name.int.rawValue where Int(scalar.string).map(String.init) == scalar.string: out += scalar.string
        case Tag.Name.float.rawValue where scalar.string.wholeMatch(of: #/-?(?:0|[1-9]\d*)\.\d+/#) != nil:
            out += scalar.string
        default: append("", string: scalar.string)
        }
    }

    private mutating func append(_ before: String, string: String) {
        out += before + "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\t": out += "\\t"
            case "\u{0}"..<" ":
                let hex = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: out.unicodeScalars.append(scalar)
            }
        }
        out += "\""
    }
}
