import Model

/// Where releases are published and who should be able to read them.
public struct Access: Sendable, Hashable {
    /// The account of each partition, as far as it is known.
    public let accounts: [Partition: String]
    /// Who should be able to read what is published; nil leaves everything as it is.
    public let audience: Audience?
    /// Who can read the releases of which nothing is recorded: those of older versions of Strata, or of a ledger that was
    /// made from the registry's files.
    public let recorded: Audience?

    public init(accounts: [Partition: String] = [:], audience: Audience? = nil, recorded: Audience? = nil) {
        self.accounts = accounts
        self.audience = audience
        self.recorded = recorded ?? audience
    }

    public init(_ desired: Desired, recorded: Audience?) {
        self.init(accounts: desired.accounts, audience: Audience(desired.visibility), recorded: recorded)
    }

    func account(in region: Region) -> String? { accounts[region.partition] }

    /// What has to change at an item's releases so that those can read them who should. What is in another account stays
    /// as it is: nobody could change it.
    func changes(of state: ItemState) -> [Action] {
        guard let audience else { return [] }
        return state.releases.compactMap { release in
            guard release.isGranted, !release.isExternal, let before = release.audience ?? recorded,
                !before.agrees(with: audience), release.isIn(account(in: release.id.region))
            else { return nil }
            return .permit(PermitAction(item: release.item, release: release.id, before: before, after: audience))
        }
    }
}
