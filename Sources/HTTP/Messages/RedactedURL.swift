extension HTTPRequest {
    /// A URL that may be shown: no user, no password, no fragment, and no values in the query.
    public static func redacted(_ url: String) -> String {
        let start = url.firstRange(of: "://")?.upperBound ?? url.startIndex
        let authorityEnd = url[start...].firstIndex { "/?#".contains($0) } ?? url.endIndex
        let host = url[start..<authorityEnd].split(separator: "@", omittingEmptySubsequences: false).last ?? ""
        let rest = url[authorityEnd...].prefix { $0 != "#" }
        let parts = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var shown = url[..<start] + host + (parts.first ?? "")
        if parts.count > 1 {
            let names = parts[1].split(separator: "&").map { pair in
                pair.firstIndex(of: "=").map { pair[...$0] + "…" } ?? pair
            }
            shown += "?" + names.joined(separator: "&")
        }
        return String(shown)
    }

    /// The host and port of a URL, without credentials, in lower case: what errors name and what caps count by.
    package static func host(of url: String) -> String {
        let start = url.firstRange(of: "://")?.upperBound ?? url.startIndex
        let authority = url[start...].prefix { !"/?#".contains($0) }
        return authority.split(separator: "@", omittingEmptySubsequences: false).last?.lowercased() ?? ""
    }
}
