import Model

/// One place where credentials may come from.
public struct CredentialLink: Sendable {
    /// What `doctor` calls it: `environment`, `profile 'publisher'`.
    public let name: String
    /// - Returns: nil if nothing is configured there, so that the next link is asked.
    /// - Throws: if something is configured there, but does not work: then no other link is asked.
    public let fetch: @Sendable () async throws(StrataError) -> Credentials?

    public init(_ name: String, fetch: @escaping @Sendable () async throws(StrataError) -> Credentials?) {
        self.name = name
        self.fetch = fetch
    }
}
