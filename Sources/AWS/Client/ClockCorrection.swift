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

    /// Learns from the date of an answer.
    ///
    /// - Returns: how far our time is off, if so far that it matters; positive if our clock is behind.
    func learn(from head: HTTPHead) -> Duration? {
        guard let date = head.serverDate else { return nil }
        let error = date - corrected
        guard abs(error.components.seconds) > 60 else { return nil }
        offset.withLock { $0 = date - now() }
        return error
    }
}
