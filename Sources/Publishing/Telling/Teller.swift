import Model
import Synchronization
import Tasks

/// Where people are told, and of what.
public struct NoticeSink: Sendable {
    public let name: String
    public let kinds: Set<Notice.Kind>
    /// Must end when it is cancelled. What it throws is shown, so it holds no address that is a secret.
    public let send: @Sendable (Bulletin) async throws -> Void

    public init(_ name: String, _ kinds: Set<Notice.Kind>, send: @escaping @Sendable (Bulletin) async throws -> Void) {
        self.name = name
        self.kinds = kinds
        self.send = send
    }
}

/// Tells the sinks what a run came to: each news once, and once that it is over. What a sink was told is kept in the
/// ledger. It never fails and never takes longer than its bound.
public struct Teller: Sendable {
    public struct Rules: Sendable, Hashable {
        /// How long something may be pending before it is news.
        public var pendingAfter: Duration
        /// How long before an end it is told.
        public var endingWithin: Duration
        /// The share of an account's storage, in percent, from which on it is told.
        public var storageAbove: Int
        /// For one sink, tries included.
        public var deadline: Duration

        public init(
            pendingAfter: Duration = .seconds(86_400), endingWithin: Duration = .seconds(30 * 86_400),
            storageAbove: Int = 80, deadline: Duration = .seconds(30)
        ) {
            self.pendingAfter = pendingAfter
            self.endingWithin = endingWithin
            self.storageAbove = storageAbove
            self.deadline = deadline
        }
    }

    /// Where it is kept what sinks were told when the ledger cannot be reached.
    public struct Fallback: Sendable {
        let read: @Sendable (_ name: String) async -> String?
        /// Forgets what is nil.
        let write: @Sendable (_ name: String, _ value: String?) async -> Void

        public init(
            read: @escaping @Sendable (String) async -> String?,
            write: @escaping @Sendable (String, String?) async -> Void
        ) {
            self.read = read
            self.write = write
        }
    }

    private let sinks: [NoticeSink]
    private let rules: Rules
    private let desired: Desired
    private let ledger: @Sendable () async throws -> any Ledger
    private let environment: RunEnvironment
    private let fallback: Fallback?

    public init(
        _ sinks: [NoticeSink], _ rules: Rules, _ desired: Desired,
        ledger: @escaping @Sendable () async throws -> any Ledger, environment: RunEnvironment,
        fallback: Fallback? = nil
    ) {
        self.sinks = sinks
        self.rules = rules
        self.desired = desired
        self.ledger = ledger
        self.environment = environment
        self.fallback = fallback
    }

    /// Whether some sink wants to know of a kind.
    public func wants(_ kind: Notice.Kind) -> Bool { sinks.contains { $0.kinds.contains(kind) } }

    /// - Parameters:
    ///   - isWhole: whether the run was about all layers.
    ///   - storage: of the regions that answered; nil if none was asked.
    /// - Returns: what could not be told, a line each.
    public func tell(
        _ outcome: RunOutcome, isWhole: Bool, storage: [Region: CodeStorage]? = nil
    ) async -> [String] {
        guard !sinks.isEmpty, !outcome.isOvertaken else { return [] }
        let problems = Mutex<[String]>([])
        do {
            try await withDeadline(
                rules.deadline + .seconds(30), sleep: environment.sleep,
                late: StrataError(.timedOut, "not all sinks were told in time")
            ) {
                var news = News(outcome, isWhole: isWhole)
                if let storage { news.add(storage: storage, above: rules.storageAbove) }
                for problem in try await tell(news, outcome) { problems.withLock { $0.append(problem) } }
            }
        } catch {
            problems.withLock { $0.append("\(StrataError.wrapping(error, .inconsistent, "\(error)"))") }
        }
        return problems.withLock(\.self).map { "notify: \($0)" }
    }

    private func tell(_ news: News, _ outcome: RunOutcome) async throws -> [String] {
        let known: any Ledger
        let lease: Lease
        do {
            known = try await ledger()
            lease = try await acquire(known)
        } catch let error as StrataError where ![.cancelled, .leaseHeld].contains(error.code) {
            // A run that failed for its ledger is told all the same, and once, where there is a place to note it.
            return await tell(
                news, outcome, read: { await fallback?.read($0).flatMap(ToldMark.init(text:)) },
                write: { await fallback?.write($0, try $1.text()) })
        }
        var news = news
        if outcome.error == nil, wants(.ending),
            let releases = try? await known.expiring(by: environment.now() + rules.endingWithin, limit: Self.mostEnds)
        {
            news.add(ending: releases, desired, now: environment.now(), within: rules.endingWithin)
        }
        let problems = await tell(
            news, outcome,
            read: { name in
                let mark = try await known.checkpoint(name).flatMap(ToldMark.init(text:)) ?? ToldMark()
                return await fallback?.read(name).flatMap(ToldMark.init(text:)).map(mark.merging) ?? mark
            },
            write: { name, mark in
                try await known.setCheckpoint(name, try mark.text(), lease: lease)
                await fallback?.write(name, nil)
            })
        try? await known.release(lease)
        return problems
    }

    /// Two runs that end at the same time tell one after the other.
    private func acquire(_ ledger: any Ledger) async throws -> Lease {
        let end = ContinuousClock.now + .seconds(15)
        while true {
            do {
                return try await ledger.acquire(
                    "notify", holder: environment.holder, now: environment.now(), term: .seconds(120))
            } catch let error as StrataError where error.code == .leaseHeld && ContinuousClock.now < end {
                try await environment.sleep(.milliseconds(500))
            }
        }
    }

    private func tell(
        _ news: News, _ outcome: RunOutcome, read: @escaping @Sendable (String) async throws -> ToldMark?,
        write: @escaping @Sendable (String, ToldMark) async throws -> Void
    ) async -> [String] {
        let results = try? await sinks.boundedMap(limit: 8) { sink async throws(StrataError) -> String? in
            await tell(sink, news, outcome, read: read, write: write)
        }
        return (results ?? []).compactMap(\.self)
    }

    /// - Returns: why the sink could not be told.
    private func tell(
        _ sink: NoticeSink, _ news: News, _ outcome: RunOutcome,
        read: @Sendable (String) async throws -> ToldMark?, write: @Sendable (String, ToldMark) async throws -> Void
    ) async -> String? {
        let name = "notify.\(sink.name)"
        do {
            let mark = try await read(name) ?? ToldMark()
            let step = mark.taking(
                news, of: sink.kinds, now: environment.now(), patience: [.pending: rules.pendingAfter])
            var problem: String?
            if !step.notices.isEmpty {
                let bulletin = Bulletin(
                    registry: desired.registry, time: outcome.ended, status: outcome.status, notices: step.notices)
                problem = await send(bulletin, to: sink)
            }
            let next = problem == nil ? step.told : step.untold
            if next != mark { try await write(name, next) }
            return problem
        } catch {
            return "what '\(sink.name)' was told could not be noted: "
                + StrataError.wrapping(error, .inconsistent, "\(error)").message
        }
    }

    /// - Returns: why the sink could not be told.
    public func send(_ bulletin: Bulletin, to sink: NoticeSink) async -> String? {
        do {
            let deadline = rules.deadline
            try await withDeadline(
                deadline, sleep: environment.sleep,
                late: StrataError(.timedOut, "it did not answer within \(deadline)")
            ) {
                try await sink.send(bulletin)
            }
            return nil
        } catch {
            let known = StrataError.wrapping(error, .tool, "it failed")
            return "'\(sink.name)' was not told: \(known.message)" + (known.hint.map { "; \($0)" } ?? "")
        }
    }

    /// So many releases are looked at for ends that come; `prune` takes those away whose end has come.
    private static let mostEnds = 2000
}
