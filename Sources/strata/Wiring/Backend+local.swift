import Local
import Model
import Settings

extension Backend {
    /// A folder that stands in for Lambda.
    static func local(_ settings: PublishSettings) -> Backend {
        var rules = FolderProvider.Rules()
        rules.account = settings.partitions.first?.account ?? rules.account
        let provider = FolderProvider(root: settings.folder, rules: rules)
        let accounts = Dictionary(Partition.allCases.map { ($0, rules.account) }) { first, _ in first }
        return Backend(
            provider: { provider }, regions: { $0 }, accounts: accounts, now: { WallClock.now }, clockError: { .zero },
            hasOwnClock: true,
            checks: [])
    }
}
