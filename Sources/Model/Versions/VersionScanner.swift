/// Takes a version's text apart from left to right. Everything is lower-cased and bounded in size before.
struct VersionScanner {
    private var rest: Substring

    init(_ text: String) {
        rest = text.lowercased()[...]
        rest = rest.trimmingSpaces[...]
    }

    var isAtEnd: Bool { rest.isEmpty }

    @discardableResult
    mutating func skip(_ prefix: String) -> Bool {
        guard rest.hasPrefix(prefix) else { return false }
        rest = rest.dropFirst(prefix.count)
        return true
    }

    mutating func number() -> Int? {
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        // Date-like versions have 8 digits, timestamps 14.
        guard !digits.isEmpty, digits.count <= 18, let number = Int(digits) else { return nil }
        rest = rest.dropFirst(digits.count)
        return number
    }

    mutating func dottedNumber() -> Int? {
        attempt { scanner in scanner.skip(".") ? scanner.number() : nil }
    }

    /// `a`, `b`, `rc` and their other names, with separators and an implied 0.
    mutating func preRelease() -> PackageVersion.PreRelease? {
        let words: [(String, PackageVersion.PreRelease.Phase)] = [
            ("alpha", .alpha), ("beta", .beta), ("preview", .candidate), ("pre", .candidate), ("rc", .candidate),
            ("a", .alpha), ("b", .beta), ("c", .candidate),
        ]
        return attempt { scanner in
            scanner.skipSeparator()
            guard let word = words.first(where: { scanner.skip($0.0) }) else { return nil }
            return .init(phase: word.1, number: scanner.impliedNumber())
        }
    }

    /// `.post1`, `-rev1`, `r1`, or a bare `-1`.
    mutating func postRelease() -> Int? {
        let bare = attempt { scanner in scanner.skip("-") ? scanner.number() : nil }
        if let bare { return bare }
        return attempt { scanner in
            scanner.skipSeparator()
            guard ["post", "rev", "r"].contains(where: { scanner.skip($0) }) else { return nil }
            return scanner.impliedNumber()
        }
    }

    mutating func developmentRelease() -> Int? {
        attempt { scanner in
            scanner.skipSeparator()
            return scanner.skip("dev") ? scanner.impliedNumber() : nil
        }
    }

    /// After `+`; empty without one, nil if malformed.
    mutating func localPart() -> [PackageVersion.LocalPart]? {
        guard skip("+") else { return [] }
        let parts = rest.split(omittingEmptySubsequences: false) { ".-_".contains($0) }
        rest = ""
        guard parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(\.isASCIIAlphanumeric) }) else { return nil }
        return parts.map { part in Int(part).map { .number($0) } ?? .text(String(part)) }
    }

    private mutating func impliedNumber() -> Int {
        let number = attempt { scanner -> Int? in
            scanner.skipSeparator()
            return scanner.number()
        }
        return number ?? 0
    }

    private mutating func skipSeparator() {
        if let first = rest.first, ".-_".contains(first) { rest = rest.dropFirst() }
    }

    /// Moves on only if `body` finds something.
    private mutating func attempt<Value>(_ body: (inout VersionScanner) -> Value?) -> Value? {
        var copy = self
        guard let value = body(&copy) else { return nil }
        self = copy
        return value
    }
}
