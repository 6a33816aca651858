import Model
import Planning

/// What came of one intent of a publication.
public enum IntentOutcome: Sendable {
    case published(PublishedVersion)
    /// It had been published before, and is verified, granted and recorded now.
    case adopted(PublishedVersion)
    /// It was settled before: nothing is left to do.
    case done
    case postponed(Note.Kind, StrataError)
}

extension Publisher {
    /// Carries out one publication that was written down, or finishes it if it had been begun.
    ///
    /// Everything is read from the ledger, and the region is asked whether the version exists before it is published,
    /// so the call can be repeated. Two calls at the same time are the caller's to prevent.
    ///
    /// - Parameters:
    ///   - cut: why nothing is tried in the region any more. The intent then stays open for the next run to look at.
    ///   - zip: fetches the build's zip and tells where it is; asked for only if it has to be published.
    /// - Throws: what the ledger and `zip` throw; a failure of the region is an outcome.
    public func carryOut(
        _ id: Intent.ID, of item: Item, _ lease: Lease, cut: String? = nil,
        zip: @escaping @Sendable (Build.Artifact) async throws -> String
    ) async throws -> IntentOutcome {
        guard let state = try await ledger.states(of: [item]).first,
            let intent = state.openIntents.first(where: { $0.id == id }),
            case .publish(_, let buildNumber, let sha256, let region, let name) = intent.work
        else { return .done }
        guard let build = state.build(buildNumber), let artifact = build.artifact, artifact.sha256 == sha256 else {
            throw StrataError(
                .inconsistent, "\(id) publishes build \(buildNumber), which the ledger does not know", place: item.place
            )
        }
        let action = PublishAction(
            item: item, buildNumber: buildNumber, version: build.version, region: region, name: name, reason: .backfill,
            replaces: nil)
        if let cut {
            let error = StrataError(.refused, "not tried: \(cut)")
            return try await told(postpone(action, id, state, error, lease, isPublished: true), action)
        }
        do {
            let version = try await within(options.noProgress) {
                let found = try await find(id.publication, sha256, as: name, in: region)
                guard let found else { return nil as PublishedVersion? }
                return try await adopt(found, item, buildNumber, region, intent, lease, Recorder())
            }
            if let version { return .adopted(version) }
        } catch let ended as RunAborted {
            throw ended.cause
        } catch let error as StrataError where error.isOutside {
            // Whether it was published is not known.
            return try await told(postpone(action, id, state, error, lease, isPublished: true), action)
        }
        let replaced = replacements(of: item, in: region, state, now: intent.begun)
        let path = try await zip(artifact)
        let prepared: any PreparedLayer
        do {
            prepared = try await provider.prepare(
                LayerPackage(build, artifact, at: path, in: id.publication), for: [region])
        } catch {
            return try await told(postpone(action, id, state, error, lease, isPublished: false), action)
        }
        let job = RegionJob(action: action, replaced: replaced, layer: prepared, intent: intent, state: state)
        return try await told(carryOut(job, lease), action)
    }

    private func told(_ outcome: RegionOutcome, _ action: PublishAction) -> IntentOutcome {
        switch outcome {
        case .published(let version):
            runEnvironment.report(
                .published(action.item, action.region, version: action.version, number: version.id.number))
            return .published(version)
        case .postponed(let kind, let error):
            runEnvironment.report(.pending(action.item, action.region, error.at(action.place)))
            return .postponed(kind, error)
        }
    }
}
