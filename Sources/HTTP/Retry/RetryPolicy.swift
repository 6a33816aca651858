import Model

/// How often, and after which waits, something is tried again: exponential, with full jitter.
/// https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
public struct RetryPolicy: Sendable, Hashable {
    /// The first try included.
    public var attempts: Int
    /// The longest wait after the first failure; it doubles with each further one.
    public var base: Duration
    /// The longest wait of all. A server that asks for more is not asked again.
    public var cap: Duration

    public init(attempts: Int = 5, base: Duration = .milliseconds(200), cap: Duration = .seconds(20)) {
        self.attempts = max(1, attempts)
        self.base = base
        self.cap = cap
    }

    /// A single try.
    public static let never = RetryPolicy(attempts: 1)

    /// The wait after failure number `failures`, or nil if there is to be no further try.
    ///
    /// - Parameters:
    ///   - requested: what `Retry-After` asked for; the wait is at least this, and the jitter comes on top.
    ///   - random: a number in 0..<1.
    public func wait(afterFailures failures: Int, requested: Duration?, random: Double) -> Duration? {
        guard failures < attempts else { return nil }
        let ceiling = min(cap, base * (1 << min(max(failures - 1, 0), 20)))
        guard let requested, requested > .zero else { return ceiling * random }
        guard requested <= cap else { return nil }
        return requested + min(base, ceiling) * random
    }
}

/// Whether a failure is worth another try.
public enum RetryAdvice: Sendable, Hashable {
    case giveUp
    /// After the policy's wait, or after what the server asked for.
    case again(after: Duration? = nil)

    /// What can be said without knowing the service: lost connections, timeouts, throttling and failing servers pass.
    /// An `HTTPStatusFailure` as the cause says how long to wait.
    public init(_ error: StrataError) {
        switch error.code {
        case .timedOut, .connection, .throttled, .unavailable:
            self = .again(after: (error.cause as? HTTPStatusFailure)?.retryAfter)
        default: self = .giveUp
        }
    }
}

/// The cause of an error that a service made of an HTTP status.
public struct HTTPStatusFailure: Error, Sendable, CustomStringConvertible {
    public let status: Int
    /// The service's own word for it, as `TooManyRequestsException`.
    public let code: String?
    public let retryAfter: Duration?

    public init(status: Int, code: String? = nil, retryAfter: Duration? = nil) {
        self.status = status
        self.code = code
        self.retryAfter = retryAfter
    }

    public var description: String { "HTTP \(status)" + (code.map { " \($0)" } ?? "") }
}
