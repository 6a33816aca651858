import Model

/// SNS's Publish.
/// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
public struct Notifications: Sendable {
    private let client: AWSClient

    public init(client: AWSClient) { self.client = client }

    /// Publishes a message to a topic. A message whose answer was lost may arrive twice.
    ///
    /// - Parameter subject: at most 100 characters are sent.
    /// - Throws: `.configuration` for what is no topic's ARN, and what the service says.
    public func publish(_ message: String, subject: String, to topic: String) async throws(StrataError) {
        let parts = topic.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[2] == "sns", let region = Region(String(parts[3])) else {
            throw StrataError(.configuration, "'\(topic)' is not an SNS topic's ARN")
        }
        var call = AWSCall(service: .notifications, operation: "Publish", region: region, method: .post, path: "/")
        call.headers = [("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")]
        call.resource = topic
        let subject = String(subject.filter { $0.isASCII && !$0.isNewline }.prefix(100))
        call.payload = Payload(
            Array(
                CanonicalRequest.encode([
                    ("Action", "Publish"), ("Version", "2010-03-31"), ("TopicArn", topic), ("Message", message),
                    ("Subject", subject),
                ]).utf8))
        _ = try await client.sendForXML(call)
    }
}
