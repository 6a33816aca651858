import FoundationEssentials
import Model

/// Where packages come from: uv's own settings, from the environment or from the configuration.
///
/// Credentials may be inside the URLs. They go to uv through its environment, to the index in a header, and nowhere
/// else: `identity` and every text made from these settings are without them.
public struct IndexSettings: Sendable, Hashable, Codable {
    /// `UV_DEFAULT_INDEX`; the public index if nil.
    public var defaultIndex: String?
    /// `UV_INDEX`: asked before the default one, in this order; a name may precede the URL, as `name=URL`.
    public var extra: [String]
    /// `UV_FIND_LINKS`: folders, by absolute paths without commas, or pages with wheels.
    public var findLinks: [String]
    /// `UV_NO_INDEX`: only `findLinks`.
    public var noIndex: Bool

    public init(defaultIndex: String? = nil, extra: [String] = [], findLinks: [String] = [], noIndex: Bool = false) {
        self.defaultIndex = defaultIndex
        self.extra = extra
        self.findLinks = findLinks
        self.noIndex = noIndex
    }

    /// What uv itself would read from the environment. Folders are taken from the current one, since uv is run elsewhere.
    public init(environment: [String: String]) {
        func words(_ name: String, separator: Character) -> [String] {
            environment[name].map { $0.split(separator: separator).map { String($0).trimmingSpaces } } ?? []
        }
        defaultIndex = environment["UV_DEFAULT_INDEX"] ?? environment["UV_INDEX_URL"]
        extra = words("UV_INDEX", separator: " ") + words("UV_EXTRA_INDEX_URL", separator: " ")
        findLinks = words("UV_FIND_LINKS", separator: ",").map { link in
            link.hasPrefix("/") || link.contains("://")
                ? link : "\(FileManager.default.currentDirectoryPath)/\(link)"
        }
        noIndex = ["1", "true", "yes", "on"].contains(environment["UV_NO_INDEX"]?.lowercased() ?? "")
    }

    /// The same settings with those of the configuration, which win where they are given.
    public func overridden(by other: IndexSettings) -> IndexSettings {
        IndexSettings(
            defaultIndex: other.defaultIndex ?? defaultIndex, extra: other.extra.isEmpty ? extra : other.extra,
            findLinks: other.findLinks.isEmpty ? findLinks : other.findLinks, noIndex: other.noIndex || noIndex)
    }

    /// The indexes in the order in which they are asked.
    var indexes: [IndexURL] {
        guard !noIndex else { return [] }
        return (extra.map(Self.withoutName) + [defaultIndex ?? "https://pypi.org/simple/"]).map(IndexURL.init)
    }

    /// What tells one index setting from another, without credentials.
    var identity: String {
        (indexes.map { "index \($0.address)" } + findLinks.map { "links \(IndexURL($0).address)" })
            .joined(separator: "\n")
    }

    /// Uv allows `name=https://…`; a URL's own `=` comes after its `:`.
    private static func withoutName(_ entry: String) -> String {
        guard let equals = entry.firstIndex(of: "="), !entry[..<equals].contains(":"), !entry[..<equals].contains("/")
        else { return entry }
        return String(entry[entry.index(after: equals)...])
    }
}

/// An index's address and, apart from it, the credentials that its URL held.
struct IndexURL: Sendable, Hashable {
    /// Without credentials.
    let address: String
    /// `user:password`, percent-decoded.
    let userInfo: String?

    init(_ url: String) {
        guard let scheme = url.firstRange(of: "://") else {
            address = url
            userInfo = nil
            return
        }
        let rest = url[scheme.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard let at = authority.lastIndex(of: "@") else {
            address = url
            userInfo = nil
            return
        }
        userInfo = String(authority[..<at]).percentDecoded
        address = url[..<scheme.upperBound] + String(rest[rest.index(after: at)...])
    }

    /// Scheme, host and port, lower-case: `https://index.example:8443`.
    var origin: String {
        guard let scheme = address.firstRange(of: "://") else { return "" }
        return address[..<scheme.upperBound].lowercased()
            + address[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }.lowercased()
    }

    func page(of package: PackageName) -> String {
        address + (address.hasSuffix("/") ? "" : "/") + package.text + "/"
    }
}
