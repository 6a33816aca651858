import Model
import Planning

/// How full a region's code storage would be after a plan.
public struct StorageForecast: Sendable, Hashable, Codable {
    public let region: Region
    public let used: ByteCount
    /// What the plan adds: sizes of builds that exist, and for new ones the sum of their wheels.
    public let added: ByteCount
    public let limit: ByteCount

    public var isOverLimit: Bool { used + added > limit }
}

extension PublishingContext {
    /// Asks each region that a plan publishes in how much code the account stores there, and how much it may.
    ///
    /// - Returns: by region; regions that do not answer are left out, since a plan needs no answer.
    public func forecast(_ plan: Plan, locks: [Item: Lock]) async throws -> [StorageForecast] {
        let states = try await ledger.states(of: Set(plan.publications.map(\.item)).sorted())
        let known = Dictionary(states.map { ($0.item, $0) }) { first, _ in first }
        var added: [Region: ByteCount] = [:]
        for action in plan.publications {
            let built = known[action.item]?.build(action.buildNumber)?.artifact?.zipped
            let wheels = locks[action.item]?.wheels.reduce(ByteCount(0)) { $0 + ($1.size ?? ByteCount(0)) }
            added[action.region, default: ByteCount(0)] += built ?? wheels ?? ByteCount(0)
        }
        return await withTaskGroup(of: StorageForecast?.self) { group in
            for (region, bytes) in added {
                group.addTask {
                    guard let storage = try? await provider.storage(in: region) else { return nil }
                    return StorageForecast(region: region, used: storage.used, added: bytes, limit: storage.limit)
                }
            }
            var forecasts: [StorageForecast] = []
            for await forecast in group { if let forecast { forecasts.append(forecast) } }
            return forecasts.sorted { $0.region < $1.region }
        }
    }
}
