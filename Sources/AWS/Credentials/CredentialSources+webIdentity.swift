import FoundationEssentials
import Model

extension CredentialSources {
    /// A token that somebody else vouches for, as GitHub Actions and EKS have it.
    var webIdentityLink: CredentialLink {
        CredentialLink("web identity") { () async throws(StrataError) in
            // A profile that was asked for by name goes first.
            guard chosenProfile == nil, let role = environment["AWS_ROLE_ARN"],
                let file = environment["AWS_WEB_IDENTITY_TOKEN_FILE"]
            else { return nil }
            return try await webIdentity(role: role, tokenFile: file, session: nil)
        }
    }

    func webIdentity(role: String, tokenFile: String, session: String?) async throws(StrataError) -> Credentials {
        // Read each time: whoever issues the token replaces the file before it expires.
        guard let data = FileManager.default.contents(atPath: tokenFile), data.count < 64 << 10 else {
            throw StrataError(
                .credentials, "the web identity's token cannot be read", place: StrataError.Place(file: tokenFile))
        }
        let token = String(decoding: data, as: UTF8.self).filter { !$0.isWhitespace }
        return try await tokens(nil).assumeRole(
            role, session: session ?? sessionName, webIdentity: token, in: region)
    }
}
