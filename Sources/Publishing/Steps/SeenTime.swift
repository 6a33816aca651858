import Model

/// When runs were, by a clock that nothing confirms: the ledger's mark `clock`. AWS tells what time it is; a folder that
/// stands in for it does not.
struct SeenTime: Sendable, Hashable {
    static let mark = "clock"
    /// So far a clock may go on between two runs before it is doubted.
    static let leap = Duration.seconds(100 * 86_400)
    /// So long it has to go on from there before it is believed again.
    static let patience = Duration.seconds(7 * 86_400)

    private let last: Timestamp
    /// What the clock said when it had leapt, while it is not believed yet.
    private let leapt: Timestamp?

    init(last: Timestamp, leapt: Timestamp? = nil) { (self.last, self.leapt) = (last, leapt) }

    /// An unreadable mark counts as none.
    init?(_ text: String?) {
        let times = (text?.split(separator: " ") ?? []).compactMap { Timestamp(String($0)) }
        guard let last = times.first else { return nil }
        self.init(last: last, leapt: times.dropFirst().first)
    }

    var text: String { ([last] + [leapt].compactMap(\.self)).map(\.description).joined(separator: " ") }

    /// The same after another run.
    func seeing(_ now: Timestamp) -> SeenTime {
        if now > last + Self.leap { return SeenTime(last: now, leapt: now) }
        // A clock that was set back was wrong before.
        let isDoubted = now >= last && leapt.map { now < $0 + Self.patience } ?? false
        return SeenTime(last: now, leapt: isDoubted ? leapt : nil)
    }

    /// Why the time is not to be believed; nil if it is.
    func doubt(_ now: Timestamp) -> String? {
        let next = seeing(now)
        guard let leapt = next.leapt else { return nil }
        let before = leapt == now ? "it was \(last.date) at the last run" : "it leapt there on \(leapt.date)"
        let days = Self.patience.components.seconds / 86_400
        return
            "this machine's clock says \(now.date), and \(before): nothing is deleted before it has gone on for \(days) "
            + "days from there, or with --trust-clock"
    }
}

extension Session {
    /// Remembers the time, where nothing but this machine's clock tells it.
    func noteTheTime() async throws {
        guard context.options.hasOwnClock else { return }
        let known = try await SeenTime(ledger.checkpoint(SeenTime.mark))
        let next = known?.seeing(now) ?? SeenTime(last: now)
        try await ledger.setCheckpoint(SeenTime.mark, next.text, lease: lease)
    }
}

extension PublishingContext {
    /// Why nothing is to be deleted by this machine's clock; nil if it may be believed.
    func doubtOfTime() async throws -> String? {
        guard options.hasOwnClock, !options.trustsClock else { return nil }
        return try await SeenTime(ledger.checkpoint(SeenTime.mark))?.doubt(environment.now())
    }
}
