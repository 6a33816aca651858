import AWS
import Model
import Settings

extension Backend {
    /// AWS Lambda, with the time of its servers.
    static func aws(_ settings: PublishSettings, _ cloud: CloudAccess) -> Backend {
        Backend(
            provider: { try await cloud.provider() },
            regions: { _ in
                var regions: [Region] = []
                for partition in settings.partitions {
                    switch partition.regions {
                    case .these(let these): regions += these
                    case .all:
                        let enabled = try await cloud.provider().enabledRegions(in: partition.partition)
                        regions += partition.regions.resolved(enabled: enabled, in: partition.partition)
                    }
                }
                return Set(regions).sorted()
            },
            accounts: Dictionary(
                settings.partitions.compactMap { home in home.account.map { (home.partition, $0) } }
            ) { first, _ in first },
            now: { cloud.clock.corrected }, clockError: { cloud.clock.known }, hasOwnClock: false,
            checks: settings.partitions.map { credentials(for: $0.partition, cloud) })
    }

    private static func credentials(for partition: Partition, _ cloud: CloudAccess) -> Check {
        Check(
            "credentials for \(partition.rawValue)",
            mend: "sign in, or name a profile in 'publish.partitions'; see 'Signing in to AWS' in the manual"
        ) {
            let origin = try await cloud.origin(for: partition)
            let account = try await cloud.provider().account(in: partition)
            return .good(
                "from \(origin.link), for account \(account)" + (origin.expires.map { ", until \($0)" } ?? ""))
        }
    }
}
