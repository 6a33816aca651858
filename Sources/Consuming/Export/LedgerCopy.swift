import Model
import Tasks

/// Copies a ledger whole into another: every item with its revision, every open intent, every mark.
///
/// Both leases have to be held meanwhile. What was interrupted is resumed: items that are equal already are passed over.
public struct LedgerCopy: Sendable {
    /// How much a ledger holds.
    public struct Counts: Sendable, Hashable {
        public var items = 0
        public var builds = 0
        public var releases = 0
        public var intents = 0
        public var marks = 0
        public var revision = 0
    }

    /// What a copy came to, after both ledgers were compared item by item.
    public struct Summary: Sendable, Hashable {
        public let counts: Counts
        /// Items that were written; the others were there already.
        public let written: Int
    }

    private let source: any LedgerArchive
    private let target: any LedgerArchive
    private let lease: Lease

    /// - Parameter lease: of the target.
    public init(from source: any LedgerArchive, to target: any LedgerArchive, lease: Lease) {
        self.source = source
        self.target = target
        self.lease = lease
    }

    /// Copies, then compares.
    ///
    /// - Parameters:
    ///   - resuming: whether the target may hold something already.
    ///   - progress: told how many items are done.
    /// - Throws: `refused` if the target is not empty, or holds what the source does not; `inconsistent` if the copy is
    ///   not equal.
    public func run(resuming: Bool, progress: @Sendable (Int) -> Void = { _ in }) async throws -> Summary {
        if !resuming { try await refuseUnlessEmpty() }
        try await refuseStrangers()
        try await target.raiseRevision(to: source.revision(), lease: lease)
        var done = 0
        var written = 0
        try await eachPage(of: source) { items in
            let (wanted, found) = (try await source.states(of: items), try await target.states(of: items))
            let differing = zip(wanted, found).filter { $0 != $1 }.map(\.0)
            try await restore(differing)
            written += differing.count
            done += items.count
            progress(done)
        }
        let marks = try await target.checkpoints()
        for (name, value) in try await source.checkpoints().sorted(by: { $0.key < $1.key }) where marks[name] != value {
            try await target.setCheckpoint(name, value, lease: lease)
        }
        return Summary(counts: try await compare(), written: written)
    }

    private func restore(_ states: [ItemState]) async throws {
        try await states.forEachBounded(limit: 8) { try await target.restore($0, lease: lease) }
    }

    private func refuseUnlessEmpty() async throws {
        let items = try await target.items(after: nil, limit: 1)
        let intents = try await target.openIntents(after: nil, limit: 1)
        let marks = try await target.checkpoints()
        guard items.isEmpty, intents.isEmpty, marks.isEmpty else {
            throw StrataError(
                .refused, "the target ledger is not empty",
                hint: "use '--resume' if it holds a part of the same copy, or name an empty one")
        }
    }

    /// Nothing is ever removed from a ledger: what the source does not know speaks of another one.
    private func refuseStrangers() async throws {
        try await eachPage(of: target) { items in
            for state in try await source.states(of: items) where state.revision == 0 {
                throw StrataError(
                    .refused, "the target ledger has \(state.item), which the source does not",
                    hint: "name an empty ledger")
            }
        }
        let marks = try await source.checkpoints()
        if let stranger = try await target.checkpoints().keys.sorted().first(where: { marks[$0] == nil }) {
            throw StrataError(
                .refused, "the target ledger has a checkpoint '\(stranger)', which the source does not",
                hint: "name an empty ledger")
        }
    }

    /// - Throws: `inconsistent` with the first thing that differs.
    private func compare() async throws -> Counts {
        func different(_ what: String, _ item: Item? = nil) -> StrataError {
            StrataError(
                .inconsistent, "the copy differs: \(what)",
                hint: "another run may have been writing: run again with '--resume'", place: item?.place ?? .init())
        }
        var counts = Counts()
        try await eachPage(of: source) { items in
            let (wanted, found) = (try await source.states(of: items), try await target.states(of: items))
            for (state, copy) in zip(wanted, found) {
                guard state == copy else { throw different("its states are not equal", state.item) }
                counts.builds += state.builds.count
                counts.releases += state.releases.count
            }
            counts.items += items.count
        }
        var copied = 0
        try await eachPage(of: target) { copied += $0.count }
        guard copied == counts.items else { throw different("\(counts.items) items became \(copied)") }
        let (open, openThere) = (try await allIntents(source), try await allIntents(target))
        guard open == openThere else { throw different("its open intents are not equal") }
        let (marks, marksThere) = (try await source.checkpoints(), try await target.checkpoints())
        guard marks == marksThere else { throw different("its checkpoints are not equal") }
        let (revision, revisionThere) = (try await source.revision(), try await target.revision())
        guard revision == revisionThere else { throw different("revision \(revision) became \(revisionThere)") }
        (counts.intents, counts.marks, counts.revision) = (open.count, marks.count, revision)
        return counts
    }

    private func eachPage(of ledger: any LedgerArchive, _ body: ([Item]) async throws -> Void) async throws {
        for try await page in ledger.itemPages(of: 100) { try await body(page) }
    }

    private func allIntents(_ ledger: any LedgerArchive) async throws -> [Intent] {
        var intents: [Intent] = []
        while true {
            let page = try await ledger.openIntents(after: intents.last?.id, limit: 500)
            if page.isEmpty { return intents }
            intents += page
        }
    }
}
