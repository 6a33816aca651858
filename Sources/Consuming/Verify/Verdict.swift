import Model

/// What verifying an ARN came to.
public struct Verdict: Sendable, Hashable, Codable {
    public enum Kind: String, Sendable, Codable {
        /// Lambda serves the bytes that the registry lists.
        case same
        /// Lambda serves other bytes than the registry lists.
        case different
        /// The registry lists it, and Lambda has no such version.
        case missing
        /// The registry lists it, and it may not be read with these credentials.
        case unreadable
        /// The registry does not list it.
        case unlisted
        /// The registry lists it without a digest: it was imported, so nothing can be said of its bytes.
        case unknown
    }
    public let arn: String
    public let kind: Kind
    /// The release's status in the registry; nil if it is not listed.
    public let status: Release.Status?
    public let item: Item?
    /// The build's build number.
    public let build: Int?
    /// The digest that the registry lists.
    public let listed: ContentDigest?
    /// The digest of what Lambda serves.
    public let served: ContentDigest?
    /// True if the bytes were downloaded and hashed here, false if Lambda's word was taken for them.
    public let isDownloaded: Bool

    /// True if a consumer can rely on the ARN's bytes.
    public var isGood: Bool { kind == .same && status != .yanked }

    /// A line for people.
    public var text: String {
        let place = item.flatMap { item in build.map { "\(item) build \($0)" } }
        let how = isDownloaded ? "the bytes were downloaded and hashed" : "by Lambda's own digest"
        switch kind {
        case .same:
            let fate = status.map { $0 == .latest ? "" : ", \($0.rawValue)" } ?? ""
            return "\(arn): the same as \(place ?? "listed")\(fate) (sha256 \(short(served)); \(how))"
        case .different:
            return "\(arn): NOT what the registry lists for \(place ?? "it"): \(short(listed)) is listed, "
                + "\(short(served)) is served (\(how))"
        case .missing: return "\(arn): listed as \(place ?? "a release"), and Lambda has no such version"
        case .unreadable:
            return
                "\(arn): listed as \(place ?? "a release"), and these credentials may not read it: it is private, or gone"
        case .unlisted: return "\(arn): the registry does not list it"
        case .unknown: return "\(arn): imported as \(place ?? "a release") without a digest; its bytes are not known"
        }
    }

    private func short(_ digest: ContentDigest?) -> String { digest.map { String($0.hex.prefix(16)) } ?? "nothing" }
}
