import Dispatch

/// Runs work that blocks (files, locks) on a thread that Swift's own tasks do not need.
public func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        blockingQueue.async { continuation.resume(with: Result(catching: body)) }
    }
}

private let blockingQueue = DispatchQueue(label: "strata.blocking", attributes: .concurrent)
