/// A line that people are told, and what it is about.
public struct Notice: Sendable, Hashable, Codable {
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// A build has new releases.
        case published
        /// A release, or a build, is late.
        case pending
        /// A layer cannot be built as it is asked for, or is held back until it is allowed.
        case refused
        /// A maintainer marked a build as not to be used.
        case yanked
        /// A release or a runtime has its end before it.
        case ending
        /// An account's code storage is nearly full.
        case storage
        /// A run ended early.
        case failed
        /// Something new is known to be wrong with what is published.
        case advisory
    }

    public let kind: Kind
    /// Names it among its kind: the same subject again is the same news.
    public let subject: String
    public let text: String
    /// What was told before is so no longer.
    public let isOver: Bool

    /// - Parameters:
    ///   - subject: is cut to a line that can be shown.
    ///   - text: the same.
    public init(_ kind: Kind, _ subject: String, _ text: String, isOver: Bool = false) {
        self.kind = kind
        self.subject = subject.printable(160)
        self.text = text.printable(500)
        self.isOver = isOver
    }
}
