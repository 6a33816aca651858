import Model

/// A wheel file that a lock names.
public struct WheelSource: Sendable, Hashable {
    /// Where it lies.
    public var path: String
    /// The name that the index gave it, whatever it is called on disk.
    public var fileName: WheelFileName
    /// What the lock promises.
    public var sha256: ContentDigest
    /// Whether a RECORD is put up with that disagrees with the wheel: the verification tells of it instead of refusing,
    /// and the splice writes what the files are, not what it says.
    public var allowsWrongRecord: Bool

    public init(path: String, fileName: WheelFileName, sha256: ContentDigest, allowsWrongRecord: Bool = false) {
        self.path = path
        self.fileName = fileName
        self.sha256 = sha256
        self.allowsWrongRecord = allowsWrongRecord
    }
}
