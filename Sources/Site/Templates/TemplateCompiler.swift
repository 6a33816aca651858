import Model

/// Turns the text of a template into steps.
///
/// A tag of structure that stands alone on its line takes the line with it, as the specification says.
struct TemplateCompiler {
    /// The texts of all templates, by name.
    let sources: [String: String]

    private var steps: [Template.Step] = []
    private var literals: [UInt8] = []
    /// What a page puts into the blocks of the template that it inherits from.
    private var blocks: [String: [Token]] = [:]
    private var depth = 0

    /// Partials that are the same on every page, as bytes.
    private let fixed: [String: [UInt8]]

    private init(_ sources: [String: String], _ fixed: [String: [UInt8]]) {
        self.sources = sources
        self.fixed = fixed
    }

    /// - Throws: `inconsistent` if a template is missing, is not well-formed or has a name that no view has.
    static func compile(
        _ name: String, of sources: [String: String], fixed: [String: [UInt8]] = [:]
    ) throws -> Template {
        var compiler = TemplateCompiler(sources, fixed)
        try compiler.include(name)
        return Template(steps: compiler.steps, literals: compiler.literals)
    }

    private mutating func include(_ name: String) throws {
        if let bytes = fixed[name] { return add(bytes) }
        guard let source = sources[name] else { throw Self.broken("there is no template '\(name)'") }
        depth += 1
        guard depth < 16 else { throw Self.broken("the template '\(name)' includes itself") }
        try emit(TemplateScanner.tokens(of: source, name: name)[...])
        depth -= 1
    }

    private mutating func emit(_ tokens: ArraySlice<Token>) throws {
        var rest = tokens
        while let token = rest.popFirst() {
            switch token {
            case .text(let text): add(text.utf8)
            case .value("."): steps.append(.item)
            case .value(let name): steps.append(.value(try slot(name)))
            case .partial(let name): try include(name)
            case .open(let kind, let name):
                let body = try Self.body(of: name, in: &rest)
                switch kind {
                case .section, .inverted: try emitSection(kind, try slot(name), body)
                case .parent: try inherit(name, body)
                case .block: try emit(blocks[name].map { $0[...] } ?? body)
                }
            case .close(let name): throw Self.broken("'{{/\(name)}}' ends what did not begin")
            }
        }
    }

    private mutating func emitSection(_ kind: Token.Kind, _ name: Slot, _ body: ArraySlice<Token>) throws {
        let index = steps.count
        steps.append(.item)
        try emit(body)
        // A literal is never lengthened across the end of a section: it would become part of it.
        steps[index] = kind == .section ? .section(name, end: steps.count) : .inverted(name, end: steps.count)
        lastEnd = steps.count
    }
    private var lastEnd = 0

    private mutating func inherit(_ name: String, _ body: ArraySlice<Token>) throws {
        var rest = body
        while let token = rest.popFirst() {
            // What stands between the blocks is not shown.
            guard case .open(.block, let block) = token else { continue }
            blocks[block] = Array(try Self.body(of: block, in: &rest))
        }
        try include(name)
    }

    private mutating func add(_ text: some Collection<UInt8>) {
        let start = literals.count
        literals.append(contentsOf: text)
        if steps.count > lastEnd, case .literal(let last)? = steps.last {
            steps[steps.count - 1] = .literal(last.lowerBound..<literals.count)
        } else {
            steps.append(.literal(start..<literals.count))
        }
    }

    private func slot(_ name: String) throws -> Slot {
        guard let slot = Slot(rawValue: name) else { throw Self.broken("no view has the name '\(name)'") }
        return slot
    }

    /// The tokens up to the tag that ends what was opened; that tag is taken too.
    private static func body(of name: String, in rest: inout ArraySlice<Token>) throws -> ArraySlice<Token> {
        var level = 0
        for index in rest.indices {
            switch rest[index] {
            case .open: level += 1
            case .close(let closed) where level == 0:
                guard closed == name else { throw broken("'{{/\(closed)}}' ends '\(name)'") }
                let body = rest[..<index]
                rest = rest[(index + 1)...]
                return body
            case .close: level -= 1
            default: break
            }
        }
        throw broken("'\(name)' does not end")
    }

    static func broken(_ what: String) -> StrataError {
        StrataError(.inconsistent, "a template of the site is broken: \(what)")
    }

    enum Token {
        enum Kind { case section, inverted, parent, block }
        case text(Substring)
        case value(String)
        case partial(String)
        case open(Kind, String)
        case close(String)
    }
}

/// Cuts a template into text and tags.
private struct TemplateScanner {
    private var rest: Substring
    private var tokens: [TemplateCompiler.Token] = []
    /// Whether nothing but white space was read of the line.
    private var isAtLineStart = true
    /// How the tags began that have not ended.
    private var open: [Character] = []

    static func tokens(of source: String, name: String) throws -> [TemplateCompiler.Token] {
        var scanner = TemplateScanner(rest: source[...])
        while !scanner.rest.isEmpty { try scanner.next(name) }
        return scanner.tokens
    }

    private init(rest: Substring) { self.rest = rest }

    private mutating func next(_ name: String) throws {
        guard let tag = rest.firstRange(of: "{{") else {
            addText(rest)
            rest = ""
            return
        }
        addText(rest[..<tag.lowerBound])
        guard let end = rest[tag.upperBound...].firstRange(of: "}}") else {
            throw TemplateCompiler.broken("a tag of '\(name)' does not end")
        }
        let inside = rest[tag.upperBound..<end.lowerBound]
        rest = rest[end.upperBound...]
        let kind = inside.first
        let word = String(inside.dropFirst().filter { $0 != " " })
        switch kind {
        case "#": tokens.append(.open(.section, word))
        case "^": tokens.append(.open(.inverted, word))
        case "<": tokens.append(.open(.parent, word))
        case "$": tokens.append(.open(.block, word))
        case ">": tokens.append(.partial(word))
        case "/":
            tokens.append(.close(word))
            // What a parent holds besides blocks is not shown, so nothing stands before its end.
            if open.popLast() == "<" { isAtLineStart = true }
        case "!": break
        case "{", "&", "=": throw TemplateCompiler.broken("'\(name)' has a tag that is not supported: \(inside)")
        default:
            tokens.append(.value(String(inside)))
            isAtLineStart = false
            return
        }
        if let kind, "#^<$".contains(kind) { open.append(kind) }
        let isAlone = dropLineIfAlone()
        // Blocks of a parent begin a line of their own, wherever they stand.
        isAtLineStart = isAlone || kind == "<"
    }

    private mutating func addText(_ text: Substring) {
        guard !text.isEmpty else { return }
        tokens.append(.text(text))
        let line = text.lastIndex(of: "\n").map { text[text.index(after: $0)...] }
        if let line {
            isAtLineStart = line.allSatisfy { $0 == " " }
        } else if text.contains(where: { $0 != " " }) {
            isAtLineStart = false
        }
    }

    /// Leaves out the end of a line on which nothing but the tag stands.
    private mutating func dropLineIfAlone() -> Bool {
        guard isAtLineStart else { return false }
        let spaces = rest.prefix { $0 == " " }
        let after = rest[spaces.endIndex...]
        guard after.isEmpty || after.first == "\n" else { return false }
        rest = after.dropFirst()
        return true
    }
}
