import Model

/// Conditions of which is known whether they hold.
extension ModuleReader {
    /// Whether a condition holds on the target: of its Python's version, and of checking types.
    func truth(_ tokens: ArraySlice<SourceLexer.Token>) -> Bool? {
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
}
