import Dispatch
import Synchronization

/// Runs work that blocks (files, locks) on a thread that Swift's own tasks do not need.
public func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        blockingQueue.async { continuation.resume(with: Result(catching: body)) }
    }
}

/// Waits for work that does not block, on a thread that may wait: one that `blocking` runs on. A task's own thread must
/// not, since the work may need it.
public func waiting<Value: Sendable>(for work: @escaping @Sendable () async throws -> Value) throws -> Value {
    let answer = Answer<Value>()
    Task {
        do { answer.give(.success(try await work())) } catch { answer.give(.failure(error)) }
    }
    return try answer.wait()
}

/// A result that one thread waits for.
private final class Answer<Value: Sendable>: Sendable {
    private let result = Mutex<Result<Value, any Error>?>(nil)
    private let isThere = DispatchSemaphore(value: 0)

    func give(_ result: Result<Value, any Error>) {
        self.result.withLock { $0 = result }
        isThere.signal()
    }

    func wait() throws -> Value {
        while true {
            isThere.wait()
            if let result = result.withLock({ $0 }) { return try result.get() }
        }
    }
}

private let blockingQueue = DispatchQueue(label: "strata.blocking", attributes: .concurrent)
