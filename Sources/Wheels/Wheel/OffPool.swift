import Dispatch
import Model
import Synchronization

/// Asks blocking work on another thread to stop.
package final class Cancellation: Sendable {
    private let asked = Atomic(false)

    package init() {}
    package func cancel() { asked.store(true, ordering: .relaxed) }

    /// - Throws: `.cancelled` once `cancel` was called.
    package func check() throws {
        if asked.load(ordering: .relaxed) { throw StrataError(.cancelled, "cancelled") }
    }
}

/// Runs blocking work (files, zlib, hashes) on a thread that is not the cooperative pool's, and waits for it.
/// A cancelled task asks the work to stop and still waits until it has.
package func offPool<Value: Sendable>(
    _ work: @escaping @Sendable (Cancellation) throws -> Value
) async throws -> Value {
    let cancellation = Cancellation()
    return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(with: Result { try work(cancellation) })
            }
        }
    } onCancel: {
        cancellation.cancel()
    }
}
