import Model

extension RegistryWriter {
    /// The files that are not what the ledger's state gives. Nothing is written.
    ///
    /// A file that differs on a commit of ours is stale; on somebody else's commit it was edited by hand.
    func differences(from ledger: any Ledger) async throws -> [Difference] {
        let branches = try await branches()
        let snapshots = try await remote.fetchPatiently(branches.map(\.branch)) { _ in }
        let states = try await ledger.allChanges(since: 0)
        var differences: [Difference] = []
        for branch in branches {
            guard let snapshot = snapshots[branch.branch], let tip = snapshot.tip else {
                differences.append(
                    Difference(.staleFile, file: branch.branch, "the branch '\(branch.branch)' does not exist"))
                continue
            }
            let isOurs = try await Checkpoint(ledger.checkpoint(branch.checkpointName))?.commit == tip
            let (lying, changes) = try await snapshot.withFiles { files in
                let lying = Set(try branch.lyingFiles(states, files.file))
                return (lying, try branch.render(states, true) { lying.contains($0) ? nil : try files.file($0) })
            }
            let all = changes + (try await branch.staleCompanions(in: snapshot))
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
        try await update(session)
    }
}
