import Model
import Synchronization

/// Counts what is written, from any thread.
final class Tally: Sendable {
    private let counts = Mutex((files: 0, bytes: 0))

    var files: Int { counts.withLock { $0.files } }
    var bytes: Int { counts.withLock { $0.bytes } }

    func add(_ change: FileChange) {
        counts.withLock {
            $0.files += 1
            $0.bytes += change.size.bytes
        }
    }

    func add(_ files: Int) { counts.withLock { $0.files += files } }
}
