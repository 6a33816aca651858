/// A change of one file of the registry. Paths are relative, with `/`, and never climb.
public struct FileChange: Sendable, Hashable {
    public enum Content: Sendable, Hashable {
        case write([UInt8])
        case delete
    }
    public let path: String
    public let content: Content

    public init(_ path: String, _ content: Content) {
        self.path = path
        self.content = content
    }
}
