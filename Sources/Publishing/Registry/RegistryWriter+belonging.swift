import Model
import Site

/// What `main` promises outweighs what a ledger believes: a ledger that was lost, is older than the registry, or is
/// another registry's, would publish everything again and write over what consumers rely on.
extension RegistryWriter {
    /// Looks, before anything is changed, whether the ledger may write to the registry. Where the configuration asks for
    /// it, a ledger that is empty or behind is filled from the registry first.
    ///
    /// - Throws: `refused` if it may not.
    func requireBelonging(_ session: Session) async throws {
        let recorder = session.recorder
        // What was merged is taken in below, from the same clone.
        let remote = proposing == nil ? look?() ?? self.remote : self.remote
        let snapshots = try await remote.fetchPatiently([main]) { recorder.record(.warning($0)) }
        guard let snapshot = snapshots[main] else { return }
        guard proposing == nil || snapshot.tip != nil else {
            throw StrataError(
                .notFound, "the registry has no branch '\(main)', which a request could be merged into",
                hint: "make it with a first commit, of any file")
        }
        guard let refusal = try await refusal(of: snapshot, session.ledger) else {
            let shown = try await Checkpoint(session.ledger.checkpoint("shown:\(main)"))
            if proposing != nil, snapshot.tip != shown?.commit { try await update(session, takesInOnly: true) }
            if try await standing(of: snapshot, session.ledger) == .behind { recorder.record(.warning(setBack)) }
            return
        }
        guard session.context.options.rebuildsLedger, refusal.isMendedByRebuilding else { throw refusal.error }
        if try await !session.ledger.hasNothingOfItsOwn {
            recorder.record(.warning("'\(main)' is ahead of this ledger, which takes from it what it lacks"))
        }
        _ = try await fill(from: snapshot, session)
        if let refusal = try await self.refusal(of: snapshot, session.ledger) { throw refusal.error }
    }

    /// Why a ledger may not write.
    struct Refusal: Sendable {
        let error: StrataError
        /// Whether the ledger only lacks what the registry can tell it.
        let isMendedByRebuilding: Bool
    }

    /// Why the ledger may not write on a snapshot; nil if it may. Nothing has to be read of a commit that this ledger has
    /// written, and little of one that tells in its stamp whose it is.
    func refusal(of snapshot: any RegistrySnapshot, _ ledger: any Ledger) async throws -> Refusal? {
        let shown = try await Checkpoint(ledger.checkpoint("shown:\(main)"))
        guard let tip = snapshot.tip, tip != shown?.commit else { return nil }
        let isEmpty = try await ledger.hasNothingOfItsOwn
        let belonging = try await Belonging(ledger.checkpoint(Belonging.checkpoint))
        let stamp = try await snapshot.stamp()
        if let refusal = refusal(of: stamp, belonging, isEmpty: isEmpty) {
            if let stamp { try await seen?(stamp) }
            return refusal
        }
        let (unknown, other) = try await unshared(with: snapshot, ledger)
        if Standing(stamp, belonging) == .unclaimed {
            // As a ledger that was imported: whatever it is, it lacks nothing.
            if unknown.isEmpty, other.isEmpty { return nil }
            return strange("this ledger never wrote to '\(main)', which is at revision \(stamp?.revision ?? 0)")
        }
        return unknown.first.map { unknownPromises(unknown.count, such: $0, isEmpty: isEmpty) }
    }

    /// Why a ledger may not write, as far as the registry's stamp tells it.
    private func refusal(of stamp: RegistryStamp?, _ belonging: Belonging?, isEmpty: Bool) -> Refusal? {
        switch Standing(stamp, belonging) {
        case .own, .behind, .unmarked: return nil
        case .unclaimed:
            guard isEmpty else { return nil }
            return Refusal(
                error: refused(
                    "'\(main)' is at revision \(stamp?.revision ?? 0), and this ledger is empty",
                    "fill it from the registry with 'strata reconcile --rebuild'"),
                isMendedByRebuilding: true)
        case .foreign:
            return strange(
                "'\(main)' is the registry \(stamp?.id ?? ""), and this ledger is of the registry "
                    + (belonging?.id ?? ""))
        case .ahead:
            return Refusal(
                error: refused(
                    "'\(main)' is ahead of this ledger: another one wrote revision \(stamp?.revision ?? 0), and this one "
                        + "knows revision \(belonging?.revision ?? 0)",
                    "bring the newest ledger back, or run 'strata reconcile --rebuild', which takes from the registry what "
                        + "this one lacks"),
                isMendedByRebuilding: true)
        }
    }

    /// Looks, without the registry at hand, whether a ledger may write there.
    /// - Throws: `refused` if it may not.
    func require(_ ledger: any Ledger, belongingToWhatSaid stamp: RegistryStamp) async throws {
        let isEmpty = try await ledger.hasNothingOfItsOwn
        let belonging = try await Belonging(ledger.checkpoint(Belonging.checkpoint))
        if let refusal = refusal(of: stamp, belonging, isEmpty: isEmpty) { throw refusal.error }
    }

    /// How the registry stands to the ledger.
    func standing(of snapshot: any RegistrySnapshot, _ ledger: any Ledger) async throws -> Standing {
        guard snapshot.tip != nil else { return .unmarked }
        return Standing(try await snapshot.stamp(), try await Belonging(ledger.checkpoint(Belonging.checkpoint)))
    }

    /// Makes a registry the ledger's own that was another's, if nothing that it lists is unknown.
    func takeOver(_ session: Session) async throws {
        let snapshot = try await remote.fetch(main)
        guard let stamp = try await snapshot.stamp() else { return }
        let (unknown, _) = try await unshared(with: snapshot, session.ledger)
        if let first = unknown.first { throw unknownPromises(unknown.count, such: first, isEmpty: false).error }
        try await session.ledger.setCheckpoint(Belonging.checkpoint, Belonging(stamp).text, lease: session.lease)
    }

    /// What the main branch lists of some layers, by ARN; nil if it does not tell.
    func listed(of layers: Set<LayerName>, _ session: Session) async throws -> [String: Release]? {
        guard let listed = try await branches().first(where: { $0.branch == main })?.listed else { return nil }
        let remote = look?() ?? self.remote
        let snapshots = try await remote.fetchPatiently([main]) { session.recorder.record(.warning($0)) }
        guard let snapshot = snapshots[main], snapshot.tip != nil else { return [:] }
        return try await snapshot.withFiles { files in
            let releases = try layers.sorted().flatMap { layer in try listed(layer) { try files.file($0) } }
            return Dictionary(releases.map { ($0.arn, $0) }) { first, _ in first }
        }
    }

    /// The releases that the branch lists, without those that are gone: which the ledger does not know, and which it knows
    /// otherwise. A damaged file of a known layer is passed over: it is made anew from what the ledger knows.
    private func unshared(
        with snapshot: any RegistrySnapshot, _ ledger: any Ledger
    ) async throws -> (unknown: [Release], other: [Release]) {
        var (unknown, other): ([Release], [Release]) = ([], [])
        for layer in try await snapshot.layers() {
            let known = try await ledger.states(of: ledger.items(of: layer)).flatMap(\.releases)
            let ours = Dictionary(known.map { ($0.arn, $0) }) { first, _ in first }
            do {
                for release in try await snapshot.listed(of: layer) {
                    guard let same = ours[release.arn] else {
                        unknown.append(release)
                        continue
                    }
                    if !same.isShown(as: release) { other.append(release) }
                }
            } catch let error as StrataError where error.code == .inconsistent && !known.isEmpty {
                continue
            }
        }
        return (unknown, other)
    }

    private func unknownPromises(_ count: Int, such first: Release, isEmpty: Bool) -> Refusal {
        let why =
            isEmpty
            ? "this ledger is empty"
            : "it was lost, is older than the registry, or belongs to another one"
        return Refusal(
            error: refused(
                "'\(main)' lists \(count == 1 ? "a release" : "\(count) releases") that the ledger does not know, such as "
                    + "\(first.arn): \(why)",
                isEmpty
                    ? "fill it from the registry with 'strata reconcile --rebuild'"
                    : "bring the newest ledger back, or move this one away and run 'strata reconcile --rebuild', which "
                        + "fills a new one from the registry"),
            isMendedByRebuilding: isEmpty)
    }

    private func strange(_ what: String) -> Refusal {
        Refusal(
            error: refused(
                what,
                "name the registry's own ledger; or move this one away and fill a new one with 'strata reconcile "
                    + "--rebuild'; or, if this one knows all that is listed there, let it write with 'strata reconcile "
                    + "--take-over'"),
            isMendedByRebuilding: false)
    }

    private func refused(_ what: String, _ hint: String) -> StrataError {
        StrataError(.refused, "\(what); nothing was published or pushed", hint: hint)
    }

    var setBack: String {
        "'\(main)' is behind this ledger: the remote was set back to an earlier revision; what it lacks is written again"
    }
}

extension PublishingContext {
    /// Fills a ledger that is empty from the registry, where the configuration asks for it: what is read from it next would
    /// be wrong.
    func fillingEmptyLedger(_ recorder: Recorder) async throws {
        guard options.rebuildsLedger, try await ledger.hasNothingOfItsOwn else { return }
        try await withSession(recorder) { try await registry.requireBelonging($0) }
    }

    /// Looks whether the ledger may write to the registry, for those who cannot read it.
    ///
    /// - Parameter stamp: what the registry last said of itself.
    /// - Throws: `refused` if it may not.
    public func requireBelonging(toWhatSaid stamp: RegistryStamp) async throws {
        try await registry.require(ledger, belongingToWhatSaid: stamp)
    }
}

extension Ledger {
    /// True if it was never published from: it is empty, or holds what was imported.
    var hasNothingOfItsOwn: Bool {
        get async throws {
            for try await items in itemPages(of: 100) {
                for state in try await states(of: items) {
                    guard state.openIntents.isEmpty, state.builds.allSatisfy({ $0.artifact == nil }) else {
                        return false
                    }
                }
            }
            return true
        }
    }
}

extension RegistrySnapshot {
    /// What the branch says of the registry; nil if there is none, or it says nothing.
    func stamp() async throws -> RegistryStamp? {
        guard tip != nil else { return nil }
        return try await withFiles { files in RegistryStamp(in: try files.file(RegistryStamp.path)) }
    }

    /// The layers that the branch holds, sorted.
    fileprivate func layers() async throws -> [LayerName] {
        try await withFiles { files in
            Set(try files.files(below: "layers").compactMap { LayerFolders.layer(of: $0) }).sorted()
        }
    }

    /// The releases that the branch lists of a layer and that still exist.
    fileprivate func listed(of layer: LayerName) async throws -> [Release] {
        try await withFiles { files in
            try RegistryReader { try files.file($0) }.listedReleases(of: layer).filter { $0.status != .deleted }
        }
    }
}

extension Release {
    /// Whether readers are told the same of it.
    fileprivate func isShown(as other: Release) -> Bool {
        (status, expires, reason, isPinned, isRevoked)
            == (other.status, other.expires, other.reason, other.isPinned, other.isRevoked)
    }
}
