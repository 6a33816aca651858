import Model

/// - Throws: `timedOut` when the work is not done in time; it is cancelled then, and may have taken effect.
func within<Value: Sendable>(
    _ deadline: Duration, _ context: PublishingContext, _ work: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    let sleep = context.environment.sleep
    return try await withThrowingTaskGroup(of: Value?.self) { group in
        group.addTask { try await work() }
        group.addTask {
            try await sleep(deadline)
            return nil
        }
        defer { group.cancelAll() }
        guard let first = try await group.next(), let value = first else {
            throw StrataError(.timedOut, "no progress within \(deadline.components.seconds) s")
        }
        return value
    }
}
