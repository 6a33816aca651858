import Model

/// What an execution begins with.
public struct PrepareInput: Sendable, Codable {
    public let v: PayloadVersion
    /// The execution's name: unique, and the same when the call is repeated.
    public let execution: String
    public let allow: Allowed?
    /// Only these layers; absent or empty for all.
    public let only: [LayerName]?

    /// What somebody has allowed for this execution.
    public struct Allowed: Sendable, Codable {
        public let overLimits: Bool?
        public let vanished: Bool?
        public let accountChange: Bool?
        public let revocations: Bool?
        public let otherPackages: Bool?
        public let lowerVersions: Bool?
    }
}

public struct PrepareOutput: Sendable, Codable {
    public let v: PayloadVersion
    public let context: RunContext
    /// A JSON array of `Batch`.
    public let batches: ObjectReference
    public let count: Int
}

/// Items that are resolved together.
public struct Batch: Sendable, Codable {
    public let batch: Int
    public let items: [ItemText]
}
