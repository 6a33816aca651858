import Model
import Synchronization

/// Keeps the calls to each region of an account below a rate: a token bucket that holds one second's worth.
///
/// One instance serves everything that the process does in an account.
public final class CallRate: Sendable {
    private let interval: Duration
    private let burst: Duration
    /// By region: when the bucket will be full again, if nobody takes anything.
    private let fullAt = Mutex<[Region: ContinuousClock.Instant]>([:])

    /// - Parameter perSecond: more than 0.
    public init(perSecond: Double) {
        interval = .seconds(1 / max(perSecond, 0.001))
        burst = max(.seconds(1), interval)
    }

    /// Takes a place in the region's line.
    ///
    /// - Returns: how long to wait for it.
    package func reserve(_ region: Region, at now: ContinuousClock.Instant) -> Duration {
        fullAt.withLock { fullAt in
            let full = max(fullAt[region] ?? now, now) + interval
            fullAt[region] = full
            return max(.zero, now.duration(to: full) - burst)
        }
    }

    /// Waits for a turn in the region.
    ///
    /// - Throws: `.cancelled`; the place is lost then.
    func wait(_ region: Region) async throws(StrataError) {
        let wait = reserve(region, at: .now)
        guard wait > .zero else { return }
        do { try await Task.sleep(for: wait) } catch { throw StrataError(.cancelled, "cancelled") }
    }
}
