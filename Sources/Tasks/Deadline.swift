import Model

/// Does some work, and cancels it when it takes too long.
///
/// The work is waited for even then: it may have taken effect, and must notice that it is cancelled.
///
/// - Parameters:
///   - deadline: how long the work may take.
///   - sleep: waits; a clock of its own lets a test decide when time is up.
///   - late: the error when time is up.
/// - Throws: what the work throws, or `late` if it had not ended in time.
public func withDeadline<Value: Sendable>(
    _ deadline: Duration,
    sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
    late: @autoclosure () -> StrataError,
    _ work: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value?.self) { group in
        group.addTask { try await work() }
        group.addTask {
            try await sleep(deadline)
            return nil
        }
        defer { group.cancelAll() }
        guard let first = try await group.next(), let value = first else { throw late() }
        return value
    }
}
