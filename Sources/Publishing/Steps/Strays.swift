import Model
import Planning

/// Versions of a layer's name that are above all that the ledger knows there: left by a ledger that was lost or set back,
/// with the registry or without it, or somebody else's.
///
/// Nothing is published beside them. One region is asked before each publication of a build, and no other if nothing is
/// there. After the ledger was filled from the registry, each region is: what a run had published and not listed is in no
/// file.
struct Strays: Sendable {
    let session: Session
    let build: Build
    let artifact: Build.Artifact
    let state: ItemState
    /// The publications whose versions are looked after elsewhere: as open intents, or as versions that may appear late.
    /// To take one over would be to race with whoever removes it.
    let inFlight: Set<Intent.Publication>

    /// - Parameter publication: the act of publishing that is about to begin, or that another delivery of this call began.
    init(
        _ session: Session, _ build: Build, _ artifact: Build.Artifact, _ state: ItemState,
        before publication: Intent.Publication
    ) async throws {
        self.session = session
        self.build = build
        self.artifact = artifact
        self.state = state
        let decided = try await session.latePublications().map(\.intent)
        inFlight = Set((state.openIntents + decided).map(\.id.publication) + [publication])
    }

    /// Takes versions of the build over that are there already.
    ///
    /// - Returns: what is still to be published.
    /// - Throws: `NameTaken` if something else is there.
    func takingOver(_ wanted: [PublishAction]) async throws -> [PublishAction] {
        if try await !isUntouchedSinceFilled, try await isClear(wanted) { return wanted }
        return try await withThrowingTaskGroup(of: (PublishAction, Finding).self) { group in
            for action in wanted { group.addTask { (action, try await look(into: action)) } }
            var (left, beside): (Set<PublishAction>, [VersionSummary]) = ([], [])
            for try await (action, finding) in group {
                if !finding.isDone { left.insert(action) }
                beside += finding.beside
            }
            tell(beside)
            return wanted.filter(left.contains)
        }
    }

    /// What looking into a region came to.
    private struct Finding: Sendable {
        /// Whether there is nothing more to do there in this run.
        var isDone = false
        /// What else is there and stays.
        var beside: [VersionSummary] = []
    }

    /// Whether nothing was published of the item since the ledger was filled from the registry.
    private var isUntouchedSinceFilled: Bool {
        get async throws {
            guard let text = try await session.ledger.checkpoint(FilledCheckpoint.name), let filled = Timestamp(text)
            else { return false }
            return state.releases.allSatisfy { $0.published <= filled }
        }
    }

    /// Whether the first region that answers has nothing that is not known.
    private func isClear(_ wanted: [PublishAction]) async throws -> Bool {
        let circuits = session.circuits
        for action in wanted where try await circuits.read(action.region).reason == nil {
            do {
                return try await within(session.context.options.noProgress, session.context) {
                    try await find(action).isEmpty
                }
            } catch let error as StrataError where error.isOutside {
                _ = try await circuits.change(action.region) { $0.failed(error) }
            }
        }
        return true
    }

    /// The versions under a name that are above what the ledger knows of it, newest first.
    private func find(_ action: PublishAction) async throws -> [VersionSummary] {
        let there = try await session.provider.versions(of: action.name, in: action.region)
        let known = state.releases.map(\.id).filter { id in
            (id.name, id.region) == (action.name, action.region) && id.account == there.first?.id.account
        }
        let highest = known.map(\.number).max() ?? 0
        return there.filter { version in
            version.id.number > highest
                && LayerDescription.publication(in: version.description).map(inFlight.contains) != true
        }
    }

    private func look(into action: PublishAction) async throws -> Finding {
        let found: [VersionSummary]
        do { found = try await find(action) } catch let error as StrataError where error.isOutside {
            // It is asked again when it is to publish, and tells it then.
            return Finding()
        }
        guard !found.isEmpty else { return Finding() }
        do {
            if let ours = try await ours(found) {
                try await takeOver(ours, for: action)
                return Finding(isDone: true, beside: found.filter { $0.id != ours.id })
            }
            for stray in found where try await isPromised(stray) {
                throw NameTaken(id: stray.id, count: found.count, owner: try await owner(of: stray.id))
            }
            return Finding(beside: found)
        } catch let aborted as RunAborted {
            throw aborted.cause
        } catch let mismatch as DigestMismatch {
            throw mismatch.error
        } catch let error as StrataError where error.code == .accessDenied {
            // Who may not look closer leaves it to people.
            throw NameTaken(id: found[0].id, count: found.count, owner: try await owner(of: found[0].id))
        } catch let error as StrataError where error.isOutside {
            // It may be ours: another beside it would be one too many.
            session.recorder.record(.pending(.init(action.item, action.region, error), .pending))
            return Finding(isDone: true)
        }
    }

    /// The newest that holds the build's bytes.
    private func ours(_ found: [VersionSummary]) async throws -> PublishedVersion? {
        for stray in found where LayerDescription.tells(stray.description, of: artifact.sha256) {
            if let version = try await session.provider.version(stray.id), version.sha256 == artifact.sha256 {
                return version
            }
        }
        return nil
    }

    /// Whether somebody may rely on a version: what a publisher of ours left when it died, before it let anybody read it,
    /// nobody does.
    private func isPromised(_ stray: VersionSummary) async throws -> Bool {
        guard LayerDescription.publication(in: stray.description) != nil, session.desired.visibility != .private else {
            return true
        }
        return try await !session.provider.policy(of: stray.id).isEmpty
    }

    /// Another item that a version is recorded for: it had the name before the names' template was changed.
    private func owner(of id: Release.ID) async throws -> Item? {
        for try await items in session.ledger.itemPages() {
            for other in try await session.ledger.states(of: items)
            where other.releases.contains(where: { $0.id == id }) {
                return other.item
            }
        }
        return nil
    }

    private func takeOver(_ version: PublishedVersion, for action: PublishAction) async throws {
        let intent = Intent(
            id: Intent.ID(session.context.environment.newPublication(), action.region.code),
            work: .publish(
                item: action.item, buildNumber: action.buildNumber, sha256: version.sha256, region: action.region,
                name: action.name, account: version.id.account),
            begun: session.now)
        try await session.ledger.begin([intent], lease: session.lease)
        _ = try await session.adopt(version, build, for: intent)
    }

    private func tell(_ beside: [VersionSummary]) {
        guard let first = beside.map(\.id).min() else { return }
        let which = beside.count == 1 ? "\(first) is" : "\(beside.count) versions, such as \(first), are"
        session.recorder.record(
            .warning(
                "\(which) there and not known as releases of \(state.item): 'strata reconcile --fix' lists those that are "
                    + "builds of this registry, and --adopt the others as external ones"))
    }
}

/// A layer's name has versions that are not the build's, above all that the ledger knows of it.
struct NameTaken: Error {
    let id: Release.ID
    let count: Int
    /// What it was published for, if the ledger knows.
    let owner: Item?

    var error: StrataError {
        let versions = count == 1 ? "a version" : "\(count) versions"
        if let owner {
            return StrataError(
                .refused,
                "\(id.name) exists in \(id.region) with \(versions) of \(owner): none is published on top of them",
                hint: "a name belongs to what it was published for: choose another publish.name, or call the layer "
                    + "something else",
                place: .init(region: id.region.code))
        }
        return StrataError(
            .refused,
            "\(id.name) exists in \(id.region) with \(versions) that neither this ledger nor the registry knows, such as "
                + "\(id.number): none is published beside them",
            hint:
                "if the ledger was set back, bring the newest one back; 'strata reconcile --fix' lists what is a build of "
                + "this registry, and --adopt the others as external ones; the next run goes on from there; or choose "
                + "another publish.prefix",
            place: .init(region: id.region.code))
    }
}
