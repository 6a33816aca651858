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

    /// When a release that stops being the latest now may be deleted; nil if it never may.
    public func end(of release: Release, from now: Timestamp) -> Timestamp? {
        pin || release.isPinned || release.isExternal ? nil : now + expire
    }
}
