/// What changes how modules are found, and what is loaded beside them.
extension ModuleReader {
    /// Looks for changes of `sys.path` and `sys.modules`, in functions too.
    mutating func look(_ tokens: ArraySlice<SourceLexer.Token>) {
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
    func loadsLibrary(_ tokens: ArraySlice<SourceLexer.Token>) -> Bool {
        tokens.indices.contains { index in
            (lexer.isName(tokens[index], "CDLL") || lexer.isName(tokens[index], "LoadLibrary"))
                && sign(tokens, index + 1) == UInt8(ascii: "(")
        }
    }
}
