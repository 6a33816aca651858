/// An action with an effect outside, written down before it happens, so that a run that died can be finished.
public struct Intent: Sendable, Hashable, Codable {
    /// Names one act of publishing: the same for all regions, and written into each layer's description.
    ///
    /// 26 characters of Crockford's base 32: time first, then chance.
    public typealias Publication = String

    public struct ID: Sendable, Hashable, Comparable, Codable, LosslessStringConvertible {
        public let publication: Publication
        /// What tells the intents of one publication apart: a region's code.
        public let part: String

        public init(_ publication: Publication, _ part: String) {
            self.publication = publication
            self.part = part
        }
        public init?(_ description: String) {
            guard let slash = description.firstIndex(of: "/") else { return nil }
            self.init(String(description[..<slash]), String(description[description.index(after: slash)...]))
        }
        public var description: String { "\(publication)/\(part)" }
        public static func < (left: ID, right: ID) -> Bool {
            (left.publication, left.part) < (right.publication, right.part)
        }
        public init(from decoder: any Decoder) throws { self = try decoder.decodeLossless() }
        public func encode(to encoder: any Encoder) throws { try encoder.encodeDescription(of: self) }
    }

    public enum Work: Sendable, Hashable, Codable {
        /// Publish a build's bytes in a region under a name.
        case publish(
            item: Item, buildNumber: Int, sha256: ContentDigest, region: Region, name: String, account: String? = nil)
        /// Delete a release.
        case delete(item: Item, release: Release.ID)
        /// Take a release's permission back.
        case revoke(item: Item, release: Release.ID)
        /// Let others read a release than could before.
        case permit(item: Item, release: Release.ID, audience: Audience)

        /// `serial` is the name that ledgers have for it.
        private enum PublishCodingKeys: String, CodingKey {
            case item, buildNumber = "serial", sha256, region, name, account
        }
    }

    public let id: ID
    public let work: Work
    public let begun: Timestamp

    public init(id: ID, work: Work, begun: Timestamp) {
        self.id = id
        self.work = work
        self.begun = begun
    }

    /// The item that it belongs to.
    public var item: Item {
        switch work {
        case .publish(let item, _, _, _, _, _), .delete(let item, _), .revoke(let item, _), .permit(let item, _, _):
            item
        }
    }

    /// Where it takes effect: who knows what became of it.
    public var region: Region {
        switch work {
        case .publish(_, _, _, let region, _, _): region
        case .delete(_, let id), .revoke(_, let id), .permit(_, let id, _): id.region
        }
    }

    /// The account that it takes effect in; nil if it was begun before intents told that.
    public var account: String? {
        switch work {
        case .publish(_, _, _, _, _, let account): account
        case .delete(_, let id), .revoke(_, let id), .permit(_, let id, _): id.account.isEmpty ? nil : id.account
        }
    }
}
