import Model
import Tasks

/// - Throws: `timedOut` when the work is not done in time; it is cancelled then, and may have taken effect.
func within<Value: Sendable>(
    _ deadline: Duration, _ context: PublishingContext, _ work: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withDeadline(
        deadline, sleep: context.environment.sleep,
        late: StrataError(.timedOut, "no progress within \(deadline.components.seconds) s"), work)
}
