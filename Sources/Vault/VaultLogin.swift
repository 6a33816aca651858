import Model

/// How Vault is told who asks.
public enum VaultLogin: Sendable {
    /// A token that is there already.
    case token(@Sendable () async throws -> Secret)
    /// A role's id, and the secret that belongs to it. https://developer.hashicorp.com/vault/api-docs/auth/approle
    case appRole(mount: String, role: String, secret: @Sendable () async throws -> Secret)
    /// AWS vouches: Vault sends the request on, and AWS tells it whose it is.
    /// https://developer.hashicorp.com/vault/api-docs/auth/aws#login
    case aws(mount: String, role: String?, identity: @Sendable () async throws -> SignedIdentity)

    /// A signed call of `sts:GetCallerIdentity` that somebody else can make.
    public struct SignedIdentity: Sendable {
        public let url: String
        public let body: [UInt8]
        public let headers: [(name: String, value: String)]

        public init(url: String, body: [UInt8], headers: [(name: String, value: String)]) {
            self.url = url
            self.body = body
            self.headers = headers
        }
    }
}
