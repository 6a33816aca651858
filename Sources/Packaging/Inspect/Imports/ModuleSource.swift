import Model

/// What a module does when it is imported, as far as that is imports.
package struct ModuleSource {
    /// One thing after another.
    package struct Block {
        package var steps: [Step] = []
    }

    package indirect enum Step {
        case imports(Import)
        /// What is run on some condition that is not known here.
        case perhaps(Block)
        case attempt(Attempt)
        case raises
    }

    package struct Import {
        /// `..` has two; none for an absolute one.
        package var level = 0
        /// `a.b` of `import a.b` and `from a.b import c`.
        package var module: [String]
        /// `c` of `from a.b import c`.
        package var names: [String] = []
        package var line: Int
    }

    /// `try`, its handlers, `else` and `finally`.
    package struct Attempt {
        package struct Handler {
            /// Whether it catches an import that failed; nil if that cannot be told.
            package var catches: Bool?
            package var block = Block()
        }
        package var body = Block()
        package var handlers: [Handler] = []
        package var otherwise = Block()
        package var finally = Block()
    }

    package var body = Block()
    /// Names that it binds at its top, other than submodules of its own: a `from` finds these first.
    package var bound: Set<String> = []
    /// Whether a name may be bound that is not seen: by a star or by `__getattr__`.
    package var hasUnseenNames = false
    /// Whether somewhere in it `sys.path` is changed, or the like.
    package var changesPath = false
    /// Whether it makes modules of names that are not seen.
    package var makesModules = false
    /// Modules that it makes: `sys.modules["name"] = …`.
    package var made: Set<String> = []
    /// Whether libraries are loaded by ctypes when it is imported.
    package var loadsLibrary = false
    /// Whether it was read to its end.
    package var isWhole = true
}

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

    private let python: PythonVersion
    private let isPackage: Bool
    private var lexer: SourceLexer
    private var source = ModuleSource()
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
    private func colon(in tokens: ArraySlice<SourceLexer.Token>) -> Int? {
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

    // MARK: - Conditions

    /// Whether a condition holds on the target: of its Python's version, and of checking types.
    private func truth(_ tokens: ArraySlice<SourceLexer.Token>) -> Bool? {
        let tokens = Array(tokens[..<(colon(in: tokens) ?? tokens.endIndex)])
        if lexer.isName(tokens.last, "TYPE_CHECKING"), tokens.count == 1 || tokens.count == 3 { return false }
        if tokens.count == 2, lexer.isName(tokens.first, "not") { return truth(tokens[1...]).map { !$0 } }
        guard tokens.count >= 5, lexer.isName(tokens[0], "sys"), tokens[1].sign == UInt8(ascii: "."),
            lexer.isName(tokens[2], "version_info")
        else { return nil }
        var rest = tokens[3...]
        var count: Int?
        if rest.first?.sign == UInt8(ascii: "[") {
            let inside = rest.dropFirst().prefix { $0.sign != UInt8(ascii: "]") }
            let numbers = inside.filter { $0.kind == .number }.compactMap { Int(lexer.text($0)) }
            guard numbers.count == 1 else { return nil }
            rest = rest[inside.endIndex...].dropFirst()
            if inside.count == 1 {
                guard numbers[0] == 0 else { return nil }
                count = 1
            } else {
                // `[:2]`
                guard inside.count == 2, inside.first?.sign == UInt8(ascii: ":") else { return nil }
                count = numbers[0]
            }
        }
        let signs = rest.prefix { $0.kind == .sign && $0.sign != UInt8(ascii: "(") }.map(\.sign)
        let operand = rest.dropFirst(signs.count)
        let numbers = operand.filter { $0.kind == .number }.compactMap { Int(lexer.text($0)) }
        let isTuple = operand.first?.sign == UInt8(ascii: "(") && operand.last?.sign == UInt8(ascii: ")")
        // More than a tuple of numbers, and it is another matter.
        guard (1...2).contains(numbers.count), isTuple || numbers.count == 1 && operand.count == 1,
            operand.allSatisfy({ $0.kind == .number || [0x28, 0x29, 0x2C].contains($0.sign) }),
            operand.count(where: { $0.sign == UInt8(ascii: "(") }) <= 1
        else { return nil }
        // The version has more parts than these, and so is greater than what it begins with.
        let own = Array([python.major, python.minor].prefix(count ?? 2))
        let isCut = count.map { $0 <= 2 } ?? false
        let text = String(decoding: signs, as: UTF8.self)
        let isEqual = Array(own.prefix(numbers.count)) == numbers
        let isLonger = !isCut || own.count > numbers.count
        let isLess = own.lexicographicallyPrecedes(numbers)
        switch text {
        case ">=": return !isLess
        case "<": return isLess
        case ">": return !isLess && (!isEqual || isLonger)
        case "<=": return isLess || isEqual && !isLonger
        case "==": return isCut ? own == numbers : (isEqual ? nil : false)
        case "!=": return isCut ? own != numbers : (isEqual ? nil : true)
        default: return nil
        }
    }

    // MARK: - What changes how modules are found

    /// Looks for changes of `sys.path` and `sys.modules`, in functions too.
    private mutating func look(_ tokens: ArraySlice<SourceLexer.Token>) {
        for index in tokens.indices where tokens[index].kind == .name {
            let token = tokens[index]
            switch token.range.count {
            case 4 where lexer.isName(token, "path"):
                guard index - 2 >= tokens.startIndex, sign(tokens, index - 1) == UInt8(ascii: "."),
                    !lexer.isName(tokens[index - 2], "os")
                else { continue }
                let next = tokens.indices.contains(index + 2) ? tokens[index + 2] : nil
                let isChange =
                    sign(tokens, index + 1) == UInt8(ascii: ".")
                    && (lexer.isName(next, "insert") || lexer.isName(next, "append") || lexer.isName(next, "extend"))
                let isSet = [UInt8(ascii: "="), UInt8(ascii: "["), UInt8(ascii: "+")].contains(sign(tokens, index + 1))
                if isChange || isSet && lexer.isName(tokens[index - 2], "sys") { source.changesPath = true }
            case 7 where lexer.isName(token, "modules"):
                guard index - 2 >= tokens.startIndex, sign(tokens, index - 1) == UInt8(ascii: ".") else { continue }
                let owner = tokens[index - 2]
                if lexer.isName(owner, "sys") || lexer.isName(owner, "_sys") { modulesAreMade(tokens, index) }
            case 9 where lexer.isName(token, "meta_path"), 10 where lexer.isName(token, "path_hooks"),
                10 where lexer.isName(token, "addsitedir"):
                source.changesPath = true
            default: break
            }
        }
    }

    private func sign(_ tokens: ArraySlice<SourceLexer.Token>, _ index: Int) -> UInt8 {
        tokens.indices.contains(index) ? tokens[index].sign : 0
    }

    /// `sys.modules["name"] = …`, and what is no plain name.
    private mutating func modulesAreMade(_ tokens: ArraySlice<SourceLexer.Token>, _ index: Int) {
        let rest = tokens[(index + 1)...]
        if rest.first?.sign == UInt8(ascii: "[") {
            var depth = 0
            var end = rest.startIndex
            while end < rest.endIndex {
                if rest[end].sign == UInt8(ascii: "[") { depth += 1 }
                if rest[end].sign == UInt8(ascii: "]") { depth -= 1 }
                if depth == 0 { break }
                end += 1
            }
            guard sign(tokens, end + 1) == UInt8(ascii: "="), sign(tokens, end + 2) != UInt8(ascii: "=") else { return }
            key(rest[(rest.startIndex + 1)..<min(end, rest.endIndex)])
        } else if rest.first?.sign == UInt8(ascii: "."), let method = rest.dropFirst().first,
            lexer.isName(method, "update") || lexer.isName(method, "setdefault") || lexer.isName(method, "__setitem__")
        {
            key(rest.dropFirst(3).prefix(1))
        }
    }

    private mutating func key(_ tokens: ArraySlice<SourceLexer.Token>) {
        guard let first = tokens.first else {
            source.makesModules = true
            return
        }
        if first.kind == .text, tokens.count == 1 {
            source.made.insert(String(lexer.text(first).prefix { $0 != "." }))
        } else if !lexer.isName(first, "__name__") {
            source.makesModules = true
        }
    }

    /// `ctypes.CDLL(…)`, `cdll.LoadLibrary(…)`
    private func loadsLibrary(_ tokens: ArraySlice<SourceLexer.Token>) -> Bool {
        tokens.indices.contains { index in
            (lexer.isName(tokens[index], "CDLL") || lexer.isName(tokens[index], "LoadLibrary"))
                && sign(tokens, index + 1) == UInt8(ascii: "(")
        }
    }
}

extension ArraySlice {
    /// The parts between the elements of which something is equal.
    fileprivate func split<Value: Equatable>(separator: Value, by value: (Element) -> Value) -> [ArraySlice] {
        split { value($0) == separator }
    }
}
