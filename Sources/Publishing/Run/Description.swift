import Model

/// What a layer's description says: for people the version, for adoption everything else.
///
///     requests==2.32.3 | build 4 | sha256 0123456789abcdef | strata 01JD…
public struct LayerDescription: Sendable, Hashable {
    public let text: String

    public init(item: Item, version: String, buildNumber: Int, sha256: ContentDigest, publication: Intent.Publication) {
        let tail = " | build \(buildNumber) | sha256 \(sha256.hex.prefix(16)) | strata \(publication)"
        let head = "\(item.layer)==\(version)"
        text = String(head.prefix(max(0, LayerLimits.descriptionLength - tail.utf8.count))) + tail
    }

    /// Whether we wrote a description, for a layer of these bytes.
    static func tells(_ text: String, of sha256: ContentDigest) -> Bool {
        publication(in: text) != nil && text.contains(" | sha256 \(sha256.hex.prefix(16)) | ")
    }

    /// The publication's id in a description that we wrote; nil in anybody else's.
    public static func publication(in text: String) -> Intent.Publication? {
        let words = text.split(separator: " ")
        guard words.count >= 2, words[words.count - 2] == "strata", let id = words.last, id.utf8.count == 26,
            id.utf8.allSatisfy(\.isASCIIAlphanumeric)
        else { return nil }
        return String(id)
    }
}
