import HTTP
import Model

/// A secret's place in Secrets Manager, with or without a value.
/// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Operations.html
public struct DeployedSecret: Sendable {
    public let name: String
    private let client: AWSClient
    private let region: Region

    public init(client: AWSClient, name: String, region: Region) {
        self.client = client
        self.name = name
        self.region = region
    }

    /// A secret as it is described; its value is not looked at.
    public struct Found: Sendable, Hashable {
        /// The fleet whose stack made it, by its tag.
        public var fleet: String?
        /// Whether it is to be deleted: until then it can be described and restored, but neither read nor written, and
        /// no other can be made under its name.
        public var isEnding: Bool
    }

    /// The tag that the template gives the secret which it makes.
    private static let tag = "strata:fleet"

    private struct Named: Encodable {
        let SecretId: String
    }

    /// - Returns: nil if there is no such secret.
    public func found() async throws(StrataError) -> Found? {
        struct Answer: Decodable {
            struct Tag: Decodable {
                let Key: String
                let Value: String
            }
            let DeletedDate: Double?
            let Tags: [Tag]?
        }
        return try await unlessMissing { () async throws(StrataError) in
            let answer = try await send("DescribeSecret", Named(SecretId: name), Answer.self)
            return Found(
                fleet: answer.Tags?.first { $0.Key == Self.tag }?.Value, isEnding: answer.DeletedDate != nil)
        }
    }

    /// Takes a scheduled end back: the secret is as it was, with its value.
    public func restore() async throws(StrataError) {
        _ = try await send("RestoreSecret", Named(SecretId: name), Nothing.self)
    }

    /// Schedules the secret's end in seven days, until which it can be restored. One that is gone, or whose end is
    /// scheduled already, is no error.
    public func remove() async throws(StrataError) {
        struct Body: Encodable {
            let SecretId: String
            let RecoveryWindowInDays = 7
        }
        guard let found = try await found(), !found.isEnding else { return }
        _ = try await unlessMissing { () async throws(StrataError) in
            try await send("DeleteSecret", Body(SecretId: name), Nothing.self)
        }
    }

    private func send<Answer: Decodable & Sendable>(
        _ operation: String, _ body: some Encodable, _: Answer.Type
    ) async throws(StrataError) -> Answer {
        try await client.send(
            .secretsManager, operation, body, in: region,
            resource: "arn:\(region.partition.rawValue):secretsmanager:\(region):*:secret:\(name)-*", Answer.self)
    }
}
