import Crypto
import HTTP
import Model

extension CredentialSources {
    /// What a person may use who has signed in by `aws sso login`: by an `sso_session`, whose token is renewed, or by the
    /// older `sso_start_url`, whose token is not.
    /// https://docs.aws.amazon.com/sdkref/latest/guide/feature-sso-credentials.html
    func singleSignOn(_ profile: [String: String], _ name: String) async throws(StrataError) -> Credentials {
        let settings = try signOnSettings(profile, name)
        let again = "run 'aws sso login --profile \(name)'"
        guard let home = environment["HOME"] else {
            throw StrataError(.credentials, "profile '\(name)' signs in through SSO, and HOME is not set")
        }
        let file = TokenFile(
            Insecure.SHA1.hash(data: Array((settings.session ?? settings.startURL).utf8)), in: "\(home)/.aws/sso/cache")
        guard var token = try await file.read(), var value = token["accessToken"]?.text,
            var expires = token["expiresAt"]?.moment
        else { throw StrataError(.credentials, "profile '\(name)' is not signed in", hint: again) }

        if settings.session != nil, expires - now() < .seconds(900) {
            do throws(StrataError) {
                if let fresh = try await renewed(token, in: settings.region), let text = fresh["accessToken"]?.text,
                    let moment = fresh["expiresAt"]?.moment
                {
                    (token, value, expires) = (fresh, text, moment)
                    // If it cannot be written, this run has it all the same.
                    try? await file.write(token)
                } else if let other = try await file.read(), let text = other["accessToken"]?.text,
                    let moment = other["expiresAt"]?.moment
                {
                    // Another tool may have renewed it meanwhile, with the token that we tried.
                    (value, expires) = (text, moment)
                }
            } catch {
                // What is still good will do.
                guard now() < expires else { throw error }
            }
        }
        guard now() < expires else {
            throw StrataError(.credentials, "the sign-in of profile '\(name)' expired at \(expires)", hint: again)
        }
        return try await roleCredentials(settings, value, name, again: again)
    }

    private struct SignOnSettings {
        let session: String?
        let startURL: String
        let region: Region
        let account: String
        let role: String
    }

    private func signOnSettings(
        _ profile: [String: String], _ name: String
    ) throws(StrataError) -> SignOnSettings {
        var all = profile
        if let session = profile["sso_session"] {
            guard let section = config.session(session) else {
                throw StrataError(
                    .credentials, "profile '\(name)' names an sso-session '\(session)', which does not exist")
            }
            for (key, value) in section {
                guard profile[key] ?? value == value else {
                    throw StrataError(
                        .credentials, "profile '\(name)' and sso-session '\(session)' disagree about \(key)")
                }
                all[key] = value
            }
        }
        let missing = ["sso_start_url", "sso_region", "sso_account_id", "sso_role_name"].filter { all[$0] == nil }
        guard missing.isEmpty, let startURL = all["sso_start_url"], let code = all["sso_region"],
            let account = all["sso_account_id"], let role = all["sso_role_name"]
        else {
            throw StrataError(
                .credentials, "profile '\(name)' signs in through SSO, but lacks \(missing.joined(separator: ", "))",
                hint: "'aws configure sso' writes them")
        }
        guard let region = Region(code) else {
            throw StrataError(.credentials, "profile '\(name)' has an sso_region that is not a region")
        }
        return SignOnSettings(
            session: profile["sso_session"], startURL: startURL, region: region, account: account, role: role)
    }

    /// A fresh token for the one that ends.
    ///
    /// - Returns: nil if it cannot be renewed, or the service refuses to.
    private func renewed(
        _ token: [String: JSONValue], in region: Region
    ) async throws(StrataError) -> [String: JSONValue]? {
        guard let client = token["clientId"]?.text, let secret = token["clientSecret"]?.text,
            let refresh = token["refreshToken"]?.text, let end = token["registrationExpiresAt"]?.moment, now() < end
        else { return nil }
        var call = AWSCall(
            service: .singleSignOnTokens, operation: "CreateToken", region: region, method: .post, path: "/token")
        call.headers = [("Content-Type", "application/json")]
        call.payload = Payload(
            try JSONBytes.of([
                "clientId": client, "clientSecret": secret, "grantType": "refresh_token", "refreshToken": refresh,
            ]))
        call.isSigned = false
        call.isRepeatable = false
        call.returnsRefusals = true
        let response = try await unsigned.send(call)
        guard response.isSuccess, let answer = JSONBytes.object(response.body), let value = answer["accessToken"]?.text,
            let seconds = answer["expiresIn"]?.number, (1...1e9).contains(seconds)
        else { return nil }
        var fresh = token
        fresh["accessToken"] = .text(value)
        fresh["expiresAt"] = .text("\(now() + .seconds(Int(seconds)))")
        fresh["refreshToken"] = answer["refreshToken"]?.text.map(JSONValue.text)
        return fresh
    }

    private func roleCredentials(
        _ settings: SignOnSettings, _ token: String, _ name: String, again: String
    ) async throws(StrataError) -> Credentials {
        var call = AWSCall(
            service: .singleSignOn, operation: "GetRoleCredentials", region: settings.region,
            path: "/federation/credentials")
        call.query = [("role_name", settings.role), ("account_id", settings.account)]
        call.headers = [("x-amz-sso_bearer_token", token)]
        call.isSigned = false
        call.returnsRefusals = true
        let response = try await unsigned.send(call)
        guard response.isSuccess else {
            let place = StrataError.Place(region: settings.region.code, operation: "sso:GetRoleCredentials")
            throw response.status == 401
                ? StrataError(
                    .credentials, "the sign-in of profile '\(name)' is not valid any more", hint: again, place: place)
                : StrataError(
                    .credentials,
                    "profile '\(name)': whoever signed in may not use the role \(settings.role) in \(settings.account)",
                    hint: "see what is assigned to them in IAM Identity Center", place: place)
        }
        guard let answer = JSONBytes.object(response.body)?["roleCredentials"]?.object,
            let id = answer["accessKeyId"]?.text, let secret = answer["secretAccessKey"]?.text,
            let session = answer["sessionToken"]?.text, let end = answer["expiration"]?.number, (0...1e15).contains(end)
        else { throw StrataError(.unavailable, "IAM Identity Center did not answer with credentials") }
        return Credentials(
            accessKeyID: id, secretAccessKey: secret, sessionToken: session,
            expires: Timestamp(seconds: Int(end / 1000)))
    }
}
