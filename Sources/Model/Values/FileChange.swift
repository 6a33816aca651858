/// A file of a branch of the registry that should be written or removed.
public struct FileChange: Sendable, Hashable {
    public enum Content: Sendable, Hashable {
        case write([UInt8])
        case delete
    }

    /// Relative to the branch's root, with `/`; never climbs.
    public let path: String
    public let content: Content

    public init(path: String, content: Content) {
        self.path = path
        self.content = content
    }

    /// The bytes that are written; none for a removal.
    public var size: ByteCount {
        switch content {
        case .write(let bytes): ByteCount(bytes.count)
        case .delete: ByteCount(0)
        }
    }
}
