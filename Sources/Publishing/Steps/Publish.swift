import Model
import Planning

/// Carries out one publication that was written down as an intent, or finishes it if it had been begun.
///
/// Publishes, verifies, grants and records in one region. A failure there is an outcome; only the ledger's is thrown.
/// Two calls for one intent at the same time are the caller's to prevent.
public struct PublishStep: Step {
    public struct Input: Sendable, Hashable, Codable {
        public let intent: Intent.ID
        public let item: Item
        /// True if nobody can have begun it: then there is nothing to look for before publishing.
        public let isFresh: Bool

        public init(_ intent: Intent.ID, of item: Item, isFresh: Bool) {
            self.intent = intent
            self.item = item
            self.isFresh = isFresh
        }
    }

    /// What came of it.
    public enum Output: Sendable, Hashable, Codable {
        /// Published, verified, granted and recorded, as this version number.
        case published(number: Int)
        /// It had been published before, and is verified, granted and recorded now.
        case adopted(number: Int)
        /// It was closed before: nothing is left to do.
        case done
        /// Not now, and why. The intent stays open if it may have taken effect.
        case postponed(Note.Kind, reason: String)

        public var isFinal: Bool { if case .postponed = self { false } else { true } }
    }

    /// Where the layer's bytes come from.
    public enum Source: Sendable {
        /// Made ready before, for all regions.
        case prepared(any PreparedLayer)
        /// The zip of a build, fetched when it has to be published; the closure tells where it is then.
        case zip(@Sendable (Build.Artifact) async throws -> String)
        /// They could not be made ready, and why.
        case unprepared(StrataError)
    }

    private let source: Source
    private let known: ItemState?

    /// - Parameter known: the item's state, if nobody else has changed it in the region since it was read.
    public init(_ source: Source, known: ItemState? = nil) {
        self.source = source
        self.known = known
    }

    public func run(_ input: Input, _ session: Session) async throws -> Output {
        guard let job = try await job(input, session) else { return .done }
        if let reason = try await session.circuits.read(job.region).reason {
            let error = StrataError(.refused, "not tried: \(reason)")
            return try await postpone(job, error, mayExist: !input.isFresh, session)
        }
        if !input.isFresh {
            do {
                if let number = try await adopt(job, session) { return .adopted(number: number) }
            } catch let aborted as RunAborted {
                throw aborted.cause
            } catch let mismatch as DigestMismatch {
                return try await postpone(job, mismatch, mayExist: true, session)
            } catch let error as StrataError where error.isOutside {
                return try await postpone(job, error, mayExist: true, session)
            }
        }
        session.sent.began(job.intent)
        let output = try await publish(job, session)
        session.sent.finished(job.intent)
        return output
    }

    /// The publication with all that it needs; nil if its intent is not open any more.
    private func job(_ input: Input, _ session: Session) async throws -> Job? {
        if let known, let open = Job(input.intent, known) { return open }
        let state = try await session.state(of: input.item)
        guard state.openIntents.contains(where: { $0.id == input.intent }) else { return nil }
        guard let job = Job(input.intent, state) else {
            throw StrataError(
                .inconsistent, "\(input.intent) publishes a build that the ledger does not know",
                place: input.item.place)
        }
        return job
    }

    private func adopt(_ job: Job, _ session: Session) async throws -> Int? {
        let version = try await within(session.context.options.noProgress, session.context) {
            let found = try await session.find(job.intent, job.artifact.sha256, as: job.name, in: job.region)
            guard let found else { return nil as PublishedVersion? }
            return try await session.adopt(found, job.build, for: job.intent)
        }
        guard let version else { return nil }
        _ = try await session.circuits.change(job.region) { $0.succeeded() }
        return version.id.number
    }

    private func publish(_ job: Job, _ session: Session) async throws -> Output {
        let prepared: any PreparedLayer
        do {
            prepared = try await prepare(job, session)
        } catch let error as Unprepared {
            return try await postpone(job, error.cause, mayExist: false, wasSent: false, session)
        }
        let confirmed: ConfirmedVersion
        do {
            // What every region gets, and a second for each 100 KB.
            let deadline = session.context.options.noProgress + .seconds(prepared.package.size.bytes / 100_000)
            confirmed = try await within(deadline, session.context) { try await release(job, prepared, session) }
        } catch let aborted as RunAborted {
            throw aborted.cause
        } catch let error as PublishedUnverified {
            return try await postpone(job, error.cause, mayExist: true, session)
        } catch {
            return try await postpone(job, error, mayExist: false, session)
        }
        let replaced = session.replacements(of: job.state, in: job.region, now: job.intent.begun)
        let version = confirmed.version
        try await session.list(confirmed, job.build, replacing: replaced, in: job.state, closing: job.intent)
        _ = try await session.circuits.change(job.region) { $0.succeeded() }
        session.recorder.record(.published(.init(job.build, version), replaced: replaced.count))
        return .published(number: version.id.number)
    }

    private func prepare(_ job: Job, _ session: Session) async throws -> any PreparedLayer {
        switch source {
        case .prepared(let layer): return layer
        case .unprepared(let error): throw Unprepared(cause: error)
        case .zip(let fetch):
            let path = try await fetch(job.artifact)
            let package = LayerPackage(job.build, job.artifact, at: path, in: job.intent.id.publication)
            do {
                return try await session.provider.prepare(package, for: [job.region])
            } catch let error as StrataError {
                throw Unprepared(cause: error)
            }
        }
    }

    /// Publishes a layer, and reads back what consumers will get before anybody may get it.
    private func release(
        _ job: Job, _ layer: any PreparedLayer, _ session: Session
    ) async throws -> ConfirmedVersion {
        // Between the intent and this moment the process may have slept while another run took over, closed the intent
        // and published: Lambda would take a second version of it.
        try await session.checkBeforeActing()
        let version = try await session.provider.publish(layer, as: job.name, in: job.region)
        do {
            return try await session.confirm(version.id, holds: layer.package.sha256)
        } catch let aborted as RunAborted {
            throw aborted
        } catch {
            throw PublishedUnverified(cause: error)
        }
    }

    /// Records why a region does not have an item's build yet.
    ///
    /// - Parameters:
    ///   - mayExist: true if the version exists, or may exist, whatever the error says: the intent stays open, so that
    ///     the version is found again.
    ///   - wasSent: false if the region was not asked to publish anything.
    /// - Throws: what the ledger throws, and `CancellationError` if it was the run that ended.
    private func postpone(
        _ job: Job, _ error: any Error, mayExist: Bool, wasSent: Bool = true, _ session: Session
    ) async throws -> Output {
        if Task.isCancelled || error is CancellationError { throw CancellationError() }
        let mismatch = error as? DigestMismatch
        let known = mismatch?.error ?? StrataError.wrapping(error, .unavailable, "\(error)")
        let (kind, noted) = note(known, job, session.now)
        if let mismatch {
            let quarantined = mismatch.quarantined(job.item, job.build.buildNumber, session.now)
            try await session.ledger.close(
                job.intent.id, events: [.released(quarantined)] + noted, lease: session.lease)
        } else if !mayExist, known.leavesNoTrace || !wasSent {
            try await session.ledger.close(job.intent.id, events: noted, lease: session.lease)
        } else {
            // The intent stays open: the next run looks whether it happened.
            try await session.record(noted)
        }
        try await tell(known, kind, job, session)
        return .postponed(kind, reason: known.message)
    }

    /// The note to record, unless the ledger has it already.
    private func note(_ error: StrataError, _ job: Job, _ now: Timestamp) -> (Note.Kind, [Event]) {
        let kind: Note.Kind = error.code == .unsupported ? .unavailable : .pending
        let old = job.state.notes[job.region]
        let since = old?.kind == kind && kind == .pending ? old?.since ?? now : now
        let note = Note(kind: kind, reason: error.message, since: since)
        return (kind, old == note ? [] : [.noted(job.item, job.region, note)])
    }

    private func tell(_ error: StrataError, _ kind: Note.Kind, _ job: Job, _ session: Session) async throws {
        let before = try await session.circuits.read(job.region)
        let after = try await session.circuits.change(job.region) { $0.failed(error) }
        if before.reason == nil, let reason = after.reason {
            session.recorder.record(.circuitOpened(job.region, reason: reason))
        }
        session.recorder.record(.pending(.init(job.item, job.region, error), kind))
    }
}

/// An open publication, with the build that it publishes.
private struct Job: Sendable {
    let intent: Intent
    let state: ItemState
    let build: Build
    let artifact: Build.Artifact
    let region: Region
    let name: String
    var item: Item { state.item }

    /// - Returns: nil if the intent is not open, or its build is not known.
    init?(_ id: Intent.ID, _ state: ItemState) {
        guard let intent = state.openIntents.first(where: { $0.id == id }),
            case .publish(_, let buildNumber, let sha256, let region, let name, _) = intent.work,
            let build = state.build(buildNumber), let artifact = build.artifact, artifact.sha256 == sha256
        else { return nil }
        self.intent = intent
        self.state = state
        self.build = build
        self.artifact = artifact
        self.region = region
        self.name = name
    }
}

/// Why a layer's bytes could not be made ready for its region.
private struct Unprepared: Error { let cause: StrataError }

/// What went wrong after the version was published.
private struct PublishedUnverified: Error { let cause: any Error }
