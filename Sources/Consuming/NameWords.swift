import Model

/// What the words of a published name say of its target: `AWSSDKPandas-Python312-Arm64`.
enum NameWords {
    /// The Python of `python38`, `py312` or `p312`; nil for any other word.
    static func python(_ word: some StringProtocol) -> PythonVersion? {
        let lower = word.lowercased()
        guard let prefix = ["python", "py", "p"].first(where: { lower.hasPrefix($0) }) else { return nil }
        let digits = lower.dropFirst(prefix.count)
        guard digits.hasPrefix("3"), (2...3).contains(digits.utf8.count), digits.utf8.allSatisfy(\.isASCIIDigit)
        else { return nil }
        return PythonVersion("3.\(digits.dropFirst())")
    }

    /// nil for a word that names no machine. `x86_64` is two words.
    static func architecture(_ word: some StringProtocol) -> Architecture? {
        switch word.lowercased() {
        case "arm64", "arm", "aarch64": .arm64
        case "x86", "64", "amd64": .x86_64
        default: nil
        }
    }

    /// The target that a name tells; `any` where it names no Python.
    static func target(of name: String) -> Target {
        let words = name.split { $0 == "-" || $0 == "_" }
        let python = words.lazy.compactMap { Self.python($0) }.last ?? Target.any.python
        let isARM = words.contains { architecture($0) == .arm64 }
        return Target(python, isARM ? .arm64 : .x86_64)
    }

    /// The name without what it says of its target; all of it if nothing else is in it.
    static func layer(of name: String) -> String {
        var kept = ""
        var rest = name[...]
        var before = name.prefix(0)
        while !rest.isEmpty {
            let separator = rest.prefix { $0 == "-" || $0 == "_" }
            let word = rest[separator.endIndex...].prefix { $0 != "-" && $0 != "_" }
            // `64` alone is no machine, but the rest of one.
            let isMachine = architecture(word) != nil && (word != "64" || before.lowercased() == "x86")
            if python(word) == nil, !isMachine { kept += separator + word }
            before = word
            rest = rest[word.endIndex...]
        }
        let layer = kept.drop { $0 == "-" || $0 == "_" }
        return layer.isEmpty ? name : String(layer)
    }
}
