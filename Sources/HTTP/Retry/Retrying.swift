import Model

/// Carries out a policy. The waits and the dice are given, so that tests need no time.
public struct Retrying: Sendable {
    public var policy: RetryPolicy
    /// Waits; throws if the task is cancelled meanwhile.
    public var sleep: @Sendable (Duration) async throws -> Void
    /// A number in 0..<1.
    public var random: @Sendable () -> Double

    public init(
        _ policy: RetryPolicy,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
    ) {
        self.policy = policy
        self.sleep = sleep
        self.random = random
    }

    /// Runs `work` until it succeeds, fails for good, or the policy ends.
    ///
    /// - Parameters:
    ///   - advice: what a failure means.
    ///   - work: gets the number of the attempt, from 1.
    /// - Throws: the last failure, or `.cancelled`.
    public func callAsFunction<Value: Sendable>(
        advice: @Sendable (StrataError) async -> RetryAdvice = { RetryAdvice($0) },
        _ work: @Sendable (Int) async throws(StrataError) -> Value
    ) async throws(StrataError) -> Value {
        var attempt = 1
        while true {
            do throws(StrataError) {
                return try await work(attempt)
            } catch {
                guard case .again(let requested) = await advice(error),
                    let wait = policy.wait(afterFailures: attempt, requested: requested, random: random())
                else { throw error }
                do { try await sleep(wait) } catch { throw StrataError.cancelled }
                attempt += 1
            }
        }
    }
}
