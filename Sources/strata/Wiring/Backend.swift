import Model
import Settings

/// Where layers are published, and all that depends on it. Another one is a file beside `Backend+aws.swift` and a line
/// in `init`.
struct Backend: Sendable {
    /// Publishes layers.
    let provider: @Sendable () async throws -> any LayerProvider
    /// The regions of the configuration, with `all` as the accounts have them enabled.
    let regions: @Sendable ([Region]) async throws -> [Region]
    /// The account that each partition's layers are published under, as far as that is known without asking.
    let accounts: [Partition: String]
    /// The time that expiries and leases are reckoned with.
    let now: @Sendable () -> Timestamp
    /// How far this machine's clock is behind the backend's, as far as that is known.
    let clockError: @Sendable () -> Duration
    /// Whether nothing but this machine's clock tells the time.
    let hasOwnClock: Bool
    /// What `strata doctor` checks.
    let checks: [Check]
}

extension Backend {
    /// The backend that the configuration names.
    init(_ settings: PublishSettings, _ cloud: CloudAccess) {
        switch settings.provider {
        case .local: self = .local(settings)
        case .aws: self = .aws(settings, cloud)
        }
    }
}
