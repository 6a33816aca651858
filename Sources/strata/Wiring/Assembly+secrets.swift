import Files
import Git
import Local
import Model
import Settings

extension Assembly {
    /// The store that answers a reference's scheme.
    func secretStore(for reference: SecretReference) async throws -> any SecretStore {
        switch reference.scheme {
        case "env": return EnvironmentSecrets()
        case "file": return FileSecrets(relativeTo: folder)
        case "cmd", "op":
            return CommandSecrets(
                scheme: reference.scheme, commands: settings.secrets.commands, environment: environment, folder: folder,
                deadline: settings.secrets.deadline)
        case "vault": return try await vault.store { try await secret($0) }
        default:
            guard let store = try await cloud.secretStore(reference.scheme) else {
                throw StrataError(.configuration, "there is no store for '\(reference.scheme):'")
            }
            return store
        }
    }

    func secret(_ reference: SecretReference) async throws -> Secret {
        try await secretStore(for: reference).fetch(reference)
    }

    /// How the registry is reached over SSH; nil for a remote in a folder.
    func sshAccess() throws -> SSHAccess? {
        guard case .ssh = settings.git.remote else { return nil }
        guard let reference = settings.git.sshKey else {
            throw StrataError(
                .configuration, "the remote needs an SSH key, and none is configured",
                hint: "name one in git.ssh-key; 'strata keys new' makes one")
        }
        let previous: (@Sendable () async throws -> SSHKey)? = (try? reference.previous).map { previous in
            { @Sendable in try await sshKey(previous) }
        }
        return SSHAccess(hosts: try pinnedHosts(), previousKey: previous) { try await sshKey(reference) }
    }

    /// How the registry, or the API of its host, is reached over HTTPS; nil where it is not.
    func webAccess() throws -> HTTPSAccess? {
        let git = settings.git
        switch git.remote {
        case .https: break
        case .ssh where git.via == .pullRequest: break
        case .ssh, .folder: return nil
        }
        guard let reference = git.webSecret else {
            throw StrataError(
                .configuration, "the remote needs a token, and none is configured",
                hint: "name one in git.token, or an App in git.github-app")
        }
        let app = git.gitHubApp.map { GitHubApp(id: $0.id, installation: $0.installation, api: $0.api ?? git.api) }
        return HTTPSAccess(user: git.user, app: app, environment: environment) { try await secret(reference) }
    }

    func sshKey(_ reference: SecretReference) async throws -> SSHKey {
        let key = try await secret(reference)
        guard let passphrase = settings.git.passphrase else { return try SSHKey(key) }
        let opening: Secret? = try await secret(passphrase)
        return try SSHKey(key, passphrase: opening)
    }

    /// The key that signs commits; nil if they are not signed.
    var signingKey: (@Sendable () async throws -> SigningKey)? {
        guard let reference = settings.git.sign else { return nil }
        return { try SigningKey(try await secret(reference)) }
    }

    /// The published keys of the large hosts, and those of the configuration.
    func pinnedHosts() throws -> KnownHosts {
        var hosts = try KnownHosts.published()
        for path in settings.git.hostKeys {
            let text: String
            do { text = try BoundedFile.text(path, limit: .mebibytes(1)) } catch {
                throw StrataError(
                    .configuration, "git.host-keys: \(error.message)",
                    hint: "name files in the form of OpenSSH's known_hosts", cause: error)
            }
            try hosts.add(text, from: path)
        }
        return hosts
    }
}

extension SecretReference {
    /// Where the value before the last rotation is kept.
    /// - Throws: `unsupported` for stores that keep none.
    var previous: SecretReference {
        get throws {
            let text: String? =
                switch scheme {
                case "secretsmanager" where version == nil: "\(self)@AWSPREVIOUS"
                case "ssm": "\(scheme):\(name)-previous"
                case "vault" where version == nil: "\(scheme):\(name)#\(field ?? "")-previous"
                default: nil
                }
            guard let text, let reference = SecretReference(text) else {
                throw StrataError(
                    .unsupported, "'\(self)' cannot be rotated by Strata",
                    hint: "keep the key in secretsmanager:, ssm: or vault:, or replace it by hand")
            }
            return reference
        }
    }
}
