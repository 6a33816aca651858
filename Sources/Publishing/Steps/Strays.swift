import Model
import Planning

/// Versions that are there and that neither the ledger nor the registry knows: left by a ledger that was lost before they
/// were listed, or somebody else's.
extension Session {
    /// Takes versions of a build over that are there already, before it is published again beside them.
    ///
    /// One region is asked before an item's first publication, and no other if nothing is there. After the ledger was
    /// filled from the registry, each region is: what a run had published and not listed is in no file.
    ///
    /// - Returns: what is still to be published.
    /// - Throws: `NameTaken` if something else is there where nothing of the item was ever published.
    func takingOverStrays(
        _ wanted: [PublishAction], _ build: Build, _ artifact: Build.Artifact, _ state: ItemState
    ) async throws -> [PublishAction] {
        let names = Set(wanted.map(\.name))
        let isFirst = state.releases.allSatisfy { $0.isExternal && !names.contains($0.id.name) }
        let isFilled = try await isUntouched(state)
        guard isFirst || isFilled else { return wanted }
        if !isFilled, try await isClear(wanted, state) { return wanted }
        return try await withThrowingTaskGroup(of: PublishAction?.self) { group in
            for action in wanted {
                group.addTask {
                    try await isSettled(action, build, artifact, state, isFirst: isFirst) ? nil : action
                }
            }
            let left = try await group.reduce(into: Set<PublishAction>()) { left, action in
                if let action { left.insert(action) }
            }
            return wanted.filter(left.contains)
        }
    }

    /// Whether nothing was published of an item since the ledger was filled from the registry.
    private func isUntouched(_ state: ItemState) async throws -> Bool {
        guard let text = try await ledger.checkpoint(FilledCheckpoint.name), let filled = Timestamp(text) else {
            return false
        }
        return state.releases.allSatisfy { $0.published <= filled }
    }

    /// Whether the first region that answers has nothing that is not known.
    private func isClear(_ wanted: [PublishAction], _ state: ItemState) async throws -> Bool {
        for action in wanted where try await circuits.read(action.region).reason == nil {
            do {
                return try await within(context.options.noProgress, context) {
                    try await strays(action, state).isEmpty
                }
            } catch let error as StrataError where error.isOutside {
                _ = try await circuits.change(action.region) { $0.failed(error) }
            }
        }
        return true
    }

    private func strays(_ action: PublishAction, _ state: ItemState) async throws -> [VersionSummary] {
        let known = Set(state.releases.map(\.id))
        return try await provider.versions(of: action.name, in: action.region).filter { !known.contains($0.id) }
    }

    /// - Returns: whether there is nothing more to do in the region in this run.
    private func isSettled(
        _ action: PublishAction, _ build: Build, _ artifact: Build.Artifact, _ state: ItemState, isFirst: Bool
    ) async throws -> Bool {
        let strays: [VersionSummary]
        do { strays = try await self.strays(action, state) } catch let error as StrataError where error.isOutside {
            // It is asked again when it is to publish, and tells it then.
            return false
        }
        do {
            for stray in strays where LayerDescription.tells(stray.description, of: artifact.sha256) {
                guard let version = try await provider.version(stray.id), version.sha256 == artifact.sha256 else {
                    continue
                }
                try await takeOver(version, build, for: action)
                return true
            }
        } catch let aborted as RunAborted {
            throw aborted.cause
        } catch let mismatch as DigestMismatch {
            throw mismatch.error
        } catch let error as StrataError where error.isOutside && error.code != .accessDenied {
            // It may be ours: another beside it would be one too many.
            recorder.record(.pending(.init(action.item, action.region, error), .pending))
            return true
        } catch let error as StrataError where error.code == .accessDenied {
            // Who may not look closer leaves it to people.
            if let ours = strays.first(where: { LayerDescription.tells($0.description, of: artifact.sha256) }) {
                throw NameTaken(id: ours.id, count: strays.count)
            }
        }
        if isFirst, let stray = strays.first { throw NameTaken(id: stray.id, count: strays.count) }
        return false
    }

    private func takeOver(
        _ version: PublishedVersion, _ build: Build, for action: PublishAction
    ) async throws {
        let intent = Intent(
            id: Intent.ID(context.environment.newPublication(), action.region.code),
            work: .publish(
                item: action.item, buildNumber: action.buildNumber, sha256: version.sha256, region: action.region,
                name: action.name, account: version.id.account),
            begun: now)
        try await ledger.begin([intent], lease: lease)
        _ = try await adopt(version, build, for: intent)
    }
}

/// The name of an item's first publication has versions that are not the build's.
struct NameTaken: Error {
    let id: Release.ID
    let count: Int

    var error: StrataError {
        StrataError(
            .refused,
            "\(id.name) exists in \(id.region) with \(count == 1 ? "a version" : "\(count) versions") that neither this "
                + "ledger nor the registry knows, the last being \(id.number): none is published beside them",
            hint:
                "'strata reconcile --fix' lists what is a build of this registry, and --adopt the others as external ones; "
                + "the next run goes on from there; or choose another publish.prefix",
            place: .init(region: id.region.code))
    }
}
