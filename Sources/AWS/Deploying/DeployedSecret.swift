import HTTP
import Model

/// A secret's place in Secrets Manager, with or without a value.
/// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Operations.html
public struct DeployedSecret: Sendable {
    private let client: AWSClient
    private let name: String
    private let region: Region

    public init(client: AWSClient, name: String, region: Region) {
        self.client = client
        self.name = name
        self.region = region
    }

    private struct Named: Encodable {
        let SecretId: String
    }

    /// Whether there is such a secret; its value is not looked at.
    public func exists() async throws(StrataError) -> Bool {
        do throws(StrataError) {
            _ = try await send("DescribeSecret", Named(SecretId: name))
            return true
        } catch {
            guard error.code == .notFound else { throw error }
            return false
        }
    }

    /// Schedules the secret's end in seven days, until which it can be restored. One that is gone is no error.
    public func remove() async throws(StrataError) {
        struct Body: Encodable {
            let SecretId: String
            let RecoveryWindowInDays = 7
        }
        do throws(StrataError) {
            _ = try await send("DeleteSecret", Body(SecretId: name))
        } catch {
            guard error.code == .notFound else { throw error }
        }
    }

    private func send(_ operation: String, _ body: some Encodable) async throws(StrataError) -> Nothing {
        try await client.send(
            .secretsManager, operation, body, in: region,
            resource: "arn:\(region.partition.rawValue):secretsmanager:\(region):*:secret:\(name)-*", Nothing.self)
    }
}
