/// Who was given permission to read a release, as it is recorded: what a visibility came to.
public struct Audience: Sendable, Hashable {
    /// From the narrowest to the widest; the words are those of the registry's files.
    public enum Kind: String, Sendable, CaseIterable {
        case `private`, accounts, organization, `public`
    }

    public let kind: Kind
    /// The accounts or the organisation, sorted; empty where only the kind is known: the registry's files tell no more.
    public let ids: [String]

    /// - Parameter ids: for `accounts` and `organization`.
    public init(_ kind: Kind, _ ids: [String] = []) {
        self.kind = kind
        self.ids = Set(ids).sorted()
    }

    public init(_ visibility: Visibility) {
        switch visibility {
        case .private: self.init(Kind.private, [])
        case .public: self.init(Kind.public, [])
        case .organization(let id): self.init(Kind.organization, [id])
        case .accounts(let ids): self.init(Kind.accounts, ids)
        }
    }

    /// The statements that bring it about; nil if only the kind is known.
    public var grants: [Visibility.Grant]? {
        switch kind {
        case .private: []
        case .public: Visibility.public.grants
        case .organization: ids.first.map { Visibility.organization($0).grants }
        case .accounts: ids.isEmpty ? nil : Visibility.accounts(ids).grants
        }
    }

    /// Whether it is what another says, as far as that is known.
    public func agrees(with other: Audience) -> Bool {
        kind == other.kind && (ids == other.ids || ids.isEmpty || other.ids.isEmpty)
    }

    /// Whether everybody in it would be in another, too.
    public func isKept(by other: Audience) -> Bool {
        other.kind == .public || kind == .private
            || (kind == other.kind && Set(ids).isSubset(of: other.ids))
    }
}

/// `public`, or `accounts 111122223333 444455556666`.
extension Audience: LosslessStringConvertible, Codable {
    public init?(_ description: String) {
        let words = description.split(separator: " ").map(String.init)
        guard let kind = words.first.flatMap(Kind.init) else { return nil }
        self.init(kind, Array(words.dropFirst()))
    }

    public var description: String { ([kind.rawValue] + ids).joined(separator: " ") }

    public init(from decoder: any Decoder) throws { self = try decoder.decodeLossless() }
    public func encode(to encoder: any Encoder) throws { try encoder.encodeDescription(of: self) }
}
