import Model

extension CredentialSources {
    /// A profile of the shared files: a role to assume, a web identity, what a person has signed in to, static keys or a
    /// process.
    var profileLink: CredentialLink {
        let name = profileName
        return CredentialLink("profile '\(name)'") { () async throws(StrataError) in
            guard config[name] != nil else {
                guard chosenProfile == nil, environment["AWS_PROFILE"] == nil else {
                    throw StrataError(
                        .credentials, "there is no profile '\(name)' in AWS's shared configuration files",
                        hint: "see ~/.aws/config, or AWS_CONFIG_FILE")
                }
                return nil
            }
            return try await resolve(name, visited: [])
        }
    }

    /// - Parameter visited: the profiles that led here, by `source_profile`.
    private func resolve(_ name: String, visited: Set<String>) async throws(StrataError) -> Credentials? {
        guard let profile = config[name] else {
            throw StrataError(.credentials, "a source_profile names '\(name)', which does not exist")
        }
        if let role = profile["role_arn"], let file = profile["web_identity_token_file"] {
            return try await webIdentity(role: role, tokenFile: file, session: profile["role_session_name"])
        }
        // A profile may be its own source: then its static keys are meant.
        if let role = profile["role_arn"], !visited.contains(name) {
            return try await assume(role, profile, name, visited: visited.union([name]))
        }
        if profile["sso_session"] != nil || profile["sso_start_url"] != nil {
            return try await singleSignOn(profile, name)
        }
        if let id = profile["aws_access_key_id"] {
            guard let secret = profile["aws_secret_access_key"] else {
                throw StrataError(.credentials, "profile '\(name)' has an access key id, but no secret")
            }
            return Credentials(
                accessKeyID: id, secretAccessKey: secret, sessionToken: profile["aws_session_token"])
        }
        if profile["role_arn"] != nil {
            throw StrataError(.credentials, "profile '\(name)' leads back to itself through source_profile")
        }
        if let session = profile["login_session"] { return try await login(session, profile, name) }
        if let command = profile["credential_process"] {
            return try await ProcessCredentials(command: command, environment: environment, now: now).fetch()
        }
        return nil
    }

    private func assume(
        _ role: String, _ profile: [String: String], _ name: String, visited: Set<String>
    ) async throws(StrataError) -> Credentials {
        let source: Credentials?
        if let from = profile["source_profile"] {
            source = try await resolve(from, visited: visited)
        } else {
            switch profile["credential_source"] {
            case "Environment": source = try await environmentLink.fetch()
            case "EcsContainer": source = try await containerLink.fetch()
            case "Ec2InstanceMetadata": source = try await instanceLink.fetch()
            default:
                throw StrataError(
                    .credentials, "profile '\(name)' has a role_arn, but neither source_profile nor credential_source")
            }
        }
        guard let source else {
            throw StrataError(.credentials, "the source of profile '\(name)' has no credentials")
        }
        if profile["mfa_serial"] != nil {
            throw StrataError(
                .credentials, "profile '\(name)' needs a one-time password, which Strata cannot ask for",
                hint: "use credential_process")
        }
        return try await tokens(source).assumeRole(
            role, session: profile["role_session_name"] ?? sessionName, externalID: profile["external_id"],
            duration: profile["duration_seconds"].flatMap { Int($0) } ?? 3600, in: region)
    }
}
