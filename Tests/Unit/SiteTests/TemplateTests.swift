import Mustache
import Model
import Site
import Testing

@Suite("The templates")
struct TemplateTests {
    /// Another implementation of the same language, which only these tests use.
    private static func other() throws -> MustacheLibrary {
        MustacheContentTypes.register(ByteEscaped(), named: "STRATA")
        var library = MustacheLibrary()
        for (name, text) in sources { try library.register("{{% CONTENT_TYPE: STRATA}}\(text)", named: name) }
        return library
    }

    private static let sources = SiteFiles.templates

    @Test("are filled as another implementation of Mustache fills them", arguments: 0..<16 as Range<UInt64>)
    func same(_ seed: UInt64) throws {
        var views = RandomViews(seed: seed, values: Self.namesOfValues)
        let library = try Self.other()
        let templates = try Templates(SiteFiles.templates)
        for name in Self.sources.keys.sorted() {
            let (frame, page) = (views.view(depth: 1), views.view(depth: 2))
            let ours = String(decoding: try templates.render(name, [frame, page]), as: UTF8.self)
            let theirs = try #require(library.render(Seen(views: [frame, page]), withTemplate: name))
            let isSame = ours == theirs
            #expect(isSame, "\(name), seed \(seed): \(Self.difference(ours, theirs))")
        }
    }

    @Test("are the same whether a partial of the frame is filled once or on each page")
    func fixed() throws {
        let frame: View = [
            .targets: .views([[.id: "python3.13", .name: "Python"]]),
            .regions: .views([[.id: "eu-west-1", .place: "<Ireland>", .first: .flag(true)], [.id: "us-east-1"]]),
        ]
        let once = try Templates(SiteFiles.templates, fixed: ["pickers"], frame: frame)
        let each = try Templates(SiteFiles.templates)
        for name in ["home", "layer", "compose", "missing", "browse"] {
            #expect(try once.render(name, [frame, [.root: "../"]]) == each.render(name, [frame, [.root: "../"]]))
        }
    }

    @Test(
        "that are broken do not compile",
        arguments: [
            "{{#rows}}", "{{/rows}}", "{{#rows}}{{/items}}", "{{#rows}}{{#items}}{{/rows}}{{/items}}", "{{nosuchname}}",
            "{{>nosuchtemplate}}", "{{>a}}", "{{name", "{{{name}}}", "{{&name}}", "{{=<% %>=}}",
        ])
    func broken(_ text: String) {
        #expect(throws: StrataError.self) { try Templates(["a": text]) }
    }

    @Test(
        "take the line of a tag that stands alone, and no other",
        arguments: [
            ("a\n{{#rows}}\nb\n{{/rows}}\nc", "a\nb\nb\nc"), ("{{#rows}}b{{/rows}}\n", "bb\n"),
            ("  {{! a word }}\nx", "  x"), ("{{#rows}}x\n{{/rows}}{{#rows}}\ny{{/rows}}", "x\nx\n\ny\ny"),
        ])
    func lines(_ text: String, _ filled: String) throws {
        let templates = try Templates(["a": text])
        let bytes = try templates.render("a", [[.rows: .views([[:], [:]])]])
        #expect(String(decoding: bytes, as: UTF8.self) == filled)
    }

    /// Names that stand for a value somewhere: a list there is shown in a way of each implementation's own.
    private static let namesOfValues: Set<String> = {
        var names: Set<String> = []
        for text in sources.values {
            for match in text.matches(of: /\{\{([A-Za-z0-9]+)\}\}/) { names.insert(String(match.output.1)) }
        }
        return names
    }()

    private static func difference(_ left: String, _ right: String) -> String {
        let same = zip(left, right).prefix { $0 == $1 }.count
        return
            "…\(left.dropFirst(max(0, same - 40)).prefix(120))… is not …\(right.dropFirst(max(0, same - 40)).prefix(120))…"
    }
}

/// Views of any shape, with any texts.
private struct RandomViews {
    var chance: Chance
    let values: Set<String>

    init(seed: UInt64, values: Set<String>) {
        chance = Chance(seed: seed)
        self.values = values
    }

    mutating func view(depth: Int) -> View {
        var fields: [(Slot, View.Field?)] = []
        for name in Slot.allCases { fields.append((name, field(name, depth: depth))) }
        return View(fields)
    }

    private mutating func field(_ name: Slot, depth: Int) -> View.Field? {
        let isValue = values.contains(name.rawValue)
        switch Int.random(in: 0..<8, using: &chance) {
        case 0, 1: return .text(text())
        case 2: return .number(Int.random(in: -3...90_000_000, using: &chance))
        case 3 where depth > 0: return .view(view(depth: depth - 1))
        case 4 where depth > 1 && !isValue: return .views((0..<2).map { _ in view(depth: 0) })
        case 5 where !isValue: return .texts((0..<Int.random(in: 0..<3, using: &chance)).map { _ in text() })
        case 6 where !isValue: return .flag(Bool.random(using: &chance))
        default: return nil
        }
    }

    private mutating func text() -> String {
        let parts = ["a", "<b>", "\"\u{301}", "&amp;", "'", "\u{202e}", "\u{0}", "\n", "é", "{{name}}", "漢"]
        return (0..<Int.random(in: 0..<4, using: &chance)).map { _ in
            parts[Int.random(in: 0..<parts.count, using: &chance)]
        }.joined()
    }
}

/// Views as the other implementation looks into them.
private struct Seen: MustacheParent, MustacheCustomRenderable {
    let views: [View]
    /// A view is not shown itself.
    var renderText: String { "" }
    var isNull: Bool { false }

    func child(named name: String) -> Any? {
        for view in views.reversed() {
            guard let field = view.fields.first(where: { $0.name.rawValue == name }) else { continue }
            switch field.value {
            case .text(let text): return text
            case .number(let number): return number
            case .flag(let flag): return flag
            case .view(let view): return Seen(views: [view])
            case .views(let views): return views.map { Seen(views: [$0]) }
            case .texts(let texts): return texts
            }
        }
        return nil
    }
}

/// Our escaping: theirs goes by characters, so that a combining mark hides a quote from it.
private struct ByteEscaped: MustacheContentType {
    func escapeText(_ text: String) -> String {
        var out: [UInt8] = []
        out.append(html: text)
        return String(decoding: out, as: UTF8.self)
    }
}
