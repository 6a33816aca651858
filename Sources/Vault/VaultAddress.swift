import HTTP
import Model

/// Where Vault is, and how it is reached.
public struct VaultAddress: Sendable {
    /// Scheme and authority, and what a proxy puts before the path; without a slash at the end.
    let url: String
    let namespace: String?
    let authorities: String?
    let deadlines: Deadlines

    /// - Parameters:
    ///   - url: as `VAULT_ADDR` has it.
    ///   - namespace: as `VAULT_NAMESPACE` has it.
    ///   - authorities: a file of certificate authorities in PEM, as `VAULT_CACERT` names it; nil for the system's.
    ///   - deadline: how long a call may take.
    /// - Throws: `configuration` for a URL that is not https, unless it leads to this machine.
    public init(
        _ url: String, namespace: String? = nil, authorities: String? = nil, deadline: Duration = .seconds(60)
    ) throws(StrataError) {
        let plain = url.drop { $0.isWhitespace }
        self.url = String(plain.hasSuffix("/") ? plain.dropLast() : plain)
        self.namespace = namespace.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
        self.authorities = authorities
        deadlines = Deadlines(connect: min(.seconds(10), deadline), stall: deadline, total: deadline)
        let isPlain =
            self.url.utf8.allSatisfy { (0x21...0x7E).contains($0) } && !self.url.contains(where: "@\\?#".contains)
        guard isPlain, Self.mayHaveToken(self.url) else {
            throw StrataError(
                .configuration, "Vault's address '\(HTTPRequest.redacted(self.url))' is neither https nor this machine",
                hint: "write it as 'https://vault.example.org:8200'")
        }
    }

    /// A token goes over plain http to this machine only.
    static func mayHaveToken(_ url: String) -> Bool {
        let authority = HTTPRequest.host(of: url)
        guard !authority.isEmpty, !url.hasPrefix("https://") else { return !authority.isEmpty }
        guard url.hasPrefix("http://") else { return false }
        if authority == "[::1]" || authority.hasPrefix("[::1]:") { return true }
        let host = authority.prefix { $0 != ":" }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return host == "localhost"
            || parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0).map(String.init) == String($0) }
    }
}
