import Model
import Synchronization

/// An answer that holds a secret: it goes from libcurl's buffer into locked memory, and is wiped in both.
///
/// What TLS has decrypted into buffers of its own is not in reach.
package final class SecretAnswer: Sendable {
    private let bytes = Mutex(LockedBytes(capacity: 16 << 10))

    /// A secret has 64 KiB at most, which JSON may make six times as long.
    private static let limit = ByteCount(512 << 10)

    package init() {}

    /// Takes the answer while it arrives, from its beginning at each attempt.
    package var stream: HTTPStream {
        HTTPStream(limit: Self.limit) { [self] _ throws(StrataError) in
            bytes.withLock { $0.removeAll() }
        } receive: { [self] piece throws(StrataError) in
            bytes.withLock { $0.append(piece) }
            // libcurl has handed them over and does not look at them again; its buffer would keep them.
            LockedBytes.wipe(UnsafeMutableRawBufferPointer(mutating: piece))
        }
    }

    /// The text at a path of members.
    ///
    /// - Returns: nil if there is none, or the answer is no JSON.
    package func text(_ path: String...) -> LockedBytes? { text(path) }

    package func text(_ path: [String]) -> LockedBytes? {
        bytes.withLock { bytes in bytes.withBytes { SecretJSON.text(path, in: $0) } }
    }
}
