import Model
import Planning

/// One publication to carry out in one region.
public struct RegionJob: Sendable {
    public let action: PublishAction
    /// What it replaces in the region.
    public let replaced: [DeprecateAction]
    public let layer: any PreparedLayer
    /// Written down before.
    public let intent: Intent.ID
    /// When that was: what the release tells as its time, the same in all regions of a publication.
    public let begun: Timestamp
    /// What the ledger holds of the item.
    public let state: ItemState

    public init(
        action: PublishAction, replaced: [DeprecateAction], layer: any PreparedLayer, intent: Intent,
        state: ItemState
    ) {
        self.action = action
        self.replaced = replaced
        self.layer = layer
        self.intent = intent.id
        begun = intent.begun
        self.state = state
    }
}

/// What became of a publication in its region.
public enum RegionOutcome: Sendable {
    /// Published, verified, granted and recorded.
    case published(PublishedVersion)
    /// Not now, and why. The note is recorded; the intent is settled, or stays open if it may have taken effect.
    case postponed(Note.Kind, StrataError)
}

extension Publisher {
    /// Publishes, verifies, grants and records in one region. A failure there is data; only the ledger's is thrown.
    public func carryOut(_ job: RegionJob, _ lease: Lease) async throws -> RegionOutcome {
        let version: PublishedVersion
        do {
            version = try await within(deadline(for: job)) { try await release(job, lease) }
        } catch let ended as RunAborted {
            throw ended.cause
        } catch let error as PublishedUnverified {
            return try await postpone(job, error.cause, lease, isPublished: true)
        } catch {
            return try await postpone(job, error, lease)
        }
        let events = events(
            publishing: job.action, as: version, replacing: job.replaced, in: job.state, now: job.begun)
        try await ledger.close(job.intent, events: events, lease: lease)
        return .published(version)
    }

    /// Publishes a job's layer, and reads back what consumers will get before anybody may get it.
    private func release(_ job: RegionJob, _ lease: Lease) async throws -> PublishedVersion {
        // Between the intent and this moment the process may have slept while another run took over, settled the intent
        // and published: Lambda would take a second version of it.
        try await checkBeforeActing(lease)
        let version = try await provider.publish(job.layer, as: job.action.name, in: job.action.region)
        do {
            return try await confirm(version.id, holds: job.layer.package.sha256, lease)
        } catch let ended as RunAborted {
            throw ended
        } catch {
            throw PublishedUnverified(cause: error)
        }
    }

    /// Verifies a version's bytes, then grants, then reads the policy back.
    func confirm(_ id: Release.ID, holds sha256: ContentDigest, _ lease: Lease) async throws -> PublishedVersion {
        guard let version = try await provider.version(id) else {
            throw StrataError(.unavailable, "version \(id.number) of \(id.name) was published, but cannot be read back")
        }
        guard version.sha256 == sha256 else { throw DigestMismatch(id: id, found: version) }
        // A version that nobody will list must not be one that everybody can read.
        try await checkBeforeActing(lease)
        for grant in desired.visibility.grants {
            do {
                try await provider.grant(grant, on: id)
            } catch let error as StrataError where error.code == .conflict {
                continue  // granted before: by this run's lost answer, or by the run that died
            }
        }
        let present = Set(try await provider.policy(of: id))
        guard desired.visibility.grants.allSatisfy(present.contains) else {
            throw StrataError(.unavailable, "the permission of \(id) is not what was asked for, as read back")
        }
        return version
    }

    /// Lambda knows nothing of leases, so the last moment to notice that ours is lost is just before it is asked.
    private func checkBeforeActing(_ lease: Lease) async throws {
        do { try await ledger.check(lease) } catch { throw RunAborted(cause: error) }
    }

    /// The time that a publication gets: what every region gets, and a second for each 100 KB.
    private func deadline(for job: RegionJob) -> Duration {
        options.noProgress + .seconds(job.layer.package.size.bytes / 100_000)
    }

    /// - Throws: `timedOut` when the work is not done in time; it is cancelled then, and may have taken effect.
    func within<Value: Sendable>(
        _ deadline: Duration, _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await work() }
            group.addTask {
                try await runEnvironment.sleep(deadline)
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let value = first else {
                throw StrataError(.timedOut, "no progress within \(deadline.components.seconds) s")
            }
            return value
        }
    }

    /// Records why a region does not have an item's build yet.
    ///
    /// - Parameter isPublished: true if the version exists, or may exist, whatever the error says: the intent stays open,
    ///   so that the version is found again.
    /// - Throws: what the ledger throws, and `CancellationError` if it was the run that ended.
    func postpone(
        _ job: RegionJob, _ error: any Error, _ lease: Lease, isPublished: Bool = false
    ) async throws -> RegionOutcome {
        try await postpone(job.action, job.intent, job.state, error, lease, isPublished: isPublished)
    }

    func postpone(
        _ action: PublishAction, _ intent: Intent.ID, _ state: ItemState, _ error: any Error, _ lease: Lease,
        isPublished: Bool
    ) async throws -> RegionOutcome {
        if Task.isCancelled || error is CancellationError { throw CancellationError() }
        if let wrong = error as? DigestMismatch {
            try await ledger.close(
                intent, events: [.released(wrong.quarantined(action, runEnvironment.now()))], lease: lease)
        }
        let known = (error as? DigestMismatch)?.error ?? StrataError.wrapping(error, .unavailable, "\(error)")
        let kind: Note.Kind = known.code == .unsupported ? .unavailable : .pending
        let old = state.notes[action.region]
        let note = Note(
            kind: kind, reason: known.message,
            since: old?.kind == kind && kind == .pending ? old?.since ?? runEnvironment.now() : runEnvironment.now())
        let noted: [Event] = old == note ? [] : [.noted(action.item, action.region, note)]
        if known.leavesNoTrace, !isPublished {
            try await ledger.close(intent, events: noted, lease: lease)
        } else if !noted.isEmpty {
            // The intent stays open: the next run looks whether it happened.
            try await ledger.record(noted, lease: lease)
        }
        return .postponed(kind, known)
    }
}

/// Why the run has to end: the ledger says so, and not the region.
struct RunAborted: Error { let cause: any Error }

/// What went wrong after the version was published.
private struct PublishedUnverified: Error { let cause: any Error }

/// A version that does not hold the bytes that were sent. It is kept, never granted and never listed.
struct DigestMismatch: Error {
    let id: Release.ID
    let found: PublishedVersion

    var error: StrataError {
        StrataError(
            .badWheel, "\(id) holds other bytes (\(found.sha256.hex.prefix(12))) than were sent; it is quarantined",
            hint: "the next run publishes again; delete the version by hand if it stays")
    }

    func quarantined(_ action: PublishAction, _ now: Timestamp) -> Release {
        Release(
            id: id, item: action.item, buildNumber: action.buildNumber, arn: found.arn, status: .quarantined,
            published: now,
            reason: "other bytes than were sent")
    }
}

extension PublishAction {
    /// Where it happens, for errors.
    var place: StrataError.Place {
        StrataError.Place(layer: item.layer.text, target: item.target.description, region: region.code)
    }
}

extension StrataError {
    /// True if the other side certainly did nothing: it refused, or was never reached.
    fileprivate var leavesNoTrace: Bool {
        switch code {
        case .throttled, .credentials, .accessDenied, .quota, .unsupported, .invalidRequest, .tooLarge, .refused: true
        default: false
        }
    }
}
