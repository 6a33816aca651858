import FoundationEssentials
import Model
import Publishing

/// Makes an item's zip, records and stages it, and writes down what is to be published where.
///
/// A call that is repeated finds the zip staged and the intents open, and answers the same.
public struct BuildHandler: Handler {
    let fleet: FleetContext

    /// What is wrong with the item itself; the others go on.
    private struct ItemFailure: Error { let cause: StrataError }

    public func handle(_ input: BuildInput, _ invocation: Invocation) async throws -> BuildOutput {
        let item = input.item.item
        let files = try fleet.files(input.context)
        let plans: [ItemPlan] = try await files.read("plans/\(input.batch).json")
        guard let plan = plans.first(where: { $0.item == item }), plan.build != nil else {
            throw StrataError(.invalidRequest, "batch \(input.batch) plans no build", place: item.place)
        }
        return try await fleet.keeping(input.context) {
            do {
                let regions = try await prepare(plan, input.context)
                return BuildOutput(
                    v: PayloadVersion(), item: input.item, publication: regions.first?.intent.publication,
                    regions: regions, failed: nil)
            } catch let failure as ItemFailure {
                fleet.publisher.runEnvironment.report(.buildFailed(item, failure.cause))
                let reason = failure.cause.message
                try await files.write(BuildFailure(item: input.item, reason: reason), as: BuildFailure.name(item))
                return BuildOutput(
                    v: PayloadVersion(), item: input.item, publication: nil, regions: [], failed: reason)
            }
        }
    }

    /// - Returns: the intents to carry out; none if the bytes are those of an earlier build.
    private func prepare(_ plan: ItemPlan, _ context: RunContext) async throws -> [BuildOutput.RegionIntent] {
        let state = try await fleet.ledger.states(of: [plan.item]).first ?? ItemState(item: plan.item)
        guard let build = try await staged(plan, state, context.lease), let artifact = build.artifact else { return [] }
        guard artifact.unzipped <= LayerLimits.unzipped else {
            throw ItemFailure(
                cause: StrataError(
                    .tooLarge, "unzipped it has \(artifact.unzipped), and Lambda allows \(LayerLimits.unzipped)"))
        }
        let missing = plan.publications.filter { action in
            !state.releases.contains {
                $0.status == .latest && $0.buildNumber == build.buildNumber && $0.id.region == action.region
                    && $0.id.name == action.name
            }
        }
        // The same id for every delivery of this call: an intent is open once, and a version that is published is found
        // by its description.
        let publication = PublicationID.repeatable(
            at: context.lease.until - FleetContext.leaseTerm,
            seed: "\(context.run) \(context.lease.token) \(plan.item) \(build.buildNumber)")
        let begun = try await fleet.publisher.begin(missing, of: artifact, as: publication, context.lease)
        return zip(missing, begun).map { .init(region: $0.region, intent: $1.id) }
    }

    /// The build, recorded and with its zip in the bucket; nil if its bytes are those of an earlier one.
    private func staged(_ plan: ItemPlan, _ state: ItemState, _ lease: Lease) async throws -> Build? {
        let publisher = fleet.publisher
        guard let action = plan.build, let order = publisher.order(for: action, plan.outcome, state) else {
            throw ItemFailure(cause: StrataError(.inconsistent, "nothing says what the build holds"))
        }
        if let build = state.build(order.buildNumber), let artifact = build.artifact,
            try await fleet.blobs.head(fleet.zip(artifact.sha256))?.size == artifact.zipped
        {
            return build
        }
        let built = try await make(order, state)
        defer { try? FileManager.default.removeItem(atPath: built.path) }
        publisher.runEnvironment.report(
            .built(order.item, version: order.version, buildNumber: order.buildNumber, zipped: built.zipped))
        // Staged before it is recorded: what the ledger knows can be published.
        try await fleet.blobs.upload(
            BlobFile(path: built.path, size: built.zipped, sha256: built.sha256), as: fleet.zip(built.sha256),
            unlessExists: true)
        do {
            return try await publisher.record(built, of: order, in: state, lease)
        } catch let error as StrataError where error.code == .inconsistent {
            // Another delivery of this call has recorded the same bytes meanwhile, at another time of day.
            let recorded = try await fleet.ledger.states(of: [plan.item]).first?.build(order.buildNumber)
            guard let recorded, recorded.artifact?.sha256 == built.sha256 else { throw error }
            return recorded
        }
    }

    private func make(_ order: BuildOrder, _ state: ItemState) async throws -> BuiltLayer {
        let result = Gathered<Result<BuiltLayer, StrataError>>()
        try await fleet.publisher.buildService.build([order]) { _, built in await result.set(built) }
        do {
            guard let built = try await result.value?.get() else {
                throw StrataError(.tool, "the worker ended without a build")
            }
            try fleet.publisher.check(built, of: order, against: state)
            return built
        } catch {
            throw ItemFailure(cause: .wrapping(error, .tool, "\(error)"))
        }
    }
}

private actor Gathered<Value: Sendable> {
    private(set) var value: Value?
    func set(_ value: Value) { self.value = value }
}
