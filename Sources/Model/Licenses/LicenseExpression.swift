/// Under which licences something may be used, as SPDX writes it: `MIT OR (Apache-2.0 AND BSD-3-Clause)`.
/// https://spdx.github.io/spdx-spec/v2.3/SPDX-license-expressions/
public struct LicenseExpression: Sendable, Hashable {
    package indirect enum Term: Sendable, Hashable {
        /// One licence: its name, with `+` if it has that, and what follows `WITH`.
        case license(String, with: String?)
        case all([Term])
        case any([Term])
    }

    package let term: Term

    /// - Returns: nil unless every name is one of SPDX's or a `LicenseRef-`. Case of letters does not matter; names are
    ///   written as SPDX does.
    public init?(_ text: String) {
        guard text.utf8.count <= 1024, text.utf8.allSatisfy({ (0x20..<0x7f).contains($0) }) else { return nil }
        var rest = Self.tokens(text)[...]
        guard let term = Self.disjunction(&rest, depth: 0), rest.isEmpty else { return nil }
        self.term = term
    }

    private init(_ term: Term) { self.term = term }

    /// All of some expressions.
    static func all(_ expressions: [LicenseExpression]) -> LicenseExpression? {
        guard let first = expressions.first else { return nil }
        return expressions.count == 1 ? first : LicenseExpression(.all(expressions.map(\.term)))
    }

    /// The name, if it is one licence of SPDX's list and nothing else.
    public var listedName: String? {
        guard case .license(let name, nil) = term, SPDXList.licenses[name.lowercased()] != nil else { return nil }
        return name
    }

    /// Whether it gives what is asked for: of alternatives one suffices.
    ///
    /// - Parameter allows: judges one licence, and what follows `WITH`.
    package func holds(_ allows: (_ name: String, _ exception: String?) -> Bool) -> Bool {
        func holds(_ term: Term) -> Bool {
            switch term {
            case .license(let name, let exception): allows(name, exception)
            case .all(let terms): terms.allSatisfy(holds)
            case .any(let terms): terms.contains(where: holds)
            }
        }
        return holds(term)
    }

    /// Its licences, from left to right.
    package var licenses: [(name: String, exception: String?)] {
        func licenses(_ term: Term) -> [(name: String, exception: String?)] {
            switch term {
            case .license(let name, let exception): [(name, exception)]
            case .all(let terms), .any(let terms): terms.flatMap(licenses)
            }
        }
        return licenses(term)
    }

    // MARK: - Reading

    private static func tokens(_ text: String) -> [Substring] {
        var tokens: [Substring] = []
        var rest = text[...]
        while let first = rest.first {
            if first == " " {
                rest.removeFirst()
            } else if first == "(" || first == ")" {
                tokens.append(rest.prefix(1))
                rest.removeFirst()
            } else {
                tokens.append(rest.prefix { $0 != " " && $0 != "(" && $0 != ")" })
                rest = rest.dropFirst(tokens.last?.count ?? 1)
            }
        }
        return tokens
    }

    private static func disjunction(_ rest: inout ArraySlice<Substring>, depth: Int) -> Term? {
        guard
            let terms = list("or", &rest, { list("and", &$0, { one(&$0, depth: depth) }).map { joined($0, Term.all) } })
        else { return nil }
        return joined(terms, Term.any)
    }

    private static func joined(_ terms: [Term], _ join: ([Term]) -> Term) -> Term {
        terms.count == 1 ? terms[0] : join(terms)
    }

    private static func list(
        _ word: String, _ rest: inout ArraySlice<Substring>, _ element: (inout ArraySlice<Substring>) -> Term?
    ) -> [Term]? {
        guard let first = element(&rest) else { return nil }
        var terms = [first]
        while rest.first?.lowercased() == word {
            rest.removeFirst()
            guard let next = element(&rest) else { return nil }
            terms.append(next)
        }
        return terms
    }

    private static func one(_ rest: inout ArraySlice<Substring>, depth: Int) -> Term? {
        guard depth < 32, let token = rest.popFirst() else { return nil }
        if token == "(" {
            guard let term = disjunction(&rest, depth: depth + 1), rest.popFirst() == ")" else { return nil }
            return term
        }
        guard let name = licenseName(token) else { return nil }
        guard rest.first?.lowercased() == "with" else { return .license(name, with: nil) }
        rest.removeFirst()
        guard let written = rest.popFirst(), let exception = SPDXList.exceptions[written.lowercased()] else {
            return nil
        }
        return .license(name, with: exception)
    }

    private static func licenseName(_ token: Substring) -> String? {
        if let name = SPDXList.licenses[token.lowercased()] { return name }
        if token.hasSuffix("+"), let name = SPDXList.licenses[token.dropLast().lowercased()] { return name + "+" }
        let own = "licenseref-"
        guard token.lowercased().hasPrefix(own), token.utf8.count > own.utf8.count,
            token.utf8.allSatisfy({ $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") })
        else { return nil }
        return "LicenseRef-" + token.dropFirst(own.count)
    }
}

extension LicenseExpression: CustomStringConvertible {
    /// As SPDX writes it.
    public var description: String { Self.text(term, within: nil) }

    private static func text(_ term: Term, within outer: String?) -> String {
        func list(_ terms: [Term], _ word: String) -> String {
            let text = terms.map { self.text($0, within: word) }.joined(separator: " \(word) ")
            return outer == nil || outer == word ? text : "(\(text))"
        }
        return switch term {
        case .license(let name, let exception): name + (exception.map { " WITH \($0)" } ?? "")
        case .all(let terms): list(terms, "AND")
        case .any(let terms): list(terms, "OR")
        }
    }
}
