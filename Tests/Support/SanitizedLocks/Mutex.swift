import Glibc

/// Stands in for `Synchronization.Mutex` in a build for the thread sanitizer, under the same name: `Package.swift` has the
/// compiler take this module for that one. The original is made of futexes, which the sanitizer does not see lock; this one
/// is a lock of pthreads, which it does.
///
/// What it is called with and what it promises are the original's.
public struct Mutex<Value: ~Copyable>: ~Copyable {
    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private let value: UnsafeMutablePointer<Value>

    public init(_ initialValue: consuming sending Value) {
        lock = .allocate(capacity: 1)
        lock.initialize(to: pthread_mutex_t())
        precondition(pthread_mutex_init(lock, nil) == 0)
        value = .allocate(capacity: 1)
        value.initialize(to: initialValue)
    }

    deinit {
        value.deinitialize(count: 1)
        value.deallocate()
        pthread_mutex_destroy(lock)
        lock.deallocate()
    }

    public borrowing func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        precondition(pthread_mutex_lock(lock) == 0)
        defer { pthread_mutex_unlock(lock) }
        return try body(&value.pointee)
    }
}

// The pointers are this value's alone; what they point to is touched under the lock only.
extension Mutex: @unchecked Sendable where Value: ~Copyable {}
