import Crypto
import Dispatch
import Model
import Synchronization

/// Computes the digest of what is written on a thread of its own, since it takes as long as the writing.
final class RunningDigest: Sendable {
    private let hasher = Mutex(SHA256())
    private let queue = DispatchQueue(label: "strata.digest")
    /// How many parts may wait, so that memory stays bounded.
    private let slots = DispatchSemaphore(value: 2)

    /// Adds a part; waits while too many are ahead of it.
    func add(_ part: ArraySlice<UInt8>) {
        slots.wait()
        queue.async { [self] in
            part.withUnsafeBytes { bytes in hasher.withLock { $0.update(bufferPointer: bytes) } }
            slots.signal()
        }
    }

    /// The digest of all parts, once they are through.
    func finish() -> ContentDigest {
        queue.sync { hasher.withLock { ContentDigest($0.finalize()) } }
    }
}
