import AWS
import Model
import Settings

extension Deployment {
    /// The staging buckets that the configuration means, in all its regions; empty without 'publish.staging'.
    func stagingBuckets() async throws -> [DeployedStaging] {
        guard let staging = settings.publish.staging else { return [] }
        return try await regions().map { region in
            DeployedStaging(
                client: client, name: staging.bucket(account: names.account, region: region), owner: names.account,
                region: region)
        }
    }

    /// What the staging buckets' names fit, as a policy names them: each region has one.
    var stagingPattern: String {
        settings.publish.staging.map {
            $0.bucket.replacing("{account}", with: names.account).replacing("{region}", with: "*")
        } ?? ""
    }

    /// Makes the staging buckets that are missing.
    ///
    /// - Parameter confirm: asks whether to go on; throws if not.
    /// - Throws: with the first bucket that cannot be used, before any is made.
    func makeStaging(isDry: Bool, confirm: (String) async throws -> Void) async throws {
        let missing = try await missing(stagingBuckets())
        guard !missing.isEmpty else { return }
        let lines = missing.map { "  + \($0.name) in \($0.region)" }
        console.print(
            "\(isDry ? "Would make" : "Makes") \(count(missing.count, "staging bucket")):\n"
                + lines.joined(separator: "\n"))
        guard !isDry else { return }
        try await confirm("Create these in account \(names.account)?")
        for bucket in missing { try await bucket.make() }
    }

    private func missing(_ buckets: [DeployedStaging]) async throws -> [DeployedStaging] {
        try await withThrowingTaskGroup(of: (Int, Bool).self) { group in
            var ready: [Int: Bool] = [:]
            for (index, bucket) in buckets.enumerated() {
                if index >= 8, let (done, isReady) = try await group.next() { ready[done] = isReady }
                group.addTask { (index, try await bucket.isReady()) }
            }
            for try await (done, isReady) in group { ready[done] = isReady }
            return buckets.enumerated().filter { ready[$0.offset] == false }.map(\.element)
        }
    }

    /// The regions that the fleet publishes in.
    private func regions() async throws -> [Region] {
        let partition = names.region.partition
        guard let selection = settings.publish.partitions.first(where: { $0.partition == partition })?.regions else {
            return []
        }
        guard case .all = selection else { return selection.known(in: partition) }
        return selection.resolved(enabled: try await provider.enabledRegions(in: partition), in: partition)
    }
}
