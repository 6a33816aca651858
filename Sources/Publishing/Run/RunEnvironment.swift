import Model

/// What a run takes from outside besides its ports: time, chance, and whom it tells what happens.
public struct RunEnvironment: Sendable {
    public var now: @Sendable () -> Timestamp
    /// A new publication id, unique for ever.
    public var newPublication: @Sendable () -> Intent.Publication
    public var sleep: @Sendable (Duration) async throws -> Void
    public var report: @Sendable (RunEvent) -> Void
    /// Who runs: what another run reads when it finds the lease taken.
    public var holder: String

    public init(
        now: @escaping @Sendable () -> Timestamp, newPublication: @escaping @Sendable () -> Intent.Publication,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        report: @escaping @Sendable (RunEvent) -> Void, holder: String
    ) {
        self.now = now
        self.newPublication = newPublication
        self.sleep = sleep
        self.report = report
        self.holder = holder
    }
}

/// What happens during a run, for progress and logs.
public enum RunEvent: Sendable {
    public enum Stage: String, Sendable, CaseIterable, Codable {
        case resolve, settle, plan, build, publish, commit
    }
    case began(Stage, count: Int)
    case ended(Stage)
    case resolved(Item)
    case planned(new: Int, publications: Int, deprecations: Int)
    case built(Item, version: String, buildNumber: Int, zipped: ByteCount)
    case buildFailed(Item, StrataError)
    case published(Item, Region, version: String, number: Int)
    case pending(Item, Region, StrataError)
    case circuitOpened(Region, reason: String)
    case adopted(Item, Region, number: Int)
    case committed(branch: String, commit: String, files: Int, bytes: ByteCount)
    case warning(String)
}
