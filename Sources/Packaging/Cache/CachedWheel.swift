import Model
import Wheels

/// A wheel in the cache: verified, and what is in it.
public struct CachedWheel: Sendable, Hashable {
    public let wheel: LockedWheel
    public let path: String
    public let contents: WheelContents

    /// What the splice takes.
    public var source: WheelSource {
        WheelSource(
            path: path, fileName: contents.fileName, sha256: wheel.sha256,
            allowsWrongRecord: contents.recordProblem != nil)
    }
}
