import Model

/// An access key, shared by all regions of a run. It shows nothing of itself, however it is printed.
public final class Credentials: Sendable {
    package let accessKeyID: String
    package let secretAccessKey: String
    package let sessionToken: String?
    /// When they end; nil for a long-lived key.
    public let expires: Timestamp?

    public init(accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil, expires: Timestamp? = nil) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken.flatMap { $0.isEmpty ? nil : $0 }
        self.expires = expires
    }
}

extension Credentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "AWS credentials" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
