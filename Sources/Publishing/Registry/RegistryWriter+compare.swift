import Model

extension RegistryWriter {
    /// The files that are not what the ledger's state gives. Nothing is written.
    ///
    /// A file that differs on a commit of ours is stale; on somebody else's commit it was edited by hand.
    func differences(from ledger: any Ledger) async throws -> [Difference] {
        let branches = try await branches()
        var snapshots = try await remote.fetchPatiently(
            branches.filter { $0.place == nil }.map(\.branch) + [proposing?.branch].compactMap(\.self)
        ) { _ in }
        let waiting = try await waiting(among: snapshots, ledger)
        for case let place? in branches.map(\.place) { snapshots[place.name] = try await place.fetch(place.name) }
        let states = try await ledger.allChanges(since: 0)
        var differences: [Difference] = []
        for branch in branches {
            // The site shows what main shows: until that is merged, it cannot be told whether it is right.
            if waiting != nil, branch.branch != main { continue }
            let view = branch.branch == main ? waiting ?? snapshots[main] : snapshots[branch.branch]
            guard let snapshot = view, let tip = snapshot.tip else {
                let reason =
                    branch.place == nil
                    ? "the branch '\(branch.branch)' does not exist"
                    : "the site is not at \(branch.branch), or not all of it"
                differences.append(Difference(.staleFile, file: branch.branch, reason))
                continue
            }
            let isOurs =
                if branch.branch == main, waiting != nil { true } else {
                    try await Checkpoint(ledger.checkpoint(branch.checkpointName))?.commit == tip
                }
            var states = states
            if branch.branch == main, proposing != nil, let real = snapshots[main] {
                let told = try await branch.told(of: states, on: real)
                states = states.map { $0.announced(as: told) }
            }
            let shown = states
            let lying: Set<String>
            let all: [FileChange]
            if branch.place != nil {
                lying = []
                all = try await branch.changes(for: shown, isComplete: true, reading: snapshot)
            } else {
                let changes: [FileChange]
                (lying, changes) = try await snapshot.withFiles { files in
                    let lying = Set(try branch.lyingFiles(shown, files.file))
                    return (lying, try branch.render(shown, true) { lying.contains($0) ? nil : try files.file($0) })
                }
                all = changes + (try await branch.staleCompanions(in: snapshot))
            }
            if all.isEmpty, let seal = branch.seal, try await seal.isDue(on: snapshot, at: nil) {
                differences.append(
                    Difference(
                        isOurs ? .staleFile : .handEdit, file: "\(branch.branch):\(RegistryCheckpoint.path)",
                        "\(RegistryCheckpoint.path) on \(branch.branch) does not fit the files beside it"))
            }
            differences += all.map { change in
                let isLying = lying.contains(change.path)
                return Difference(
                    isOurs && !isLying ? .staleFile : .handEdit, file: "\(branch.branch):\(change.path)",
                    isLying
                        ? "\(change.path) on \(branch.branch) describes another build than the ledger, and never changes"
                        : "\(change.path) on \(branch.branch) is not what the ledger gives")
            }
        }
        return differences
    }

    /// Writes every file that differs, whatever the checkpoints say.
    func rewrite(_ session: Session) async throws {
        for branch in try await branches() {
            try await session.ledger.setCheckpoint(branch.checkpointName, nil, lease: session.lease)
        }
        if proposing != nil {
            try await session.ledger.setCheckpoint(ProposalMark.checkpoint, nil, lease: session.lease)
        }
        try await update(session)
    }
}
