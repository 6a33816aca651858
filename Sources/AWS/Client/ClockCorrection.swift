import HTTP
import Model
import Synchronization

/// The difference between this machine's clock and AWS's, learned when a signature is refused for its date.
public final class ClockCorrection: Sendable {
    private let offset = Mutex(Duration.zero)
    private let now: @Sendable () -> Timestamp

    public init(now: @escaping @Sendable () -> Timestamp) { self.now = now }

    /// AWS's time, as far as it is known.
    public var corrected: Timestamp { now() + offset.withLock { $0 } }

    /// How far this machine's clock is behind AWS's, as far as it is known; negative if it is ahead.
    public var known: Duration { offset.withLock { $0 } }

    /// Learns from the date of an answer.
    ///
    /// - Parameter used: the time that the refused call was signed with.
    /// - Returns: true if another attempt would be signed with a time that differs so much that it matters. Of calls
    ///   that were refused side by side one has taught us the time, and all may be tried again.
    func learn(from head: HTTPHead, signedAt used: Timestamp) -> Bool {
        guard let date = head.serverDate else { return false }
        if (date - corrected).isNotable { offset.withLock { $0 = date - now() } }
        return (corrected - used).isNotable
    }
}

extension Duration {
    /// AWS allows five minutes; a date in a header is rounded, and an answer takes its time.
    fileprivate var isNotable: Bool { abs(components.seconds) > 60 }
}
