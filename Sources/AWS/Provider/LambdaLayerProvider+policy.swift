import FoundationEssentials
import Model

extension LambdaLayerProvider {
    public func grant(_ grant: Visibility.Grant, on id: Release.ID) async throws(StrataError) {
        try check(id.name)
        try await lambda(id.region).addPermission(grant, on: id)
    }

    public func revoke(statement: String, on id: Release.ID) async throws(StrataError) {
        try check(id.name)
        let lambda = try await lambda(id.region)
        _ = try await unlessMissing { () async throws(StrataError) in
            try await lambda.removePermission(statement, on: id)
        }
    }

    public func policy(of id: Release.ID) async throws(StrataError) -> [Visibility.Grant] {
        try check(id.name)
        let lambda = try await lambda(id.region)
        let document = try await unlessMissing { () async throws(StrataError) in try await lambda.policy(of: id) }
        guard let document else { return [] }
        do {
            return try LayerPolicy.grants(document)
        } catch {
            throw StrataError(
                .unavailable, "the layer's policy cannot be read",
                place: StrataError.Place(region: id.region.code, operation: "lambda:GetLayerVersionPolicy"))
        }
    }
}

/// The resource policy of a layer version.
package enum LayerPolicy {
    private struct Document: Decodable {
        let Statement: [Statement]
    }

    private struct Statement: Decodable {
        let Sid: String
        let Effect: String
        let Principal: Principal
        let Action: String
        let Condition: [String: [String: String]]?
    }

    /// `"*"`, `{"AWS":"*"}` or `{"AWS":"arn:aws:iam::111122223333:root"}`.
    private struct Principal: Decodable {
        let text: String

        init(from decoder: any Decoder) throws {
            if let plain = try? decoder.singleValueContainer().decode(String.self) {
                text = plain
            } else {
                text = try [String: String](from: decoder)["AWS"] ?? ""
            }
        }

        var account: String {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            return parts.count == 6 && parts[2] == "iam" && parts[5] == "root" ? String(parts[4]) : text
        }
    }

    /// The statements that let somebody read the layer.
    ///
    /// - Throws: `DecodingError` for what is no such document.
    package static func grants(_ document: [UInt8]) throws -> [Visibility.Grant] {
        try JSONDecoder().decode(Document.self, from: Data(document)).Statement
            .filter { $0.Effect == "Allow" && $0.Action == "lambda:GetLayerVersion" }
            .map { statement in
                Visibility.Grant(
                    statement: statement.Sid, principal: statement.Principal.account,
                    organization: statement.Condition?["StringEquals"]?["aws:PrincipalOrgID"])
            }
    }
}
