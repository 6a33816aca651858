import Model

/// Something in which configuration, ledger, provider and registry do not agree.
public struct Difference: Sendable, Hashable, Codable {
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// The provider has a version under one of our names that the ledger does not know.
        case orphanVersion
        /// The ledger has a live release that the provider does not have (any more).
        case missingVersion
        /// The permission is not what it should be.
        case wrongPermission
        /// The provider serves other bytes than the ledger says.
        case wrongBytes
        /// A file of the registry is not what the ledger's state gives, though nobody else wrote to it.
        case staleFile
        /// A file of ours was changed by somebody else.
        case handEdit
    }

    public let kind: Kind
    public let item: Item?
    public let release: Release.ID?
    public let file: String?
    /// What is wrong, in words.
    public let detail: String

    init(_ kind: Kind, item: Item? = nil, release: Release.ID? = nil, file: String? = nil, _ detail: String) {
        self.kind = kind
        self.item = item
        self.release = release
        self.file = file
        self.detail = detail
    }
}

/// What a comparison found, and what was done about it.
public struct Reconciliation: Sendable, Codable {
    public var differences: [Difference] = []
    /// Regions that could not be asked, and why; nothing is known of them.
    public var unknown: [Region: String] = [:]
    /// How many releases are in other accounts than the one that was asked: nothing was compared there.
    public var elsewhere: [String: Int]?
    /// Differences that were repaired.
    public var repaired: [Difference] = []
    /// Differences that were left, and why.
    public var left: [Left] = []

    public struct Left: Sendable, Hashable, Codable {
        public let difference: Difference
        public let reason: String
    }
}
