import Dispatch
import Model
import Synchronization

/// Pure work on all cores.
package enum Parallel {
    /// Maps on as many threads as there are cores, keeping the order. The work must be pure and never wait.
    static func map<Value: Sendable, Mapped: Sendable>(
        _ values: [Value], _ map: @Sendable (Value) throws -> Mapped
    ) throws -> [Mapped] {
        let results = Mutex<[Result<Mapped, any Error>?]>(Array(repeating: nil, count: values.count))
        DispatchQueue.concurrentPerform(iterations: values.count) { index in
            let result = Result { try map(values[index]) }
            results.withLock { $0[index] = result }
        }
        return try results.withLock { $0 }.map { result in
            guard let result else { throw StrataError(.inconsistent, "a part of the work was not done") }
            return try result.get()
        }
    }

    /// Does something with each value, on as many threads as there are cores.
    ///
    /// - Throws: what the work threw first; values that nobody had begun with are left then.
    package static func forEach<Value: Sendable>(_ values: [Value], _ work: @Sendable (Value) throws -> Void) throws {
        let failure = Mutex<(any Error)?>(nil)
        DispatchQueue.concurrentPerform(iterations: values.count) { index in
            guard failure.withLock({ $0 == nil }) else { return }
            do {
                try work(values[index])
            } catch {
                failure.withLock { $0 = $0 ?? error }
            }
        }
        if let error = failure.withLock({ $0 }) { throw error }
    }
}
