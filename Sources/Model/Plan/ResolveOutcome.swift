/// What resolving an item came to.
public enum ResolveOutcome: Sendable, Hashable, Codable {
    case locked(ResolvedLock)
    /// The requirements cannot be met for the target, and why: a line for people.
    case refused(reason: String)
    /// The index or the resolver failed; the item is left as it is.
    case failed(reason: String)
}

public struct ResolvedLock: Sendable, Hashable, Codable {
    public let lock: Lock
    /// Worth telling: `pandas 2.3.2 was picked; 3.1.1 has no wheel for glibc 2.26`.
    public let remarks: [String]
    /// Releases that are too young to be picked, the soonest first.
    public let young: [YoungRelease]
    /// What the layers hold that it is used with, and is left out; nil if there are none.
    public let held: [LockedWheel]?

    public init(
        lock: Lock, remarks: [String] = [], young: [YoungRelease] = [], held: [LockedWheel]? = nil
    ) {
        self.held = held
        self.lock = lock
        self.remarks = remarks
        self.young = young
    }
}

/// A release of a wanted package that `minimum-age` holds back.
public struct YoungRelease: Sendable, Hashable, Codable {
    public let package: PackageName
    public let version: String
    /// When it is old enough.
    public let matures: Timestamp

    public init(package: PackageName, version: String, matures: Timestamp) {
        self.package = package
        self.version = version
        self.matures = matures
    }
}
