import HTTP
import Model

extension AWSClient {
    /// Calls an operation of a service that speaks JSON 1.1: all are POST to `/`, and a header names the operation.
    func send<Answer: Decodable>(
        _ service: Service, _ operation: String, _ body: some Encodable, in region: Region, resource: String,
        isRepeatable: Bool = true, _: Answer.Type
    ) async throws(StrataError) -> Answer {
        var call = try Self.call(service, operation, body, in: region, resource: resource)
        call.isRepeatable = isRepeatable
        return try await send(call, Answer.self)
    }

    /// The same for an answer that a receiver takes, or nobody.
    func send(
        _ service: Service, _ operation: String, _ body: some Encodable, in region: Region, resource: String,
        into receiver: HTTPStream?
    ) async throws(StrataError) {
        var call = try Self.call(service, operation, body, in: region, resource: resource)
        call.receiver = receiver
        _ = try await send(call)
    }

    private static func call(
        _ service: Service, _ operation: String, _ body: some Encodable, in region: Region, resource: String
    ) throws(StrataError) -> AWSCall {
        let prefix = service == .secretsManager ? "secretsmanager" : "AmazonSSM"
        var call = AWSCall(service: service, operation: operation, region: region, method: .post, path: "/")
        call.headers = [("Content-Type", "application/x-amz-json-1.1"), ("X-Amz-Target", "\(prefix).\(operation)")]
        call.payload = Payload(try JSONBytes.of(body))
        call.resource = resource
        return call
    }
}

/// An answer of which nothing is needed.
struct Nothing: Decodable, Sendable {}
