import Model
import Mustache

/// The pages' templates, compiled once.
///
/// swift-mustache escapes `Character`s, so a quote with a combining mark stays raw and ends an attribute; and a partial
/// falls back to that escaper whatever its caller chose. So every template, partials too, is given our own content
/// type, which escapes bytes.
struct Templates: Sendable {
    private let library: MustacheLibrary

    static let embedded = Result { try Templates(EmbeddedFiles.texts) }

    init(_ files: [String: String]) throws {
        MustacheContentTypes.register(ByteEscaped(), named: ByteEscaped.name)
        var library = MustacheLibrary()
        for (path, text) in files where path.hasPrefix("templates/") {
            let name = path.dropFirst("templates/".count).dropLast(".mustache".count)
            try library.register("{{% CONTENT_TYPE: \(ByteEscaped.name)}}\(text)", named: String(name))
        }
        self.library = library
    }

    /// - Throws: `inconsistent` if there is no such template: a mistake of ours.
    func render(_ name: String, _ view: View) throws -> [UInt8] {
        guard let text = library.render(view, withTemplate: name) else {
            throw StrataError(.inconsistent, "there is no template '\(name)'")
        }
        return Array(text.utf8)
    }

    private struct ByteEscaped: MustacheContentType {
        static let name = "STRATA"

        func escapeText(_ text: String) -> String {
            guard text.utf8.contains(where: Self.isSpecial) else { return text }
            var out: [UInt8] = []
            out.reserveCapacity(text.utf8.count + 16)
            out.append(html: text)
            return String(decoding: out, as: UTF8.self)
        }

        private static func isSpecial(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "&"), UInt8(ascii: "\""), UInt8(ascii: "'"), 0xe2:
                true
            default: byte < 0x20 || byte == 0x7f
            }
        }
    }
}

/// What a template sees: named values, texts and lists of views. A nil is absent.
struct View: Sendable, MustacheParent, ExpressibleByDictionaryLiteral {
    fileprivate(set) var fields: [String: any Sendable]

    init(dictionaryLiteral elements: (String, Field?)...) {
        fields = [:]
        for (name, value) in elements { fields[name] = value?.content }
    }

    func child(named name: String) -> Any? { fields[name] }

    func merging(_ other: View) -> View {
        var copy = self
        copy.fields.merge(other.fields) { $1 }
        return copy
    }

    /// A value of a kind that the templates know.
    enum Field: Sendable, ExpressibleByStringLiteral, ExpressibleByStringInterpolation, ExpressibleByBooleanLiteral {
        case text(String)
        case flag(Bool)
        case view(View)
        case views([View])
        case texts([String])

        init(stringLiteral value: String) { self = .text(value) }
        init(booleanLiteral value: Bool) { self = .flag(value) }

        fileprivate var content: any Sendable {
            switch self {
            case .text(let text): text
            case .flag(let flag): flag
            case .view(let view): view
            case .views(let views): views
            case .texts(let texts): texts
            }
        }

        static func text(_ text: String?) -> Field? { text.map { .text($0) } }
        static func number(_ number: Int) -> Field { .text(String(number)) }
    }
}
