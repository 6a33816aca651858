import Model

public struct BuildInput: Sendable, Codable {
    public let v: PayloadVersion
    public let context: RunContext
    public let item: ItemText
    public let batch: Int
}

public struct BuildOutput: Sendable, Codable {
    /// One region's publication, written down and to be carried out.
    public struct RegionIntent: Sendable, Codable {
        public let region: Region
        public let intent: Intent.ID
    }
    public let v: PayloadVersion
    public let item: ItemText
    /// nil if nothing is published.
    public let publication: Intent.Publication?
    public let regions: [RegionIntent]
    /// Why the item could not be built; the others go on.
    public let failed: String?
}

public struct PublishInput: Sendable, Codable {
    public let v: PayloadVersion
    public let context: RunContext
    public let item: ItemText
    public let intent: Intent.ID
}

public struct PublishOutput: Sendable, Codable {
    public enum Status: String, Sendable, Codable {
        /// Published, verified, granted and recorded.
        case published
        /// The same, of a version that an earlier call had published.
        case adopted
        /// Settled before this call.
        case done
        /// Tried again by the next run.
        case pending
        /// The region does not offer the runtime or the architecture.
        case unavailable
    }
    public let v: PayloadVersion
    public let region: String
    public let status: Status
    /// Why it is pending or unavailable.
    public let reason: String?
}
