import Model
import Synchronization

/// Opens when a region makes no progress: then nothing more is tried there in this run, and its deadline is paid once, not
/// once for each layer.
public struct CircuitBreaker: Sendable, Hashable, Codable {
    /// Failures in a row after which it opens.
    static let limit = 3

    private var failures = 0
    /// Why nothing more is tried; nil while it is closed.
    public private(set) var reason: String?

    public init() {}

    mutating func succeeded() { failures = 0 }

    mutating func failed(_ error: StrataError) {
        guard reason == nil else { return }
        switch error.code {
        case _ where error.isRegionWide: failures = Self.limit
        case .connection, .unavailable, .throttled: failures += 1
        default: return
        }
        if failures >= Self.limit { reason = error.message }
    }
}

/// The circuit breakers of a run's regions, wherever they are kept: in memory, or where all processes of a fleet see them.
public struct CircuitBreakers: Sendable {
    let read: @Sendable (Region) async throws -> CircuitBreaker
    let change: @Sendable (Region, @Sendable (inout CircuitBreaker) -> Void) async throws -> CircuitBreaker

    /// - Parameter change: changes a region's breaker and gives back what it is then.
    public init(
        read: @escaping @Sendable (Region) async throws -> CircuitBreaker,
        change: @escaping @Sendable (Region, @Sendable (inout CircuitBreaker) -> Void) async throws -> CircuitBreaker
    ) {
        self.read = read
        self.change = change
    }

    public static func inMemory() -> CircuitBreakers {
        let table = Table()
        return CircuitBreakers(
            read: { region in table.breakers.withLock { $0[region] ?? CircuitBreaker() } },
            change: { region, change in
                table.breakers.withLock {
                    change(&$0[region, default: CircuitBreaker()])
                    return $0[region] ?? CircuitBreaker()
                }
            })
    }

    private final class Table: Sendable {
        let breakers = Mutex<[Region: CircuitBreaker]>([:])
    }
}

extension StrataError {
    /// True if the next publication in the region would fail as this one did, after as long a wait.
    var isRegionWide: Bool { [.timedOut, .credentials, .accessDenied, .quota].contains(code) }

    /// True if the provider could not be asked, as opposed to the ledger.
    var isOutside: Bool {
        switch code {
        case .throttled, .unavailable, .timedOut, .connection, .credentials, .accessDenied, .unsupported,
            .invalidRequest, .quota, .file:  // a folder that stands in for Lambda has files that fail
            true
        default: false
        }
    }

    /// True if the other side certainly did nothing: it refused, or was never reached.
    var leavesNoTrace: Bool {
        switch code {
        case .throttled, .credentials, .accessDenied, .quota, .unsupported, .invalidRequest, .tooLarge, .refused: true
        default: false
        }
    }
}
