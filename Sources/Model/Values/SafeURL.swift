/// URLs that strangers' metadata may hold.
package enum SafeURL {
    /// The URL if it is safe to link to: `https` or `http`, without spaces and control characters; nil otherwise.
    package static func link(_ text: String) -> String? {
        let lower = text.utf8.prefix(8).map(\.asciiLowercased)
        guard lower.starts(with: "https://".utf8) || lower.starts(with: "http://".utf8),
            text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") })
        else { return nil }
        return withoutCredentials(text)
    }

    /// The URL without `user:password@`. A lock holds none; this is the second guard.
    package static func withoutCredentials(_ url: String) -> String {
        let bytes = url.utf8
        guard bytes.contains(UInt8(ascii: "@")), let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else { return url }
        let rest = bytes[bytes.index(after: colon)...]
        guard rest.starts(with: "//".utf8) else { return url }
        let start = bytes.index(rest.startIndex, offsetBy: 2)
        let authority = bytes[start...].prefix { !"/?#".utf8.contains($0) }
        guard let at = authority.lastIndex(of: UInt8(ascii: "@")) else { return url }
        return String(url[..<start] + url[bytes.index(after: at)...])
    }
}
