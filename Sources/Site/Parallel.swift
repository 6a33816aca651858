import Dispatch
import FoundationEssentials
import Model
import Synchronization

/// Pure work on all cores.
enum Parallel {
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

    /// Takes values from a sequence with as many threads as there are cores, and does something with each. Making a
    /// value goes on while others are worked on; no more values are in memory than there are threads.
    ///
    /// - Throws: what the work threw first; then no more values are taken.
    static func forEach<Value: Sendable>(
        _ values: sending some Sequence<Value>, _ work: @Sendable (Value) throws -> Void
    ) throws {
        let source = Mutex(AnyIterator(values.makeIterator()))
        let failure = Mutex<(any Error)?>(nil)
        let cores = ProcessInfo.processInfo.activeProcessorCount
        DispatchQueue.concurrentPerform(iterations: cores) { _ in
            while failure.withLock({ $0 == nil }), let value = source.withLock({ $0.next() }) {
                do {
                    try work(value)
                } catch {
                    failure.withLock { $0 = $0 ?? error }
                }
            }
        }
        if let error = failure.withLock({ $0 }) { throw error }
    }
}
