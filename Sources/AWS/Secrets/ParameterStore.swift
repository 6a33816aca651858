import HTTP
import Model

/// Systems Manager's parameters, as SecureString: `ssm:/path`.
/// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
public struct ParameterStore: SecretStore {
    public let scheme = "ssm"
    private let client: AWSClient
    private let region: Region

    public init(client: AWSClient, region: Region) {
        self.client = client
        self.region = region
    }

    public func fetch(_ reference: SecretReference) async throws(StrataError) -> Secret {
        struct Body: Encodable {
            let Name: String
            let WithDecryption = true
        }
        let answer = SecretAnswer()
        do throws(StrataError) {
            try await client.send(
                .parameters, "GetParameter", Body(Name: reference.name), in: region, resource: resource(reference),
                into: answer.stream)
        } catch {
            throw error.naming(reference)
        }
        guard let value = answer.text("Parameter", "Value") else {
            throw StrataError(.unavailable, "'\(reference)' has no value")
        }
        return value.secret()
    }

    public func store(_ secret: borrowing Secret, as reference: SecretReference) async throws(StrataError) {
        struct Body: Encodable {
            let Name: String
            let Overwrite = true
            let `Type` = "SecureString"
            let Value: String
        }
        guard let text = secret.withBytes({ String(validating: $0, as: UTF8.self) }) else {
            throw StrataError(.configuration, "'\(reference)': a parameter holds text only")
        }
        do throws(StrataError) {
            _ = try await client.send(
                .parameters, "PutParameter", Body(Name: reference.name, Value: text), in: region,
                resource: resource(reference), Nothing.self)
        } catch {
            throw error.naming(reference)
        }
    }

    private func resource(_ reference: SecretReference) -> String {
        let slash = reference.name.hasPrefix("/") ? "" : "/"
        return "arn:\(region.partition.rawValue):ssm:\(region):*:parameter\(slash)\(reference.name)"
    }
}
