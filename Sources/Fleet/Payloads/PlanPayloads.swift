import Model

public struct ResolveInput: Sendable, Codable {
    public let v: PayloadVersion
    public let context: RunContext
    public let batch: Int
    public let items: [ItemText]
}

public struct ResolveOutput: Sendable, Codable {
    public let v: PayloadVersion
    public let batch: Int
    public let items: Int
    /// Items whose plan has something to do.
    public let changes: Int
    /// Items that could not be asked about.
    public let failed: Int
}

public struct PlanInput: Sendable, Codable {
    public let v: PayloadVersion
    public let context: RunContext
    /// How many batches `prepare` made.
    public let batches: Int
}

public struct PlanOutput: Sendable, Codable {
    public let v: PayloadVersion
    /// A JSON array of `WorkItem`.
    public let work: ObjectReference
    public let builds: Int
    public let publications: Int
}

/// An item with something to build and publish, and the batch whose plan says what.
public struct WorkItem: Sendable, Codable {
    public let item: ItemText
    public let batch: Int
}
