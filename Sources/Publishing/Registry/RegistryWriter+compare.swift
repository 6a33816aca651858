import Model
import Synchronization

extension RegistryWriter {
    /// The files that are not what the ledger's state gives. Nothing is written.
    ///
    /// A file that differs on a commit of ours is stale; on somebody else's commit it was edited by hand.
    func differences(from ledger: any Ledger) async throws -> [Difference] {
        var differences: [Difference] = []
        for branch in try await branches() {
            guard let tip = try await remote.tips([branch.branch])[branch.branch] else {
                differences.append(
                    Difference(.staleFile, file: branch.branch, "the branch '\(branch.branch)' does not exist"))
                continue
            }
            let isOurs = try await Checkpoint(ledger.checkpoint(branch.checkpointName))?.commit == tip
            let states = try await ledger.allChanges(since: 0)
            let found = Mutex<[FileChange]>([])
            _ = try await remote.push(
                BranchUpdate(
                    branch: branch.branch, tip: tip, date: Timestamp(seconds: 0), last: nil, maySquash: false,
                    changes: { existing in
                        let changes = try branch.render(states, true, existing)
                        found.withLock { $0 = changes }
                        return []
                    }, message: { _ in "" }))
            differences += found.withLock { $0 }.map { change in
                Difference(
                    isOurs ? .staleFile : .handEdit, file: "\(branch.branch):\(change.path)",
                    "\(change.path) on \(branch.branch) is not what the ledger gives")
            }
        }
        return differences
    }

    /// Writes every file that differs, whatever the marks say.
    func rewrite(_ session: Session) async throws {
        for branch in try await branches() {
            try await session.ledger.setCheckpoint(branch.checkpointName, nil, lease: session.lease)
        }
        try await bringUpToDate(session)
    }
}
