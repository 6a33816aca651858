import Model

/// Reads a module's source for a version of Python.
package struct ModuleReader {
    private struct Frame {
        enum Kind {
            /// Run when what is around it is.
            case plain
            case perhaps
            /// Run later, or never.
            case ignored
            case body, otherwise, finally
            case handler(Bool?)
        }
        let kind: Kind
        let column: Int
        var block = ModuleSource.Block()
        /// A `try` whose handlers may follow.
        var attempt: ModuleSource.Attempt?
        /// Whether a branch of the `if` that may go on was taken; nil if that cannot be told.
        var isTaken: Bool? = false
        let isLazy: Bool
        let isTried: Bool
    }

    let python: PythonVersion
    private let isPackage: Bool
    private(set) var lexer: SourceLexer
    var source = ModuleSource()
    private var frames: [Frame] = []
    /// Of the header whose block begins with the next line.
    private var opened: Frame.Kind?
    /// Whether the rest of the line belongs to a block that stands on it.
    private var isInline = false
    private static let deepest = 100

    /// - Parameter isPackage: whether the names that it binds matter.
    package static func read(_ bytes: [UInt8], for python: PythonVersion, isPackage: Bool = true) -> ModuleSource {
        var reader = ModuleReader(bytes, python, isPackage)
        return reader.read()
    }

    private init(_ bytes: [UInt8], _ python: PythonVersion, _ isPackage: Bool) {
        self.python = python
        self.isPackage = isPackage
        lexer = SourceLexer(bytes)
    }

    private mutating func read() -> ModuleSource {
        frames = [Frame(kind: .plain, column: -1, isLazy: false, isTried: false)]
        var statement = SourceLexer.Statement(column: 0, line: 1, tokens: [])
        while lexer.next(&statement) {
            guard !statement.tokens.isEmpty else { continue }
            if let column = statement.column {
                place(column)
            } else if isInline {
                look(statement.tokens[...])
                continue
            }
            guard frames.count < Self.deepest else {
                source.isWhole = false
                break
            }
            take(statement, statement.tokens[...])
        }
        while frames.count > 1 { close() }
        settle()
        source.body = frames[0].block
        return source
    }

    // MARK: - Blocks

    /// Closes the blocks that a line ends by its indentation, and begins the one that a header opened.
    private mutating func place(_ column: Int) {
        isInline = false
        if let kind = opened {
            opened = nil
            // A block that is not indented is none: whatever it is, it is no Python.
            push(kind, column: max(column, frames[frames.count - 1].column + 1))
            return
        }
        while frames.count > 1, column < frames[frames.count - 1].column { close() }
    }

    private mutating func push(_ kind: Frame.Kind, column: Int) {
        let outer = frames[frames.count - 1]
        var isLazy = outer.isLazy
        var isTried = outer.isTried
        switch kind {
        case .ignored: isLazy = true
        case .body, .handler: isTried = true
        default: break
        }
        frames.append(Frame(kind: kind, column: column, isLazy: isLazy, isTried: isTried))
    }

    private mutating func close() {
        settle()
        let frame = frames.removeLast()
        let last = frames.count - 1
        switch frame.kind {
        case .plain: frames[last].block.steps += frame.block.steps
        case .perhaps:
            if !frame.block.steps.isEmpty { frames[last].block.steps.append(.perhaps(frame.block)) }
        case .ignored: break
        case .body: frames[last].attempt = ModuleSource.Attempt(body: frame.block)
        case .handler(let catches):
            frames[last].attempt?.handlers.append(.init(catches: catches, block: frame.block))
        case .otherwise: frames[last].attempt?.otherwise = frame.block
        case .finally: frames[last].attempt?.finally = frame.block
        }
    }

    /// The `try` of the innermost block is complete.
    private mutating func settle() {
        let last = frames.count - 1
        guard let attempt = frames[last].attempt else { return }
        frames[last].attempt = nil
        frames[last].block.steps.append(.attempt(attempt))
    }

    // MARK: - Statements

    private mutating func take(_ statement: SourceLexer.Statement, _ tokens: ArraySlice<SourceLexer.Token>) {
        look(tokens)
        // `async def`, `async with`, `async for`
        let tokens = tokens.drop { lexer.isName($0, "async") }
        guard let first = tokens.first else { return }
        guard first.kind == .name else {
            if first.sign == UInt8(ascii: "@") { return }
            return simple(statement, tokens)
        }
        if let kind = header(first, tokens) {
            let end = colon(in: tokens)
            let rest = end.map { tokens[($0 + 1)...] } ?? []
            if rest.isEmpty {
                opened = kind
            } else if frames.count < Self.deepest {
                push(kind, column: frames[frames.count - 1].column + 1)
                take(statement, rest)
                close()
                // No block stands behind another on its line.
                opened = nil
                isInline = true
            }
            return
        }
        simple(statement, tokens)
    }

    /// What kind of block a statement opens; nil if it opens none.
    private mutating func header(
        _ first: SourceLexer.Token, _ tokens: ArraySlice<SourceLexer.Token>
    ) -> Frame.Kind? {
        let last = frames.count - 1
        if lexer.isName(first, "except") {
            return frames[last].attempt == nil ? .ignored : .handler(catches(tokens.dropFirst()))
        }
        if lexer.isName(first, "finally") { return frames[last].attempt == nil ? .ignored : .finally }
        if lexer.isName(first, "else"), frames[last].attempt != nil { return .otherwise }
        if lexer.isName(first, "elif") || lexer.isName(first, "else") {
            let isElse = lexer.isName(first, "else")
            let condition = isElse ? true : truth(tokens.dropFirst())
            return branch(condition, at: last)
        }
        let words: [StaticString] = ["if", "def", "class", "try", "with", "for", "while", "match", "case"]
        guard words.contains(where: { lexer.isName(first, $0) }), colon(in: tokens) != nil else { return nil }
        settle()
        if lexer.isName(first, "if") {
            frames[last].isTaken = false
            return branch(truth(tokens.dropFirst()), at: last)
        }
        frames[last].isTaken = nil
        if lexer.isName(first, "def") {
            bind(tokens.dropFirst().first)
            if lexer.isName(tokens.dropFirst().first, "__getattr__"), last == 0 { source.hasUnseenNames = true }
            return .ignored
        }
        if lexer.isName(first, "class") {
            bind(tokens.dropFirst().first)
            return .plain
        }
        if lexer.isName(first, "try") { return .body }
        if lexer.isName(first, "with") {
            bindAll(tokens)
            return tokens.contains { lexer.isName($0, "catch_warnings") } ? .plain : .perhaps
        }
        if lexer.isName(first, "for") || lexer.isName(first, "while") {
            bindAll(tokens)
            return .perhaps
        }
        // `match` and `case`, which may be names, too.
        return tokens.last?.sign == UInt8(ascii: ":") ? .perhaps : nil
    }

    /// One branch of an `if`, whose earlier branches are known.
    private mutating func branch(_ condition: Bool?, at frame: Int) -> Frame.Kind {
        let before = frames[frame].isTaken
        switch (before, condition) {
        case (true?, _), (_, false?): return .ignored
        case (false?, true?):
            frames[frame].isTaken = true
            return .plain
        default:
            frames[frame].isTaken = condition == true ? true : nil
            return .perhaps
        }
    }

    /// The `:` that ends a header, outside of brackets.
    func colon(in tokens: ArraySlice<SourceLexer.Token>) -> Int? {
        var depth = 0
        for index in tokens.indices {
            switch tokens[index].sign {
            case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
            case UInt8(ascii: ":") where depth <= 0: return index
            default: break
            }
        }
        return nil
    }

    private mutating func simple(_ statement: SourceLexer.Statement, _ tokens: ArraySlice<SourceLexer.Token>) {
        let last = frames.count - 1
        settle()
        frames[last].isTaken = false
        guard !frames[last].isLazy, let first = tokens.first else { return }
        if lexer.isName(first, "import") {
            for module in modules(tokens.dropFirst()) {
                add(.imports(.init(module: module, line: statement.line)))
            }
        } else if lexer.isName(first, "from") {
            if let found = from(tokens.dropFirst(), line: statement.line) { add(.imports(found)) }
        } else if lexer.isName(first, "raise") {
            add(.raises)
        } else if lexer.isName(first, "__import__"), let text = tokens.dropFirst(2).first, text.kind == .text {
            let name = lexer.text(text).split(separator: ".").map(String.init)
            if !name.isEmpty { add(.imports(.init(module: name, line: statement.line))) }
        } else if let mark = tokens.firstIndex(where: { $0.sign == UInt8(ascii: "=") || $0.sign == UInt8(ascii: ":") })
        {
            bindAll(tokens[..<mark])
        }
        if !frames[last].isTried, loadsLibrary(tokens) { source.loadsLibrary = true }
    }

    private mutating func add(_ step: ModuleSource.Step) { frames[frames.count - 1].block.steps.append(step) }

    // MARK: - Imports

    /// `a.b as c, d`
    private mutating func modules(_ tokens: ArraySlice<SourceLexer.Token>) -> [[String]] {
        tokens.split { $0.sign == UInt8(ascii: ",") }.compactMap { part in
            let alias = part.firstIndex { lexer.isName($0, "as") }
            let name = part[..<(alias ?? part.endIndex)].filter { $0.kind == .name }.map(lexer.text)
            bind(alias.map { part[($0 + 1)...].first } ?? part.first)
            return name.isEmpty ? nil : name
        }
    }

    /// `..a.b import (c as d, e)`
    private mutating func from(_ tokens: ArraySlice<SourceLexer.Token>, line: Int) -> ModuleSource.Import? {
        guard let middle = tokens.firstIndex(where: { lexer.isName($0, "import") }) else { return nil }
        let head = tokens[..<middle]
        var found = ModuleSource.Import(
            level: head.prefix { $0.sign == UInt8(ascii: ".") }.count,
            module: head.filter { $0.kind == .name }.map(lexer.text), line: line)
        let isOwnSubmodule = found.level == 1 && found.module.isEmpty
        for part in tokens[(middle + 1)...].split(separator: UInt8(ascii: ","), by: \.sign) {
            let names = part.filter { $0.kind == .name }
            if let name = names.first {
                found.names.append(lexer.text(name))
                if !isOwnSubmodule || names.count > 1 { bind(names.last) }
            } else if part.contains(where: { $0.sign == UInt8(ascii: "*") }) {
                source.hasUnseenNames = true
            }
        }
        if found.level == 0, found.module == ["sys"] {
            if !Set(["path", "meta_path", "path_hooks"]).isDisjoint(with: found.names) { source.changesPath = true }
            if found.names.contains("modules") { source.makesModules = true }
        }
        return found.level == 0 && found.module.isEmpty ? nil : found
    }

    private mutating func bind(_ token: SourceLexer.Token?) {
        guard isPackage, let token, token.kind == .name, !frames[frames.count - 1].isLazy,
            source.bound.count < 10_000
        else { return }
        source.bound.insert(lexer.text(token))
    }

    private mutating func bindAll(_ tokens: ArraySlice<SourceLexer.Token>) {
        if isPackage { for token in tokens.prefix(64) { bind(token) } }
    }

    /// Whether a handler catches `ImportError`.
    private func catches(_ tokens: ArraySlice<SourceLexer.Token>) -> Bool? {
        let head = tokens.prefix { $0.sign != UInt8(ascii: ":") }
        let names = head.prefix { !lexer.isName($0, "as") }.filter { $0.kind == .name }
        if names.isEmpty { return true }
        let catching: Set = ["ImportError", "ModuleNotFoundError", "Exception", "BaseException"]
        let others: Set = [
            "AttributeError", "KeyError", "ValueError", "TypeError", "RuntimeError", "NameError", "SyntaxError",
            "UnicodeDecodeError", "IndexError", "DeprecationWarning",
        ]
        let words = names.map(lexer.text)
        if words.contains(where: catching.contains) { return true }
        return words.allSatisfy(others.contains) ? false : nil
    }
}

extension ArraySlice {
    /// The parts between the elements of which something is equal.
    fileprivate func split<Value: Equatable>(separator: Value, by value: (Element) -> Value) -> [ArraySlice] {
        split { value($0) == separator }
    }
}
