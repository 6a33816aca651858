import Model
import Planning

extension Publisher {
    /// Works through a region's jobs, a few at a time. Once the region makes no progress, the rest of its jobs are
    /// pending without a try: its deadline is paid once, not once for each layer.
    func runLane(
        _ region: Region, _ jobs: AsyncStream<RegionJob>, _ lease: Lease, _ recorder: Recorder
    ) async throws {
        let breaker = CircuitBreaker()
        try await withThrowingTaskGroup(of: Void.self) { group in
            var running = 0
            for await job in jobs {
                if running >= options.perRegion {
                    try await group.next()
                    running -= 1
                }
                running += 1
                group.addTask { try await publish(job, lease, recorder, breaker) }
            }
            try await group.waitForAll()
        }
    }

    /// Carries a job out unless the region is cut off, and tells what came of it.
    private func publish(
        _ job: RegionJob, _ lease: Lease, _ recorder: Recorder, _ breaker: CircuitBreaker
    ) async throws {
        let action = job.action
        let outcome: RegionOutcome
        if let cut = await breaker.openReason {
            outcome = try await postpone(job, cut, lease)
        } else {
            outcome = try await carryOut(job, lease)
        }
        switch outcome {
        case .published(let version):
            runEnvironment.report(
                .published(action.item, action.region, version: action.version, number: version.id.number))
            await breaker.succeeded()
            await recorder.write {
                $0.deprecated += job.replaced.count
                $0.published.append(
                    .init(
                        item: action.item, region: action.region, version: action.version,
                        buildNumber: action.buildNumber,
                        number: version.id.number))
            }
        case .postponed(let kind, let error):
            if let cut = await breaker.failed(error) {
                runEnvironment.report(.circuitOpened(action.region, reason: cut))
            }
            runEnvironment.report(.pending(action.item, action.region, error.at(action.place)))
            guard kind == .pending else { return }
            await recorder.write {
                $0.pending.append(
                    .init(item: action.item, region: action.region, reason: error.message, hint: error.hint))
            }
        }
    }
}

/// Opens when a region makes no progress; then nothing more is tried there in this run.
actor CircuitBreaker {
    private var failures = 0
    private var reason: String?

    /// Why nothing more is tried; nil while the region is not cut off.
    var openReason: StrataError? { reason.map { StrataError(.refused, "not tried: \($0)") } }

    func succeeded() { failures = 0 }

    /// - Returns: why the region is cut off, if this failure cut it off.
    func failed(_ error: StrataError) -> String? {
        guard reason == nil else { return nil }
        switch error.code {
        case _ where error.isRegionWide: failures = 3
        case .connection, .unavailable, .throttled: failures += 1
        default: return nil
        }
        guard failures >= 3 else { return nil }
        reason = error.message
        return reason
    }
}

extension StrataError {
    /// True if the next publication in the region would fail as this one did, after as long a wait.
    public var isRegionWide: Bool { [.timedOut, .credentials, .accessDenied, .quota].contains(code) }
}
