import Dispatch
import Synchronization

/// Waits on this thread for what a task comes to.
///
/// Only for the worker's main thread, which libgit2 has anyway, and which is none of those that tasks run on.
enum Waiting {
    private final class Outcome<Value: Sendable, Failure: Error>: Sendable {
        let result = Mutex<Result<Value, Failure>?>(nil)
        let isThere = DispatchSemaphore(value: 0)
    }

    static func value<Value: Sendable, Failure: Error>(
        of work: @escaping @Sendable () async throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let outcome = Outcome<Value, Failure>()
        Task {
            let result: Result<Value, Failure>
            do throws(Failure) { result = .success(try await work()) } catch { result = .failure(error) }
            outcome.result.withLock { $0 = result }
            outcome.isThere.signal()
        }
        while true {
            outcome.isThere.wait()
            if let result = outcome.result.withLock({ $0 }) { return try result.get() }
        }
    }
}
