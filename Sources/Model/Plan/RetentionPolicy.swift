/// What consumers are promised about a release that is no longer the latest.
public struct RetentionPolicy: Sendable, Hashable, Codable {
    /// How long a deprecated release stays.
    public var expire: Duration
    /// At least so many of the newest are kept whatever their age.
    public var keep: Int
    /// Nothing ever expires.
    public var pin: Bool

    public init(expire: Duration = .seconds(365 * 86_400), keep: Int = 1, pin: Bool = false) {
        self.expire = expire
        self.keep = keep
        self.pin = pin
    }

    /// How long a deprecated release stays, for people: `365 days`, `1 hour`, `90 minutes`; in the largest unit that tells it
    /// exactly.
    public var expireText: String {
        let seconds = Int(expire.components.seconds)
        let units = [(86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")]
        let (size, unit) = units.first { seconds % $0.0 == 0 } ?? (1, "second")
        return "\(seconds / size) \(unit)\(seconds / size == 1 ? "" : "s")"
    }

    /// When a release that stops being the latest now may be deleted; nil if it never may.
    public func end(of release: Release, from now: Timestamp) -> Timestamp? {
        pin || release.isPinned || release.isExternal ? nil : now + expire
    }
}
