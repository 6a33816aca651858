/// The order in which files are put where readers see each at once: what is named before what names it, and what is gone
/// last.
public enum ServingOrder: Int, Sendable, Comparable, CaseIterable {
    /// Assets, shards and documents, which others lead to.
    case parts
    /// Pages, which load parts.
    case pages
    /// What one begins with, and which lists pages and parts.
    case beginnings

    public static func < (one: ServingOrder, other: ServingOrder) -> Bool { one.rawValue < other.rawValue }

    /// - Parameter path: in the site.
    public init(of path: String) {
        let folders = path.split(separator: "/").dropLast()
        let isPage = path.hasSuffix(".html")
        let isList = path.hasSuffix("/index.json") || folders == ["data"]
        self = path == "index.html" || isList || folders.isEmpty && !isPage ? .beginnings : isPage ? .pages : .parts
    }
}
