import Model

/// What all payloads of a run have in common: whose run it is, and the lease that lets it write.
public struct RunContext: Sendable, Hashable, Codable {
    public let v: PayloadVersion
    /// The execution's name; payloads too large for a message lie under `runs/RUN/`.
    public let run: String
    public let lease: Lease

    public init(run: String, lease: Lease) {
        v = PayloadVersion()
        self.run = run
        self.lease = lease
    }
}

/// An object in the fleet's bucket, as the state machine's readers take it.
public struct ObjectReference: Sendable, Hashable, Codable {
    public let bucket: String
    public let key: BlobKey
}

/// An item in one string: `requests python3.12-arm64`.
public struct ItemText: Sendable, Hashable, Codable {
    public let item: Item

    public init(_ item: Item) { self.item = item }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let words = try container.decode(String.self).split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 2, let layer = LayerName(String(words[0])), let target = Target(String(words[1])) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "'\(words.joined(separator: " "))' is not a layer and target")
        }
        item = Item(layer, target)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(item.description)
    }
}
