import Model
import Site

extension RegistryWriter {
    /// What `main` promises outweighs what a ledger believes: a ledger that was lost, is older than the registry, or is
    /// another registry's, would publish everything again and write over what consumers rely on.
    ///
    /// Nothing has to be read while the branch is at the commit that this ledger has written.
    ///
    /// - Throws: `refused` if the branch lists a release that the ledger does not know.
    func requireKnownPromises(_ session: Session) async throws {
        let recorder = session.recorder
        let remote = look?() ?? self.remote
        let shown = try await Checkpoint(session.ledger.checkpoint("shown:\(main)"))
        let snapshots = try await remote.fetchPatiently([main]) { recorder.record(.warning($0)) }
        guard let snapshot = snapshots[main], let tip = snapshot.tip, tip != shown?.commit else { return }
        var unknown: [Release] = []
        for layer in try await snapshot.layers() {
            let known = try await session.ledger.states(of: session.ledger.items(of: layer)).flatMap(\.releases)
            let arns = Set(known.map(\.arn))
            do {
                unknown += try await snapshot.listed(of: layer).filter { !arns.contains($0.arn) }
            } catch let error as StrataError where error.code == .inconsistent && !known.isEmpty {
                continue  // damaged, and made anew from what the ledger knows
            }
        }
        guard let first = unknown.first else { return }
        throw StrataError(
            .refused,
            "'\(main)' lists \(unknown.count == 1 ? "a release" : "\(unknown.count) releases") that the ledger does not "
                + "know, such as \(first.arn): the ledger was lost, is older than the registry, or belongs to another one",
            hint: "nothing was published; bring the newest ledger back, or move this one away and run "
                + "'strata reconcile --rebuild', which fills a new one from the registry")
    }
}

extension RegistrySnapshot {
    fileprivate func layers() async throws -> [LayerName] {
        try await withFiles { files in
            let names = try files.files(below: "layers").compactMap { $0.split(separator: "/").dropFirst().first }
            return Set(names.compactMap { LayerName(String($0)) }).sorted()
        }
    }

    /// The releases that the branch lists of a layer and that still exist.
    fileprivate func listed(of layer: LayerName) async throws -> [Release] {
        try await withFiles { files in
            try RegistryReader { try files.file($0) }.listedReleases(of: layer).filter { $0.status != .deleted }
        }
    }
}
