import Model
import Site

/// Brings the registry's branches to what the ledger says: `main` first, read back, then the site.
///
/// The ledger remembers, for each branch, which commit shows which revision. While the remote is at that commit, only
/// what changed since is rendered; anything else (a new remote, a foreign commit, a changed fingerprint) renders all,
/// and still writes only the files whose bytes differ.
public struct RegistryWriter: Sendable {
    public let remote: any RegistryRemote
    /// Made when it is time to write: what they show includes the account, which needs credentials.
    public let branches: @Sendable () async throws -> [BranchRenderer]

    /// The branch whose files promise consumers what they can rely on.
    public let main: String
    /// Opens the repository for one look, so that no run keeps it from another before it has something to write.
    public let look: (@Sendable () -> any RegistryRemote)?

    /// Where the main branch's changes wait for people to merge them; nil if the branch itself is pushed to.
    public var proposing: Proposing?

    /// Told what the branch says of the registry, whenever it is written, or not to be written by this ledger.
    public var seen: (@Sendable (RegistryStamp) async throws -> Void)?

    public init(
        remote: any RegistryRemote, look: (@Sendable () -> any RegistryRemote)? = nil, main: String = "main",
        branches: @escaping @Sendable () async throws -> [BranchRenderer]
    ) {
        self.remote = remote
        self.main = main
        self.look = look
        self.branches = branches
    }

    /// - Parameter takesInOnly: whether only what people have merged is looked at, and shown on the site: no branch that waits
    ///   to be merged is changed.
    func update(_ session: Session, takesInOnly: Bool = false) async throws {
        let branches = try await self.branches()
        let recorder = session.recorder
        recorder.record(.began(.commit, count: branches.count))
        let run = session.context.environment.newPublication()
        let note = { @Sendable (text: String) in recorder.record(.warning(text)) }
        // One connection for all of them. A branch that moves meanwhile is fetched again.
        let inRepository = branches.filter { $0.place == nil }.map(\.branch)
        let snapshots = try await remote.fetchPatiently(
            inRepository + [proposing?.branch].compactMap(\.self), note: note)
        let report = recorder.report
        var published = report.published + report.adopted
        for branch in branches {
            if branch.branch == main, let proposing {
                let first = ProposalSnapshot(snapshots[main], on: snapshots[proposing.branch])
                let isShown = try await propose(
                    branch, by: proposing, from: first, session, takesInOnly: takesInOnly, note: note
                ) { snapshot in
                    try await draft(branch, on: snapshot, as: run, session) {
                        CommitMessage(published + $0, deprecated: report.deprecated, run: run)
                    }
                }
                // What people have not merged is not to be seen on the site either.
                guard isShown else { break }
                continue
            }
            let update = BranchUpdate(
                branch.branch, of: branch.place ?? remote, attempts: branch.place == nil ? 5 : 2, note: note)
            let done: (outcome: BranchUpdate.Outcome, basis: Basis)?
            do {
                done = try await update.run(from: snapshots[branch.branch]) { snapshot in
                    try await draft(branch, on: snapshot, as: run, session) {
                        CommitMessage(published + $0, deprecated: report.deprecated, run: run)
                    }
                }
            } catch let error as StrataError where branch.place != nil && error.code != .leaseHeld {
                // What the repository has been given stays; the place gets it from the next run. Files that cannot be
                // gone on from are made anew then.
                if error.code == .inconsistent {
                    try await session.ledger.setCheckpoint(branch.checkpointName, nil, lease: session.lease)
                }
                recorder.record(.siteBehind(.init(branch.branch, error)))
                continue
            }
            guard let done else { continue }
            // The site's commit tells what main's told.
            published += done.basis.news
            let tip: String?
            switch done.outcome {
            case .unchanged(let same): tip = same
            case .pushed(let commit, _):
                tip = commit.id
                tell(commit, done.basis, branch, recorder)
            }
            guard let tip else { continue }
            // Recorded after they were pushed: a date that readers never saw would be a promise kept too short.
            try await session.record(done.basis.announced)
            let shows = Checkpoint(commit: tip, revision: done.basis.revision, fingerprint: branch.fingerprint)
            try await session.ledger.setCheckpoint(branch.checkpointName, shows.text, lease: session.lease)
            try await belong(to: done.basis.stamp, session)
        }
    }

    /// What a commit was made from.
    struct Basis {
        /// The ledger's revision that its files show.
        let revision: Int
        /// What it is the first to list.
        let news: [RunReport.Published]
        /// The ends of releases that its files are the first to tell.
        let announced: [Event]
        let files: Int
        let bytes: ByteCount
        /// The files with somebody else's edits among those that it writes. Sorted.
        let overwritten: [String]
        /// What they say of the registry itself; nil for a branch that does not tell, or that nothing was written to.
        let stamp: RegistryStamp?
    }

    /// - Returns: nil if the branch shows all that the ledger holds.
    /// - Throws: `refused` if the ledger may not write there.
    private func draft(
        _ branch: BranchRenderer, on snapshot: any RegistrySnapshot, as run: String, _ session: Session,
        _ summary: ([RunReport.Published]) -> CommitMessage
    ) async throws -> (RegistryDraft, Basis)? {
        let (ledger, now) = (session.ledger, session.now)
        let isProposed = branch.branch == main && proposing != nil
        if branch.branch == main, !isProposed, let refusal = try await refusal(of: snapshot, ledger) {
            throw refusal.error
        }
        let shown = try await Checkpoint(ledger.checkpoint(branch.checkpointName))
        let from = shown?.isCurrent(snapshot.tip, branch) == true ? shown?.revision ?? 0 : 0
        let states = try await ledger.allChanges(since: from)
        let isDue = try await branch.seal?.isDue(on: snapshot, at: now) ?? false
        if states.isEmpty, from > 0, !isDue { return nil }
        let known = from == 0 ? states : try await ledger.wholeLayers(of: states)
        // What is pushed now is what readers see first: the files say so themselves.
        let told = try await branch.told(of: known, on: snapshot)
        let layers =
            !branch.announces
            ? known
            : known.map { state in
                let kept = state.keeping(told.compactMapValues(\.expires))
                return isProposed ? kept.announced(as: told) : kept.announcingEnds(at: now)
            }
        var changes = try await branch.changes(for: layers, isComplete: from == 0, reading: snapshot)
        let news = try await branch.news(in: layers, since: snapshot)
        let revision = states.map(\.revision).max() ?? from
        let message = changes.isEmpty && isDue ? CommitMessage(renewedBy: run) : summary(news)
        let stamp = try await stamp(&changes, of: branch, on: snapshot, as: run, revision, isDue: isDue, session)
        if let seal = branch.seal, let stamp, !changes.isEmpty {
            changes = try await seal.sealing(
                changes, companions: branch.companions(), stamp, at: now, on: snapshot)
        }
        let draft = RegistryDraft(
            message: message.text(for: changes, revision: revision), date: now, changes: changes,
            historyBudget: branch.historyBudget, isReadBack: branch.announces)
        let basis = Basis(
            revision: revision, news: news,
            announced: isProposed ? [] : zip(known, layers).flatMap { $1.changedReleases(since: $0) },
            files: changes.count, bytes: changes.reduce(ByteCount(0)) { $0 + $1.size },
            // Those who merge see what a proposal changes.
            overwritten: isProposed ? [] : try await snapshot.edited(since: shown?.commit, among: changes), stamp: stamp
        )
        return (draft, basis)
    }

    /// Lets a commit's changes say whose they are, and the ledger know it before they are pushed.
    ///
    /// - Returns: what the branch says of the registry afterwards, if it does.
    private func stamp(
        _ changes: inout [FileChange], of branch: BranchRenderer, on snapshot: any RegistrySnapshot, as run: String,
        _ revision: Int, isDue: Bool, _ session: Session
    ) async throws -> RegistryStamp? {
        guard let stamped = branch.stamped else { return nil }
        let former = try await snapshot.stamp()
        guard !changes.isEmpty || isDue else { return former }
        let belonging = try await Belonging(session.ledger.checkpoint(Belonging.checkpoint))
        let last = max(former?.revision ?? 0, belonging?.revision ?? 0)
        let stamp = RegistryStamp(
            id: former?.id ?? belonging?.id ?? session.context.environment.newPublication(),
            revision: max(last + 1, revision), run: run)
        let rendered = changes.last { $0.path == RegistryStamp.path }
        let file: [UInt8]?
        if case .write(let bytes) = rendered?.content {
            file = bytes
        } else {
            file = try await snapshot.withFiles { try $0.file(RegistryStamp.path) }
        }
        changes = changes.filter { $0.path != RegistryStamp.path } + [try stamped(stamp, file)]
        try await session.ledger.setCheckpoint(
            Belonging.checkpoint, Belonging.beginning(stamp, after: belonging).text, lease: session.lease)
        return stamp
    }

    /// Lets the ledger know what the branch says now.
    func belong(to stamp: RegistryStamp?, _ session: Session) async throws {
        guard let stamp else { return }
        try await seen?(stamp)
        let belonging = try await Belonging(session.ledger.checkpoint(Belonging.checkpoint))
        let next = belonging?.reaching(stamp) ?? Belonging(stamp)
        guard next != belonging else { return }
        try await session.ledger.setCheckpoint(Belonging.checkpoint, next.text, lease: session.lease)
    }

    func tell(_ commit: RegistryCommit, _ basis: Basis, _ branch: BranchRenderer, _ recorder: Recorder) {
        recorder.record(
            .committed(
                .init(
                    branch: commit.branch, commit: commit.id, files: basis.files, bytes: basis.bytes,
                    overwritten: basis.overwritten)))
        if !basis.overwritten.isEmpty { recorder.record(.warning(branch.overwrote(basis.overwritten))) }
    }
}

extension RegistrySnapshot {
    /// The files among some changes that others edited since our last commit. Empty if that is not known any more.
    fileprivate func edited(since last: String?, among changes: [FileChange]) async throws -> [String] {
        guard let last, last != tip, !changes.isEmpty else { return [] }
        let edited = try await withFiles { try $0.paths(changedSince: last, exceptIn: RunTrailer.isIn) }
        return changes.map(\.path).filter(edited.contains).sorted()
    }
}

extension BranchRenderer {
    var checkpointName: String { "shown:\(branch)" }

    fileprivate func overwrote(_ files: [String]) -> String {
        let named = files.prefix(5).joined(separator: ", ") + (files.count > 5 ? " and \(files.count - 5) more" : "")
        return "somebody else had edited \(named) on \(branch); what the ledger says was written over it, and their "
            + "edits are in the branch's history"
    }
}

extension ItemState {
    /// The same, with every end and every yank that was not visible before announced at a moment.
    func announcingEnds(at now: Timestamp) -> ItemState {
        var state = self
        for index in state.releases.indices where state.releases[index].isUnannounced {
            state.releases[index].announced = now
        }
        return state
    }

    /// The same with no end before the one that readers were told, unless they are told why.
    func keeping(_ promised: [String: Timestamp]) -> ItemState {
        var state = self
        for index in state.releases.indices where !state.releases[index].isEndedEarly {
            guard let end = state.releases[index].expires, let told = promised[state.releases[index].arn], told > end
            else { continue }
            state.releases[index].expires = told
        }
        return state
    }

    fileprivate func changedReleases(since former: ItemState) -> [Event] {
        zip(former.releases, releases).filter { $0 != $1 }.map { .released($1) }
    }
}

extension Release {
    var isUnannounced: Bool {
        announced == nil && (status == .yanked || status == .deprecated && expires != nil)
    }
}

extension Ledger {
    /// Every item that changed after a revision, page by page.
    func allChanges(since revision: Int) async throws -> [ItemState] {
        var states: [ItemState] = []
        var last = revision
        while true {
            let page = try await changes(since: last, limit: 1000)
            states += page
            guard page.count >= 1000, let next = page.last?.revision else { return states }
            last = next
        }
    }
}

extension Ledger {
    /// The states of every item of the layers that some items belong to: files are rendered by layer.
    func wholeLayers(of changed: [ItemState]) async throws -> [ItemState] {
        var items: [Item] = []
        for layer in Set(changed.map(\.item.layer)).sorted() {
            items += try await self.items(of: layer)
        }
        return try await states(of: items)
    }
}

/// Which commit of a branch shows which revision of the ledger.
struct Checkpoint {
    let commit: String
    let revision: Int
    let fingerprint: String

    init(commit: String, revision: Int, fingerprint: String) {
        self.commit = commit
        self.revision = revision
        self.fingerprint = fingerprint
    }

    /// An unreadable mark counts as none: everything is rendered and compared.
    init?(_ text: String?) {
        let parts = text?.split(separator: " ") ?? []
        guard parts.count == 3, let revision = Int(parts[1]) else { return nil }
        self.init(commit: String(parts[0]), revision: revision, fingerprint: String(parts[2]))
    }

    var text: String { "\(commit) \(revision) \(fingerprint)" }

    func isCurrent(_ tip: String?, _ branch: BranchRenderer) -> Bool {
        tip == commit && fingerprint == branch.fingerprint
    }
}
