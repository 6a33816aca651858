/// One entry of a zip whose structure has been checked.
package struct ZipEntry: Sendable {
    package enum Method: UInt16, Sendable {
        case stored = 0
        case deflated = 8
    }

    /// Without a folder's trailing slash.
    package var path: EntryPath
    package var isFolder: Bool
    package var method: Method
    package var crc32: UInt32
    /// In bytes, as it lies in the file.
    package var compressedSize: Int
    /// In bytes, after inflating.
    package var size: Int
    package var isExecutable: Bool
    /// Where the entry's bytes begin in the file.
    package var dataOffset: Int
}

/// What a wheel may hold. Checked against the directory, before anything is inflated.
public struct WheelCaps: Sendable, Hashable {
    /// Entries; a layer holds at most 65,534 too.
    public var entries = 65_534
    /// Bytes of the directory, which is held in memory.
    public var directory = 16 << 20
    /// Bytes after inflating, all entries together: four times what Lambda takes, so that pruning has something to do.
    public var unzipped = 1 << 30
    /// Bytes of RECORD, which is held in memory.
    public var record = 16 << 20
    /// Bytes of any other file that is read as text: METADATA, WHEEL, entry points, scripts.
    public var text = 4 << 20

    public init() {}
}
