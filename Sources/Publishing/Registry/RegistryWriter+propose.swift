import Model
import Site

/// A main branch that only people change: what is new waits on another branch, as one commit on main's tip, until somebody
/// merges it. Everything that protects consumers is read from main itself.
extension RegistryWriter {
    /// Takes in what main shows by now, and proposes what it does not show.
    ///
    /// - Returns: whether main shows all that the ledger holds.
    /// - Throws: what a push throws. What is wrong with the request or its branch is recorded: the run goes on.
    func propose(
        _ branch: BranchRenderer, by proposing: Proposing, from first: ProposalSnapshot?, _ session: Session,
        takesInOnly: Bool, note: @escaping @Sendable (String) -> Void,
        _ draft: (any RegistrySnapshot) async throws -> (RegistryDraft, Basis)?
    ) async throws -> Bool {
        let ledger = session.ledger
        var held: (request: MergeRequest?, trouble: StrataError?)?
        var message = ""
        var base: String?
        let remote = ProposalRemote(remote: remote, main: main, branch: proposing.branch)
        let done = try await BranchUpdate(main, of: remote, note: note).run(from: first) {
            snapshot async throws -> (RegistryDraft, Basis)? in
            guard let snapshot = snapshot as? ProposalSnapshot else {
                throw StrataError(.inconsistent, "this is not a snapshot of '\(main)' and '\(proposing.branch)'")
            }
            held = nil
            if let refusal = try await refusal(of: snapshot, ledger) { throw refusal.error }
            try await takeIn(branch, snapshot, session)
            let mark = try await ProposalMark(ledger.checkpoint(ProposalMark.checkpoint))
            if let mark, try await mark.isCurrent(on: snapshot, branch, session) {
                held = (nil, nil)
                if takesInOnly { return nil }
                do { held?.request = try await proposing.requests.find() } catch let error as StrataError {
                    held = (mark.request, error)
                }
                if held?.request != nil || held?.trouble != nil { return nil }
                held = nil
            }
            guard let (wanted, basis) = try await draft(snapshot) else { return nil }
            guard !wanted.changes.isEmpty else { return (wanted, basis) }
            if takesInOnly {
                held = (nil, nil)
                return nil
            }
            if let trouble = try await strangers(on: snapshot, mark, ledger) {
                held = (mark?.request, trouble)
                return nil
            }
            (message, base) = (wanted.message, snapshot.tip)
            return (wanted, basis)
        }
        var mark = try await ProposalMark(ledger.checkpoint(ProposalMark.checkpoint))
        switch done?.outcome {
        case .pushed(let commit, _):
            guard let basis = done?.basis else { return false }
            tell(commit, basis, branch, session.recorder)
            var next = ProposalMark(commit, on: base, revision: basis.revision, fingerprint: branch.fingerprint)
            next.request = mark?.request
            try await next.record(session)
            let text = ProposalText(message, from: proposing.branch, into: main)
            do {
                held = (try await proposing.requests.put(text.title, text.body), nil)
            } catch let error as StrataError {
                held = (nil, error)
            }
            mark = next
        case .unchanged(let tip?):
            guard let basis = done?.basis else { return false }
            let shows = Checkpoint(commit: tip, revision: basis.revision, fingerprint: branch.fingerprint)
            try await ledger.setCheckpoint(branch.checkpointName, shows.text, lease: session.lease)
            try await belong(to: basis.stamp, session)
        case .unchanged(nil), nil: break
        }
        if takesInOnly, held != nil { return false }
        if mark?.request != held?.request {
            mark?.request = held?.request
            try await mark?.record(session)
        }
        guard let held else { return true }
        session.recorder.record(
            .proposed(
                .init(
                    branch: proposing.branch, request: held.request, trouble: held.trouble?.message,
                    hint: held.trouble?.hint)))
        return false
    }

    /// Records what people have merged since it was last looked: that main shows the proposal, and the ends that readers
    /// see there from now on.
    private func takeIn(
        _ branch: BranchRenderer, _ snapshot: ProposalSnapshot, _ session: Session
    ) async throws {
        let ledger = session.ledger
        let shown = try await Checkpoint(ledger.checkpoint(branch.checkpointName))
        let states = try await ledger.allChanges(since: shown?.revision ?? 0)
        let told = try await branch.told(of: states, on: snapshot)
        try await session.record(
            states.flatMap(\.releases).filter { $0.isUnannounced && $0.isEnded(as: told[$0.arn]) }.map { release in
                var announced = release
                announced.announced = session.now
                return .released(announced)
            })
        guard let tip = snapshot.tip, tip != shown?.commit,
            let mark = try await ProposalMark(ledger.checkpoint(ProposalMark.checkpoint)), let tree = mark.tree,
            try await snapshot.tree() == tree
        else { return }
        let shows = Checkpoint(commit: tip, revision: mark.revision, fingerprint: mark.fingerprint)
        try await ledger.setCheckpoint(branch.checkpointName, shows.text, lease: session.lease)
        try await belong(to: try await snapshot.stamp(), session)
    }

    /// What others have put on the branch that holds the proposal, and what would be lost with it; nil if nothing would.
    private func strangers(
        on snapshot: ProposalSnapshot, _ mark: ProposalMark?, _ ledger: any Ledger
    ) async throws -> StrataError? {
        let proposal = snapshot.proposal
        guard let tip = proposal.tip, tip != mark?.commit else { return nil }
        let proposed = RegistryCommit(id: tip, branch: proposal.branch)
        if try await snapshot.main.includes(proposed) { return nil }
        let hint = "merge or close its request and delete the branch: the next run makes it anew"
        let belonging = try await Belonging(ledger.checkpoint(Belonging.checkpoint))
        switch Standing(try await proposal.stamp(), belonging) {
        case .own, .behind, .unmarked: break
        case .ahead, .foreign, .unclaimed:
            return StrataError(.refused, "'\(proposal.branch)' holds what another ledger has proposed", hint: hint)
        }
        let since = mark?.commit ?? snapshot.tip ?? ""
        let changed = try await proposal.withFiles { files in
            try files.paths(changedSince: since, exceptIn: RunTrailer.isIn).sorted().map { ($0, try files.file($0)) }
        }
        let lost = try await snapshot.withFiles { files in
            try changed.filter { path, bytes in try files.file(path) != bytes }.map(\.0)
        }
        guard let first = lost.first else { return nil }
        let more = lost.count > 1 ? " and \(lost.count - 1) more" : ""
        return StrataError(
            .refused,
            "somebody else has changed \(first.printable(200))\(more) on '\(proposal.branch)', which is left alone",
            hint: hint)
    }

    /// The branch that holds a proposal, if all that the ledger holds is on it or on main.
    func waiting(
        among snapshots: [String: any RegistrySnapshot], _ ledger: any Ledger
    ) async throws -> (any RegistrySnapshot)? {
        guard let proposing, let snapshot = snapshots[proposing.branch],
            let mark = try await ProposalMark(ledger.checkpoint(ProposalMark.checkpoint)),
            mark.commit == snapshot.tip, mark.base == snapshots[main]?.tip, mark.request != nil
        else { return nil }
        return snapshot
    }
}

extension ProposalMark {
    /// Whether all that main does not show is on the branch already.
    fileprivate func isCurrent(
        on snapshot: ProposalSnapshot, _ branch: BranchRenderer, _ session: Session
    ) async throws -> Bool {
        guard base == snapshot.tip, commit == snapshot.proposal.tip, fingerprint == branch.fingerprint,
            try await session.ledger.changes(since: revision, limit: 1).isEmpty
        else { return false }
        return try await branch.seal?.isDue(on: snapshot.proposal, at: session.now) != true
    }
}

extension ItemState {
    /// The same with no other word of when ends were announced than readers have: a file that people merge cannot say when
    /// that will be.
    func announced(as told: [String: Release]) -> ItemState {
        var state = self
        for index in state.releases.indices where state.releases[index].announced != nil {
            let same = told[state.releases[index].arn].flatMap { $0.status == state.releases[index].status ? $0 : nil }
            state.releases[index].announced = same?.announced
        }
        return state
    }
}

extension Release {
    /// Whether readers are told that it has an end, or was yanked.
    fileprivate func isEnded(as told: Release?) -> Bool {
        guard let told, told.status == status else { return false }
        return status == .yanked || told.end != nil
    }
}
