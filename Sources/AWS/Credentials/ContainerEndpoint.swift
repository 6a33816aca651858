/// Where a container's credentials may come from.
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
package enum ContainerEndpoint {
    /// Whether the token may be sent there: to any host over https; over plain http only to this machine and the
    /// link-local addresses of ECS and EKS.
    ///
    /// Judged is the host that a request would go to: a user name before an `@` is no host, and a URL that holds one,
    /// or a backslash, is refused.
    package static func mayBeAsked(_ url: String) -> Bool {
        guard let scheme = ["https://", "http://"].first(where: url.lowercased().hasPrefix) else { return false }
        let authority = url.dropFirst(scheme.count).prefix { !"/?#".contains($0) }
        guard !authority.isEmpty, authority.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            !authority.contains("@"), !authority.contains("\\")
        else { return false }
        return scheme == "https://" || isNear(host(authority))
    }

    private static func host(_ authority: Substring) -> String {
        guard authority.hasPrefix("[") else { return authority.prefix { $0 != ":" }.lowercased() }
        guard let end = authority.firstIndex(of: "]") else { return "" }
        // Nothing but a port may follow an address.
        let rest = authority[authority.index(after: end)...]
        return rest.isEmpty || rest.hasPrefix(":") ? authority[...end].lowercased() : ""
    }

    private static func isNear(_ host: String) -> Bool {
        let known = ["localhost", "[::1]", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"]
        if known.contains(host) { return true }
        // All of 127.0.0.0/8 is this machine.
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127"
            && parts.allSatisfy { part in UInt8(part).map { String($0) == part } ?? false }
    }
}
