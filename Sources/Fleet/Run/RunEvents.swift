import Model
import Planning
import Publishing
import Tasks

/// What has happened in a run so far, read from its plan, from the ledger, and from what its calls left beside them: no
/// step has to hand its results on, and a call that died after its work has not made it unknown.
struct RunEvents: Sendable {
    private let ledger: any Ledger
    private let files: RunFiles
    private let accounts: [Partition: String]

    init(_ fleet: FleetContext, _ files: RunFiles) {
        ledger = fleet.ledger
        accounts = fleet.publishing.desired.accounts
        self.files = files
    }

    /// - Returns: an empty report if there is no plan yet.
    func report() async throws -> RunReport {
        var events: [RunEvent] = []
        for name in try await files.list("recovered/") { events += try await files.read(name, as: [RunEvent].self) }
        if let input: PlanStep.Input = try await files.find("plan.json") {
            events.append(.planned(input.plan))
            events += try await outcomes(of: input.plan)
        }
        for name in ["permitted.json", "advised.json", "committed.json", "pruned.json"] {
            events += try await files.find(name, as: [RunEvent].self) ?? []
        }
        return RunReport(events)
    }

    /// What came of a plan's builds and publications.
    private func outcomes(of plan: Plan) async throws -> [RunEvent] {
        let publications = Dictionary(grouping: plan.publications, by: \.item)
        let replaced = Dictionary(grouping: plan.deprecations.filter { $0.reason == .replaced }, by: \.item)
        let pages = stride(from: 0, to: plan.builds.count, by: 100).map { start in
            Array(plan.builds[start..<min(start + 100, plan.builds.count)])
        }
        var events: [RunEvent] = []
        try await pages.forEachBounded(limit: 16) { builds in
            var events: [RunEvent] = []
            for (build, state) in zip(builds, try await ledger.states(of: builds.map(\.item))) {
                events += try await outcome(
                    of: build, publications[build.item] ?? [], replaced[build.item] ?? [], state)
            }
            return events
        } take: {
            events += $0
        }
        return events
    }

    private func outcome(
        of action: BuildAction, _ publications: [PublishAction], _ replaced: [DeprecateAction], _ state: ItemState
    ) async throws -> [RunEvent] {
        if let told: BuildFailure = try await files.find(RunFiles.failure(action.item)) {
            return [told.isRefusal ? .buildRefused(told.failure) : .buildFailed(told.failure)]
        }
        func built(_ build: Build) -> RunEvent {
            .built(
                action.item, version: action.version, buildNumber: action.buildNumber,
                zipped: build.artifact?.zipped ?? ByteCount(0))
        }
        if let build = state.build(action.buildNumber) {
            var events = [built(build)]
            for publication in publications {
                let count = replaced.count { $0.release.region == publication.region }
                events += try await outcome(of: publication, replacing: count, state)
            }
            return events
        }
        if let twin = state.aliases[action.contents].flatMap({ state.build($0) }) {
            return [built(twin), .unchanged(action.item)]
        }
        let reason = "it was not built; the log of 'build' tells why"
        return [.buildFailed(.init(item: action.item, region: nil, reason: reason))]
    }

    private func outcome(
        of action: PublishAction, replacing replaced: Int, _ state: ItemState
    ) async throws -> [RunEvent] {
        let release = state.releases.last {
            $0.id.region == action.region
                && $0.stands(for: action.buildNumber, as: action.name, in: accounts[action.region.partition])
        }
        if let release {
            let published = RunReport.Published(
                item: action.item, region: action.region, version: action.version, buildNumber: action.buildNumber,
                number: release.id.number)
            return [.published(published, replaced: replaced)]
        }
        if let failure: RunReport.Failure = try await files.find(RunFiles.pending(action.item, action.region)) {
            return [.pending(failure, .pending)]
        }
        let note = state.notes[action.region]
        guard note?.kind != .unavailable else { return [] }
        let reason = note?.reason ?? "it was not published; the log of 'publish' tells why"
        return [.pending(.init(item: action.item, region: action.region, reason: reason), .pending)]
    }
}
