import Model

/// What markers may ask about a target.
package struct MarkerEnvironment: Sendable {
    fileprivate let values: [String: String]

    package init(_ target: Target) {
        values = [
            "python_version": "\(target.python)", "python_full_version": "\(target.python).0",
            "implementation_version": "\(target.python).0", "os_name": "posix", "sys_platform": "linux",
            "platform_system": "Linux", "platform_machine": target.architecture.machine,
            "platform_python_implementation": "CPython", "implementation_name": "cpython",
        ]
    }
}

/// An environment marker (PEP 508): `python_version < "3.8" and extra == "test"`.
package struct Marker: Sendable {
    private indirect enum Term: Sendable {
        case all([Term])
        case any([Term])
        case compare(Operand, String, Operand)
    }
    private enum Operand: Sendable {
        case variable(String)
        case text(String)
    }
    private let term: Term

    /// - Returns: nil for what is no marker.
    package init?(_ text: String) {
        guard text.utf8.count <= 4096, let tokens = Self.tokens(text) else { return nil }
        var rest = tokens[...]
        guard let term = Self.disjunction(&rest, depth: 0), rest.isEmpty else { return nil }
        self.term = term
    }

    /// - Parameter groups: the dependency groups that were asked for, of which locks' markers speak (PEP 751).
    package func holds(
        _ environment: MarkerEnvironment, extras: Set<PackageName>, groups: Set<PackageName> = []
    ) -> Bool {
        func holds(_ term: Term) -> Bool {
            switch term {
            case .all(let terms): return terms.allSatisfy(holds)
            case .any(let terms): return terms.contains(where: holds)
            case .compare(.variable("extra"), let sign, .text(let text)),
                .compare(.text(let text), let sign, .variable("extra")):
                let isAsked = PackageName(text).map(extras.contains) ?? false
                return sign == "!=" ? !isAsked : isAsked
            case .compare(.text(let text), let sign, .variable("extras")):
                return (PackageName(text).map(extras.contains) ?? false) != (sign == "not in")
            case .compare(.text(let text), let sign, .variable("dependency_groups")):
                return (PackageName(text).map(groups.contains) ?? false) != (sign == "not in")
            case .compare(let left, let sign, let right):
                return Self.compare(value(left), sign, value(right))
            }
        }
        func value(_ operand: Operand) -> String {
            switch operand {
            case .variable(let name): environment.values[name] ?? ""
            case .text(let text): text
            }
        }
        return holds(term)
    }

    /// As versions where both are such, else as texts.
    private static func compare(_ left: String, _ sign: String, _ right: String) -> Bool {
        switch sign {
        case "in": return right.contains(left)
        case "not in": return !right.contains(left)
        default: break
        }
        if let version = PackageVersion(left), let specifiers = VersionSpecifiers(sign + right) {
            return specifiers.contains(version)
        }
        switch sign {
        case "==", "===": return left == right
        case "!=": return left != right
        case "<": return left < right
        case "<=": return left <= right
        case ">": return left > right
        case ">=": return left >= right
        default: return false
        }
    }

    // MARK: - Reading

    private enum Token: Equatable {
        case word(String)
        case text(String)
        case sign(String)
    }

    private static func tokens(_ text: String) -> [Token]? {
        var tokens: [Token] = []
        var rest = text[...]
        while let first = rest.first {
            if first.isWhitespace {
                rest = rest.dropFirst()
            } else if first == "(" || first == ")" {
                tokens.append(.sign(String(first)))
                rest = rest.dropFirst()
            } else if first == "\"" || first == "'" {
                let inside = rest.dropFirst().prefix { $0 != first }
                guard inside.endIndex < rest.endIndex else { return nil }
                tokens.append(.text(String(inside)))
                rest = rest[rest.index(after: inside.endIndex)...]
            } else if first.isLetter || first == "_" {
                let word = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." }
                tokens.append(.word(String(word)))
                rest = rest.dropFirst(word.count)
            } else {
                let sign = rest.prefix { "<>=!~".contains($0) }
                guard !sign.isEmpty else { return nil }
                tokens.append(.sign(String(sign)))
                rest = rest.dropFirst(sign.count)
            }
        }
        return tokens
    }

    private static func disjunction(_ rest: inout ArraySlice<Token>, depth: Int) -> Term? {
        list(&rest, "or") { rest in list(&rest, "and") { one(&$0, depth: depth) }.map { .all($0) } }.map { .any($0) }
    }

    private static func list(
        _ rest: inout ArraySlice<Token>, _ word: String, _ element: (inout ArraySlice<Token>) -> Term?
    ) -> [Term]? {
        var terms: [Term] = []
        repeat {
            if !terms.isEmpty { rest = rest.dropFirst() }
            guard let term = element(&rest) else { return nil }
            terms.append(term)
        } while rest.first == .word(word)
        return terms
    }

    private static func one(_ rest: inout ArraySlice<Token>, depth: Int) -> Term? {
        guard depth < 50 else { return nil }
        if rest.first == .sign("(") {
            rest = rest.dropFirst()
            guard let term = disjunction(&rest, depth: depth + 1), rest.popFirst() == .sign(")") else { return nil }
            return term
        }
        guard let left = operand(&rest), let sign = sign(&rest), let right = operand(&rest) else { return nil }
        return .compare(left, sign, right)
    }

    private static func operand(_ rest: inout ArraySlice<Token>) -> Operand? {
        switch rest.popFirst() {
        case .text(let text): .text(text)
        // Old metadata writes `os.name` and `python_implementation`.
        case .word("python_implementation"): .variable("platform_python_implementation")
        case .word(let name): .variable(String(name.map { $0 == "." ? "_" : $0 }))
        case .sign, nil: nil
        }
    }

    private static func sign(_ rest: inout ArraySlice<Token>) -> String? {
        switch rest.popFirst() {
        case .sign(let sign) where sign != "(" && sign != ")": return sign
        case .word("in"): return "in"
        case .word("not"): return rest.popFirst() == .word("in") ? "not in" : nil
        default: return nil
        }
    }
}
