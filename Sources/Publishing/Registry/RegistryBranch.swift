import Model

/// What a branch of the registry holds, as a pure function of the ledger's states.
public struct BranchRenderer: Sendable {
    public let branch: String
    /// How many commits the branch may have before its history is cut; nil if it never is.
    public let historyBudget: Int?
    /// True for the branch whose files promise consumers how long a release stays.
    public let announces: Bool
    /// Digest of everything that the files depend on besides the items: when it changes, all is rendered again.
    public let fingerprint: String
    /// Makes the changes for some layers, each with all of its items. Complete is true when these are all there are:
    /// then nothing that the files hold already has to be understood.
    public let render: Render

    public typealias Render =
        @Sendable (_ states: [ItemState], _ isComplete: Bool, _ existing: (String) throws -> [UInt8]?) throws ->
        [FileChange]

    public init(
        branch: String, historyBudget: Int? = nil, announces: Bool, fingerprint: String, render: @escaping Render
    ) {
        self.branch = branch
        self.historyBudget = historyBudget
        self.announces = announces
        self.fingerprint = fingerprint
        self.render = render
    }

    /// The changes that bring a snapshot in step with some layers.
    func changes(
        for layers: [ItemState], isComplete: Bool, reading snapshot: any RegistrySnapshot
    ) async throws -> [FileChange] {
        try await snapshot.withFiles { files in try render(layers, isComplete) { try files.file($0) } }
    }
}
