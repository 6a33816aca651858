import Model

/// A wheel file that a lock names.
public struct WheelSource: Sendable, Hashable {
    /// Where it lies.
    public var path: String
    /// The name that the index gave it, whatever it is called on disk.
    public var fileName: WheelFileName
    /// What the lock promises.
    public var sha256: ContentDigest

    public init(path: String, fileName: WheelFileName, sha256: ContentDigest) {
        self.path = path
        self.fileName = fileName
        self.sha256 = sha256
    }
}
