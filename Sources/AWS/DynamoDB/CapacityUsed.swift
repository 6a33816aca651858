import Synchronization

/// What the calls to a table have cost so far, as DynamoDB itself counted it.
///
/// One read unit reads 4 KB strongly consistent, one write unit writes 1 KB; in a transaction both cost twice.
/// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html
public final class CapacityUsed: Sendable {
    /// An amount of units.
    public struct Units: Sendable, Hashable {
        public var read = 0.0
        public var write = 0.0
        /// How many calls that was.
        public var calls = 0

        public init() {}
    }

    private let state = Mutex(Units())

    public init() {}

    public var units: Units { state.withLock { $0 } }

    func add(read: Double = 0, write: Double = 0) {
        state.withLock {
            $0.read += read
            $0.write += write
            $0.calls += 1
        }
    }
}
