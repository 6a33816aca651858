import Model

/// What a comment says of the layer beside it: `strata: keep`, `strata: <3` for versions that will do,
/// `strata: requests/python3.12` for the layer that it is, or both: `strata: requests/python3.12 <3`.
public struct LayerWish: Sendable, Hashable {
    /// Which layer it is; the registry's Renovate preset reads the same.
    public var item: Item?
    public var isKept = false
    /// PEP 440 specifiers.
    public var versions: String?
    /// What is written, if it is not understood; it holds the layer where it is.
    public var unclear: String?

    public static let keep = LayerWish(isKept: true)
    public static func versions(_ specifiers: String) -> LayerWish { LayerWish(versions: specifiers) }
    public static func unclear(_ text: String) -> LayerWish { LayerWish(unclear: text) }

    init(item: Item? = nil, isKept: Bool = false, versions: String? = nil, unclear: String? = nil) {
        self.item = item
        self.isKept = isKept
        self.versions = versions
        self.unclear = unclear
    }

    /// What a line asks for in a comment; nil if it says nothing.
    init?(inLine text: String) {
        guard let mark = text.firstRange(of: "strata:"),
            let comment = Self.openings.compactMap({ text[..<mark.lowerBound].lastRange(of: $0) })
                .max(by: { $0.lowerBound < $1.lowerBound }),
            text[comment.upperBound..<mark.lowerBound].allSatisfy({ $0 == " " })
        else { return nil }
        var said = text[mark.upperBound...]
        for end in ["*/", "-->"].compactMap({ said.firstRange(of: $0) }) { said = said[..<end.lowerBound] }
        self.init(words: said.filter { !$0.isNewline }.trimmingSpaces)
    }

    /// What comments begin with, in the languages that hold ARNs.
    static let openings = ["#", "//", "/*", "--"]

    private init(words: String) {
        if words == "keep" {
            self = .keep
            return
        }
        var rest = words[...]
        var item: Item?
        let first = words.prefix { $0 != " " && $0 != "\t" }
        if let slash = first.firstIndex(of: "/") {
            guard let layer = LayerName(String(first[..<slash])),
                let target = Target(String(first[first.index(after: slash)...]))
            else {
                self = .unclear(String(words.prefix(80)))
                return
            }
            item = Item(layer, target)
            rest = rest.dropFirst(first.count)
        }
        let versions = rest.trimmingSpaces
        guard !versions.isEmpty || item != nil, VersionSpecifiers(versions) != nil else {
            self = .unclear(String(words.prefix(80)))
            return
        }
        self.init(item: item, versions: versions.isEmpty ? nil : versions)
    }
}

extension StringProtocol {
    /// The last place of a text.
    fileprivate func lastRange(of text: String) -> Range<Index>? { ranges(of: text).last }
}
