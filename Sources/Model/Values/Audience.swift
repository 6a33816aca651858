/// Who was given permission to read a release, as it is recorded: what a visibility came to.
public struct Audience: Sendable, Hashable {
    /// From the narrowest to the widest; the words are those of the registry's files.
    public enum Kind: String, Sendable, CaseIterable {
        case `private`, accounts, organization, `public`
    }

    public let kind: Kind
    /// The accounts or the organisation, sorted; empty where they are not known: the registry's files do not tell them.
    public let ids: [String]
    /// What the files tell instead; nil where the ids are known, or nothing is.
    private let told: String?

    /// - Parameter ids: for `accounts` and `organization`.
    public init(_ kind: Kind, _ ids: [String] = []) {
        self.kind = kind
        self.ids = Set(ids).sorted()
        told = nil
    }

    /// - Parameter check: what `check` was where the ids were known.
    public init(_ kind: Kind, check: String?) {
        self.kind = kind
        ids = []
        told = check
    }

    /// Those whom the statements that Strata made let read: more than one kind are told as what only a change can mend.
    public init(grantedBy grants: [Visibility.Grant]) {
        let organizations = grants.compactMap(\.organization)
        let accounts = grants.filter { $0.organization == nil }.map(\.principal)
        if accounts.contains("*") {
            self.init(.public)
        } else if !organizations.isEmpty {
            self.init(.organization, organizations + accounts)
        } else {
            self.init(accounts.isEmpty ? .private : .accounts, accounts)
        }
    }

    /// Four hexadecimal digits of a digest of the ids, for whoever must notice that they changed and must not learn them: a
    /// change goes unnoticed once in 65,536, and fifteen million account numbers have the same. Without a salt, so that
    /// another registry of the same accounts tells no more of them. Nil if the kind says all.
    public var check: String? {
        ids.isEmpty ? told : String(ContentDigest.of(ids.joined(separator: " ")).hex.prefix(4))
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
    public func agrees(with other: Audience) -> Bool { kind == other.kind && agreesInIDs(with: other) }

    private func agreesInIDs(with other: Audience) -> Bool {
        if !ids.isEmpty, !other.ids.isEmpty { return ids == other.ids }
        guard let check, let theirs = other.check else { return true }
        return check == theirs
    }

    /// Whether everybody in it would be in another, too. Of whom only a check is known nobody can say that, unless it is
    /// the same.
    public func isKept(by other: Audience) -> Bool {
        other.kind == .public || kind == .private
            || (kind == other.kind
                && (ids.isEmpty ? agreesInIDs(with: other) : Set(ids).isSubset(of: other.ids)))
    }
}

/// `public`, `accounts 111122223333 444455556666`, or `accounts ~3f9a` where only the check is known.
extension Audience: LosslessStringConvertible, Codable {
    public init?(_ description: String) {
        let words = description.split(separator: " ").map(String.init)
        guard let kind = words.first.flatMap(Kind.init) else { return nil }
        if words.count == 2, words[1].hasPrefix("~") {
            self.init(kind, check: String(words[1].dropFirst()))
        } else {
            self.init(kind, Array(words.dropFirst()))
        }
    }

    public var description: String {
        ([kind.rawValue] + ids + (told.map { ["~\($0)"] } ?? [])).joined(separator: " ")
    }

    public init(from decoder: any Decoder) throws { self = try decoder.decodeLossless() }
    public func encode(to encoder: any Encoder) throws { try encoder.encodeDescription(of: self) }
}
