import HTTP
import Model

/// STS by its regional endpoints: tokens of the global one fail in regions that were opted into.
/// https://docs.aws.amazon.com/STS/latest/APIReference/API_Operations.html
struct SecurityTokens: Sendable {
    let client: AWSClient

    func callerAccount(in region: Region) async throws(StrataError) -> String {
        let answer = try await send("GetCallerIdentity", [], region)
        guard let account = answer.text("GetCallerIdentityResult", "Account"), account.utf8.count == 12 else {
            throw StrataError(
                .unavailable, "the answer does not name an account", place: place("GetCallerIdentity", region))
        }
        return account
    }

    func assumeRole(
        _ role: String, session: String, externalID: String?, duration: Int, in region: Region
    ) async throws(StrataError) -> Credentials {
        var parameters = [
            (name: "RoleArn", value: role), (name: "RoleSessionName", value: session),
            (name: "DurationSeconds", value: String(duration)),
        ]
        if let externalID { parameters.append((name: "ExternalId", value: externalID)) }
        let answer = try await send("AssumeRole", parameters, region, resource: role)
        return try credentials(answer.first("AssumeRoleResult"), "AssumeRole", region)
    }

    /// Not signed: the token is the proof.
    func assumeRole(
        _ role: String, session: String, webIdentity token: String, in region: Region
    ) async throws(StrataError) -> Credentials {
        let parameters = [
            (name: "RoleArn", value: role), (name: "RoleSessionName", value: session),
            (name: "WebIdentityToken", value: token),
        ]
        let answer = try await send("AssumeRoleWithWebIdentity", parameters, region, resource: role, isSigned: false)
        return try credentials(
            answer.first("AssumeRoleWithWebIdentityResult"), "AssumeRoleWithWebIdentity", region)
    }

    private func send(
        _ operation: String, _ parameters: [(name: String, value: String)], _ region: Region, resource: String = "*",
        isSigned: Bool = true
    ) async throws(StrataError) -> XMLElement {
        let form = [(name: "Action", value: operation), (name: "Version", value: "2011-06-15")] + parameters
        var call = AWSCall(service: .sts, operation: operation, region: region, method: .post, path: "/")
        call.headers = [("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")]
        call.payload = Payload(Array(CanonicalRequest.encode(form).utf8))
        call.resource = resource
        call.isSigned = isSigned
        return try await client.sendForXML(call)
    }

    private func credentials(
        _ result: XMLElement?, _ operation: String, _ region: Region
    ) throws(StrataError) -> Credentials {
        guard let found = result?.first("Credentials"), let id = found.text("AccessKeyId"),
            let secret = found.text("SecretAccessKey"), let token = found.text("SessionToken"),
            let expires = found.text("Expiration").flatMap({ Timestamp($0) })
        else {
            throw StrataError(.unavailable, "the answer does not contain credentials", place: place(operation, region))
        }
        return Credentials(accessKeyID: id, secretAccessKey: secret, sessionToken: token, expires: expires)
    }

    private func place(_ operation: String, _ region: Region) -> StrataError.Place {
        StrataError.Place(region: region.code, operation: "sts:\(operation)")
    }
}
