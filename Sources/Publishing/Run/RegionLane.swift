import Model
import Planning

/// One publication to carry out in one region.
struct RegionJob: Sendable {
    let action: PublishAction
    /// What it replaces in the region.
    let replaced: [DeprecateAction]
    let layer: any PreparedLayer
    let intent: Intent.ID
    let state: ItemState
}

extension Publisher {
    /// Works through a region's jobs, a few at a time. Once the region makes no progress, the rest of its jobs are
    /// pending without a try: its deadline is paid once, not once for each layer.
    func runLane(
        _ region: Region, _ jobs: AsyncStream<RegionJob>, _ lease: Lease, _ book: ReportBook
    ) async throws {
        let breaker = RegionBreaker()
        try await withThrowingTaskGroup(of: Void.self) { group in
            var running = 0
            for await job in jobs {
                if running >= options.perRegion {
                    try await group.next()
                    running -= 1
                }
                running += 1
                group.addTask { try await publish(job, lease, book, breaker) }
            }
            try await group.waitForAll()
        }
    }

    /// Publishes, verifies, grants and records in one region. A failure there is data; only the ledger's is thrown.
    private func publish(
        _ job: RegionJob, _ lease: Lease, _ book: ReportBook, _ breaker: RegionBreaker
    ) async throws {
        let action = job.action
        do {
            try await breaker.check()
            let version = try await within(deadline(for: job)) { try await release(job) }
            let events = events(
                publishing: action, as: version, replacing: job.replaced, in: job.state, now: surroundings.now())
            try await recording { try await ledger.settle(job.intent, events: events, lease: lease) }
            surroundings.report(
                .published(action.item, action.region, version: action.version, number: version.id.number))
            await breaker.succeeded()
            await book.write {
                $0.deprecated += job.replaced.count
                $0.published.append(
                    .init(
                        item: action.item, region: action.region, version: action.version, serial: action.serial,
                        number: version.id.number))
            }
        } catch let error as LedgerFailure {
            throw error.underlying
        } catch {
            try await postpone(job, error, lease, book, breaker)
        }
    }

    /// Publishes a job's layer, and reads back what consumers will get before anybody may get it.
    private func release(_ job: RegionJob) async throws -> PublishedVersion {
        let version = try await provider.publish(job.layer, as: job.action.name, in: job.action.region)
        return try await confirm(version.id, holds: job.layer.package.sha256)
    }

    /// Verifies a version's bytes, then grants, then reads the policy back.
    func confirm(_ id: Release.ID, holds sha256: ContentDigest) async throws -> PublishedVersion {
        guard let version = try await provider.version(id) else {
            throw StrataError(.unavailable, "version \(id.number) of \(id.name) was published, but cannot be read back")
        }
        guard version.sha256 == sha256 else { throw WrongBytes(id: id, found: version) }
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
                try await surroundings.sleep(deadline)
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let value = first else {
                throw StrataError(.timedOut, "no progress within \(deadline.components.seconds) s")
            }
            return value
        }
    }

    private func postpone(
        _ job: RegionJob, _ error: any Error, _ lease: Lease, _ book: ReportBook, _ breaker: RegionBreaker
    ) async throws {
        let action = job.action
        let place = StrataError.Place(
            layer: action.item.layer.text, target: action.item.target.description, region: action.region.code)
        if Task.isCancelled || error is CancellationError { throw CancellationError() }
        if let wrong = error as? WrongBytes {
            try await ledger.settle(
                job.intent, events: [.released(wrong.quarantined(job.action, surroundings.now()))], lease: lease)
        }
        let known = (error as? WrongBytes)?.error ?? StrataError.wrapping(error, .unavailable, "\(error)")
        if let cut = await breaker.failed(known) { surroundings.report(.regionCutOff(action.region, reason: cut)) }

        let kind: Note.Kind = known.code == .unsupported ? .unavailable : .pending
        let old = job.state.notes[action.region]
        let note = Note(
            kind: kind, reason: known.message,
            since: old?.kind == kind && kind == .pending ? old?.since ?? surroundings.now() : surroundings.now())
        let noted: [Event] = old == note ? [] : [.noted(action.item, action.region, note)]
        if known.leavesNoTrace {
            try await ledger.settle(job.intent, events: noted, lease: lease)
        } else if !noted.isEmpty {
            // The intent stays open: the next run looks whether it happened.
            try await ledger.record(noted, lease: lease)
        }
        surroundings.report(.pending(action.item, action.region, known.at(place)))
        if kind == .pending {
            await book.write {
                $0.pending.append(
                    .init(item: action.item, region: action.region, reason: known.message, hint: known.hint))
            }
        }
    }

    private func recording(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch {
            throw LedgerFailure(underlying: error)
        }
    }
}

/// A failure of the ledger ends the run, unlike a region's.
private struct LedgerFailure: Error { let underlying: any Error }

/// A version that does not hold the bytes that were sent. It is kept, never granted and never listed.
struct WrongBytes: Error {
    let id: Release.ID
    let found: PublishedVersion

    var error: StrataError {
        StrataError(
            .badWheel, "\(id) holds other bytes (\(found.sha256.hex.prefix(12))) than were sent; it is quarantined",
            hint: "the next run publishes again; delete the version by hand if it stays")
    }

    func quarantined(_ action: PublishAction, _ now: Timestamp) -> Release {
        Release(
            id: id, item: action.item, serial: action.serial, arn: found.arn, status: .quarantined, published: now,
            reason: "other bytes than were sent")
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

/// Opens when a region makes no progress; then nothing more is tried there in this run.
actor RegionBreaker {
    private var failures = 0
    private var reason: String?

    func check() throws(StrataError) {
        if let reason { throw StrataError(.refused, "not tried: \(reason)") }
    }

    func succeeded() { failures = 0 }

    /// - Returns: why the region is cut off, if this failure cut it off.
    func failed(_ error: StrataError) -> String? {
        guard reason == nil else { return nil }
        switch error.code {
        case .timedOut, .credentials, .accessDenied, .quota: failures = 3
        case .connection, .unavailable, .throttled: failures += 1
        default: return nil
        }
        guard failures >= 3 else { return nil }
        reason = error.message
        return reason
    }
}
