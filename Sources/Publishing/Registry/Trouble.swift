import Model

/// Failures of a remote that may pass, counted until they are too many or take too long.
struct Trouble {
    private let deadline: ContinuousClock.Instant
    private let limit: Int
    private var failures = 0
    /// Why the last call came to nothing.
    var last: StrataError?
    /// True once all that is left is a last look at the remote.
    private(set) var isOver = false

    init(within span: Duration, limit: Int) {
        deadline = .now + span
        self.limit = limit
    }

    /// How long to wait before the next call.
    /// - Parameter mustLook: whether the remote has to be asked once more, even if there is no time for more.
    /// - Throws: the error, if another call is not worth it.
    mutating func pause(after error: StrataError, mustLook: Bool) throws(StrataError) -> Duration {
        guard [.connection, .timedOut, .unavailable].contains(error.code) else { throw error }
        if isOver { throw last ?? error }
        failures += 1
        last = error
        let pause = min(Duration.milliseconds(250) * (1 << min(failures, 5)), .seconds(5))
        if failures < limit, .now + pause < deadline { return pause }
        guard mustLook else { throw error }
        isOver = true
        return .milliseconds(250)
    }
}

extension RegistryRemote {
    /// Fetches branches, again while the connection fails.
    func fetchPatiently(
        _ branches: [String], note: (String) -> Void
    ) async throws -> [String: any RegistrySnapshot] {
        var trouble = Trouble(within: deadline, limit: 5)
        while true {
            do { return try await fetch(branches: branches) } catch let error as StrataError {
                let pause = try trouble.pause(after: error, mustLook: false)
                note("\(error.message); trying again")
                try await Task.sleep(for: pause)
            }
        }
    }
}
