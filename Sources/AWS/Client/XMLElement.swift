/// The XML that AWS's services answer with: elements and text, as a tree. Attributes are read over.
///
/// What no such answer needs is refused, since it is how XML attacks: document types, entities beyond the five, and
/// depth.
package struct XMLElement: Sendable {
    package let name: String
    package private(set) var children: [XMLElement] = []
    /// The element's own text.
    package private(set) var text = ""

    package struct Malformed: Error, Sendable {
        package let reason: String
    }

    private init(name: String) { self.name = name }

    /// The first child of that name.
    package func first(_ name: String) -> XMLElement? { children.first { $0.name == name } }

    /// The text at a path of children; nil if there is no such element.
    package func text(_ path: String...) -> String? {
        var element: XMLElement? = self
        for name in path { element = element?.first(name) }
        return element?.text
    }

    /// Parses a document.
    package init(_ bytes: [UInt8]) throws(Malformed) {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw Malformed(reason: "not UTF-8") }
        var scanner = Scanner(rest: text[...])
        var open: [XMLElement] = []
        while let token = try scanner.next() {
            switch token {
            case .text(let text):
                guard !open.isEmpty else {
                    guard text.allSatisfy(\.isWhitespace) else { throw Malformed(reason: "text outside of the root") }
                    continue
                }
                open[open.count - 1].text += text
            case .start(let name):
                guard open.count < 32 else { throw Malformed(reason: "too deep") }
                open.append(XMLElement(name: name))
            case .end(let name):
                guard let closed = open.popLast(), closed.name == name else { throw Malformed(reason: "tags cross") }
                guard open.isEmpty else {
                    open[open.count - 1].children.append(closed)
                    continue
                }
                guard scanner.isAtEnd else { throw Malformed(reason: "more than one root") }
                self = closed
                return
            }
        }
        throw Malformed(reason: "it ends early")
    }
}

extension XMLElement {
    private enum Token {
        case start(String)
        case end(String)
        case text(String)
    }

    private struct Scanner {
        var rest: Substring
        /// The end tag that an empty element still owes.
        private var owed: String?

        init(rest: Substring) { self.rest = rest }

        var isAtEnd: Bool { owed == nil && rest.allSatisfy(\.isWhitespace) }

        mutating func next() throws(Malformed) -> Token? {
            if let name = owed {
                owed = nil
                return .end(name)
            }
            while rest.hasPrefix("<?") || rest.hasPrefix("<!--") {
                _ = try take(through: rest.hasPrefix("<?") ? "?>" : "-->")
            }
            guard !rest.isEmpty else { return nil }
            guard rest.hasPrefix("<") else {
                let text = rest.prefix { $0 != "<" }
                rest = rest[text.endIndex...]
                return .text(try unescape(text))
            }
            if rest.hasPrefix("<!") { throw Malformed(reason: "a document type or CDATA") }
            let tag = try take(through: ">").dropFirst()
            if tag.hasPrefix("/") { return .end(String(tag.dropFirst().prefix { !$0.isWhitespace })) }
            let name = String(tag.prefix { !$0.isWhitespace && $0 != "/" })
            guard !name.isEmpty else { throw Malformed(reason: "a tag without a name") }
            if tag.hasSuffix("/") { owed = name }
            return .start(name)
        }

        /// What comes before the mark, which is passed over.
        private mutating func take(through mark: String) throws(Malformed) -> Substring {
            guard let range = rest.firstRange(of: mark) else { throw Malformed(reason: "it ends early") }
            defer { rest = rest[range.upperBound...] }
            return rest[..<range.lowerBound]
        }

        private func unescape(_ text: Substring) throws(Malformed) -> String {
            var parts = text.split(separator: "&", omittingEmptySubsequences: false)[...]
            var result = String(parts.removeFirst())
            for part in parts {
                guard let end = part.firstIndex(of: ";"), let character = character(part[..<end]) else {
                    throw Malformed(reason: "an unknown entity")
                }
                result.append(character)
                result += part[part.index(after: end)...]
            }
            return result
        }

        private func character(_ entity: Substring) -> Character? {
            switch entity {
            case "amp": return "&"
            case "lt": return "<"
            case "gt": return ">"
            case "quot": return "\""
            case "apos": return "'"
            default:
                guard entity.hasPrefix("#") else { return nil }
                let digits = entity.dropFirst()
                let code = digits.hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
                return code.flatMap(Unicode.Scalar.init).map(Character.init)
            }
        }
    }
}
