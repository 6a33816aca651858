import Model

/// How secrets are had that are neither AWS's nor this machine's.
public struct SecretSettings: Sendable, Hashable {
    /// The programs that `cmd:` and `op:` may run, by name: each with its arguments, of which one may hold `{}`.
    public var commands: [String: [String]]
    /// For each answer.
    public var deadline: Duration
    public var vault: VaultSettings

    public init(
        commands: [String: [String]] = [:], deadline: Duration = .seconds(60), vault: VaultSettings = VaultSettings()
    ) {
        self.commands = commands
        self.deadline = deadline
        self.vault = vault
    }
}

/// HashiCorp Vault, or OpenBao. What is nil is as the environment says: `VAULT_ADDR` and its kin.
public struct VaultSettings: Sendable, Hashable {
    public enum Login: Sendable, Hashable {
        case token
        case appRole(mount: String, role: String, secret: SecretReference)
        /// - Parameters:
        ///   - server: what the method wants to see in `X-Vault-AWS-IAM-Server-ID`.
        ///   - region: whose STS Vault asks; nil for the one of all of partition `aws`.
        case aws(mount: String, role: String?, server: String?, region: Region?)
    }

    public var address: String?
    public var namespace: String?
    /// A file of certificate authorities.
    public var authorities: String?
    public var login: Login?

    public init(
        address: String? = nil, namespace: String? = nil, authorities: String? = nil, login: Login? = nil
    ) {
        self.address = address
        self.namespace = namespace
        self.authorities = authorities
        self.login = login
    }
}
