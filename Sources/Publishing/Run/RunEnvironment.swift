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
