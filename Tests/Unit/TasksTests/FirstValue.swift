import Synchronization

/// The first of several values, for those who wait for it.
///
/// Waiting is not ended by cancellation: who sets the value must see to it that one comes.
public final class FirstValue<Value: Sendable>: Sendable {
    private struct State {
        var value: Value?
        var waiters: [CheckedContinuation<Value, Never>] = []
    }
    private let state = Mutex(State())

    /// There is no value yet.
    public init() {}

    /// Sets the value unless there is one, and wakes those who wait.
    public func set(_ value: Value) {
        let waiters = state.withLock { state -> [CheckedContinuation<Value, Never>] in
            guard state.value == nil else { return [] }
            state.value = value
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume(returning: value) }
    }

    /// The value, as soon as there is one.
    public func value() async -> Value {
        await withCheckedContinuation { waiter in
            let known = state.withLock { state -> Value? in
                if state.value == nil { state.waiters.append(waiter) }
                return state.value
            }
            if let known { waiter.resume(returning: known) }
        }
    }
}
