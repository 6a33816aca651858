import Model

/// Brings the registry's branches to what the ledger says: `main` first, read back, then the site.
///
/// The ledger remembers, for each branch, which commit shows which revision. While the remote is at that commit, only
/// what changed since is rendered; anything else (a new remote, a foreign commit, a changed fingerprint) renders all,
/// and still writes only the files whose bytes differ.
public struct RegistryWriter: Sendable {
    public let remote: RegistryRemote
    /// Made when it is time to write: what they show includes the account, which needs credentials.
    public let branches: @Sendable () async throws -> [BranchRenderer]

    public init(remote: RegistryRemote, branches: @escaping @Sendable () async throws -> [BranchRenderer]) {
        self.remote = remote
        self.branches = branches
    }

    func bringUpToDate(_ session: Session) async throws {
        let branches = try await self.branches()
        session.recorder.record(.began(.commit, count: branches.count))
        let run = session.context.environment.newPublication()
        for branch in branches { try await update(branch, run, session) }
    }

    private func update(_ branch: BranchRenderer, _ run: String, _ session: Session) async throws {
        let (ledger, lease) = (session.ledger, session.lease)
        for _ in 0..<5 {
            let tip = try await remote.tips([branch.branch])[branch.branch]
            let shown = try await Checkpoint(ledger.checkpoint(branch.checkpointName))
            let from = shown?.isCurrent(tip, branch) == true ? shown?.revision ?? 0 : 0
            let states = try await ledger.allChanges(since: from)
            if states.isEmpty, from > 0 { return }
            let known = from == 0 ? states : try await ledger.wholeLayers(of: states)
            let now = session.now
            // What is pushed now is what readers see first: the files say so themselves.
            let layers = branch.announces ? known.map { $0.announcingEnds(at: now) } : known

            let revision = states.map(\.revision).max() ?? from
            let summary = CommitMessage(session.recorder.report, run: run, revision: revision)
            let outcome = try await remote.push(
                BranchUpdate(
                    branch: branch.branch, tip: tip, date: now, last: shown?.commit,
                    maySquash: branch.maySquash, changes: { try branch.render(layers, from == 0, $0) },
                    message: { summary.text(for: $0) }))
            let commit: String?
            switch outcome {
            case .moved: continue
            case .unchanged: commit = tip
            case .pushed(let pushed):
                commit = pushed.commit
                session.recorder.record(
                    .committed(
                        .init(
                            branch: branch.branch, commit: pushed.commit, files: pushed.files, bytes: pushed.bytes,
                            overwritten: pushed.overwritten)))
                if !pushed.overwritten.isEmpty {
                    session.recorder.record(.warning(branch.overwrote(pushed.overwritten)))
                }
            }
            if let commit {
                // Recorded after they were pushed: a date that readers never saw would be a promise kept too short.
                try await session.record(zip(known, layers).flatMap { $1.changedReleases(since: $0) })
                let shows = Checkpoint(commit: commit, revision: revision, fingerprint: branch.fingerprint)
                try await ledger.setCheckpoint(branch.checkpointName, shows.text, lease: lease)
            }
            return
        }
        throw StrataError(
            .git, "the branch '\(branch.branch)' moved five times while it was being written",
            hint: "somebody else writes to the registry; run again when they are done")
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
    /// The same, with every end that was not visible before announced at a moment.
    func announcingEnds(at now: Timestamp) -> ItemState {
        var state = self
        for index in state.releases.indices where state.releases[index].isUnannounced {
            state.releases[index].announced = now
        }
        return state
    }

    fileprivate func changedReleases(since former: ItemState) -> [Event] {
        zip(former.releases, releases).filter { $0 != $1 }.map { .released($1) }
    }
}

extension Release {
    fileprivate var isUnannounced: Bool { status == .deprecated && expires != nil && announced == nil }
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
