import AWS
import HTTP
import Local
import Model
import Settings
import Vault

/// Vault as the configuration and the environment see it, made at its first use.
actor VaultAccess {
    private let settings: SecretSettings
    private let cloud: CloudAccess
    private let environment: [String: String]
    private var made: VaultSecrets?

    init(_ settings: SecretSettings, _ cloud: CloudAccess, environment: [String: String]) {
        self.settings = settings
        self.cloud = cloud
        self.environment = environment.filter { !$0.value.isEmpty }
    }

    /// - Parameter secret: fetches what the login needs from another store.
    func store(_ secret: @escaping @Sendable (SecretReference) async throws -> Secret) throws -> VaultSecrets {
        if let made { return made }
        let vault = settings.vault
        guard let address = vault.address ?? environment["VAULT_ADDR"] else {
            throw StrataError(
                .configuration, "it is not said where Vault is",
                hint: "set VAULT_ADDR, or write 'secrets: { vault: { address: https://… } }'")
        }
        let store = VaultSecrets(
            http: try HTTPClient(HTTPClient.Options(environment: environment)),
            address: try VaultAddress(
                address, namespace: vault.namespace ?? environment["VAULT_NAMESPACE"],
                authorities: vault.authorities ?? environment["VAULT_CACERT"], deadline: settings.deadline),
            login: login(secret))
        made = store
        return store
    }

    private func login(_ secret: @escaping @Sendable (SecretReference) async throws -> Secret) -> VaultLogin {
        let environment = environment
        let cloud = cloud
        switch settings.vault.login {
        case .appRole(let mount, let role, let reference):
            return .appRole(mount: mount, role: role) { try await secret(reference) }
        case .aws(let mount, let role, let server, let region):
            return .aws(mount: mount, role: role) {
                let home = try cloud.homeRegion
                let client = try await cloud.client(for: (region ?? home).partition)
                let signed = try await client.callerIdentity(
                    in: region ?? (home.partition == .aws ? nil : home),
                    headers: server.map { [(name: "X-Vault-AWS-IAM-Server-ID", value: $0)] } ?? [])
                return .init(url: signed.url, body: signed.body, headers: signed.headers)
            }
        case .token, nil: break
        }
        func variable(_ name: String) -> @Sendable () async throws -> Secret {
            {
                guard var bytes = environment[name].map({ Array($0.utf8) }) else {
                    throw StrataError(.credentials, "\(name) is not set")
                }
                return Secret(taking: &bytes)
            }
        }
        if environment["VAULT_TOKEN"] != nil { return .token(variable("VAULT_TOKEN")) }
        if settings.vault.login == nil, let role = environment["VAULT_ROLE_ID"], environment["VAULT_SECRET_ID"] != nil {
            return .appRole(mount: "approle", role: role, secret: variable("VAULT_SECRET_ID"))
        }
        return .token {
            // As 'vault login' leaves it.
            guard let home = environment["HOME"], let file = SecretReference("file:\(home)/.vault-token") else {
                throw StrataError(.credentials, "there is no token for Vault", hint: "set VAULT_TOKEN")
            }
            do { return try await FileSecrets().fetch(file) } catch let error as StrataError
                where error.code == .notFound
            {
                throw StrataError(
                    .credentials, "there is no token for Vault", hint: "run 'vault login', or set VAULT_TOKEN",
                    cause: error)
            }
        }
    }
}
