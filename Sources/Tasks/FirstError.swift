import Synchronization

/// Keeps the first of several errors that come from anywhere.
public final class FirstError<Failure: Error>: Sendable {
    private let error = Mutex<Failure?>(nil)

    /// Nothing has failed yet.
    public init() {}

    /// Keeps an error unless another came before it.
    public func set(_ next: Failure) { error.withLock { $0 = $0 ?? next } }

    /// Runs the body and keeps its error.
    public func catching(_ body: () throws(Failure) -> Void) {
        do throws(Failure) { try body() } catch { set(error) }
    }

    /// - Throws: the first error, if there is one.
    public func check() throws(Failure) {
        if let error = error.withLock(\.self) { throw error }
    }
}
