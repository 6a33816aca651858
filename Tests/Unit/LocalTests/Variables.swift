import Synchronization

/// An environment of a test's own.
final class Variables: Sendable {
    private let values = Mutex<[String: String]>([:])

    subscript(name: String) -> String? {
        get { values.withLock { $0[name] } }
        set { values.withLock { $0[name] = newValue } }
    }
}
