import Model
import Planning

/// Makes, records and stages an item's zip, and writes down as intents where it is to be published.
///
/// A laptop hands over zips as they are ready (`accept`); a function of the fleet makes the one that it was called for
/// (`run`). A call that is repeated finds what the first one recorded, and answers the same.
public struct BuildStep: Step {
    public struct Input: Sendable, Codable {
        public let plan: ItemPlan

        public init(_ plan: ItemPlan) { self.plan = plan }
    }

    public struct Output: Sendable, Codable {
        /// The intents to carry out; none if the bytes are those of an earlier build, or all regions have them.
        public internal(set) var intents: [Intent] = []
        /// Why the item could not be built; the others go on.
        public internal(set) var failure: RunReport.Failure?
        /// True if nothing but the maintainer can make it build.
        public internal(set) var isRefusal = false
    }

    private let staging: Staging?

    /// Where zips are kept for those who publish them elsewhere.
    public struct Staging: Sendable {
        let holds: @Sendable (Build.Artifact) async throws -> Bool
        let keep: @Sendable (BuiltLayer) async throws -> Void

        public init(
            holds: @escaping @Sendable (Build.Artifact) async throws -> Bool,
            keep: @escaping @Sendable (BuiltLayer) async throws -> Void
        ) {
            self.holds = holds
            self.keep = keep
        }
    }

    /// - Parameter staging: nil if the zips stay where they were made.
    public init(staging: Staging? = nil) { self.staging = staging }

    public func run(_ input: Input, _ session: Session) async throws -> Output {
        let plan = input.plan
        let state = try await session.state(of: plan.item)
        guard let action = plan.build, let order = BuildOrder(action, plan.outcome, state, session.desired) else {
            let error = StrataError(.inconsistent, "nothing says what the build holds")
            return failed(RunReport.Failure(plan.item, nil, error), isRefusal: false, session)
        }
        if let build = state.build(order.buildNumber), let artifact = build.artifact,
            try await staging?.holds(artifact) == true
        {
            session.recorder.record(.built(order, artifact.zipped))
            return try await begin(build, artifact, order, plan.publications, state, session)
        }
        try await session.expectProbes(of: [order])
        let made = Latest<Result<BuiltLayer, StrataError>>()
        do {
            try await session.context.buildService.build([order]) { _, result in await made.set(result) }
        } catch let error as StrataError {
            await made.set(.failure(error))
        }
        let result = await made.value ?? .failure(StrataError(.tool, "the worker ended without a build"))
        return try await accept(result, of: order, plan.publications, state, session)
    }

    /// Takes a zip in that is ready, or the reason why there is none.
    func accept(
        _ result: Result<BuiltLayer, StrataError>, of order: BuildOrder, _ publications: [PublishAction],
        _ state: ItemState, _ session: Session
    ) async throws -> Output {
        let built: BuiltLayer
        do {
            built = try result.get()
            try check(built, of: order, against: state)
        } catch {
            if error.isRefusal { try await refuse(order, error, session) }
            return failed(RunReport.Failure(order.item, nil, error), isRefusal: error.isRefusal, session)
        }
        // Staged before it is recorded: what the ledger knows can be published.
        try await staging?.keep(built)
        guard let build = try await record(built, of: order, in: state, session), let artifact = build.artifact else {
            session.recorder.record(.built(order, built.zipped))
            session.recorder.record(.unchanged(order.item))
            return Output()
        }
        session.recorder.record(.built(order, built.zipped))
        return try await begin(build, artifact, order, publications, state, session)
    }

    private func failed(_ failure: RunReport.Failure, isRefusal: Bool, _ session: Session) -> Output {
        session.recorder.record(isRefusal ? .buildRefused(failure) : .buildFailed(failure))
        return Output(failure: failure, isRefusal: isRefusal)
    }

    /// Writes down why contents cannot become a layer, so that no run tries them again.
    private func refuse(_ order: BuildOrder, _ error: StrataError, _ session: Session) async throws {
        let contents = ContentsKey(order.lock, order.options)
        let now = session.now
        let known =
            try await session.state(of: order.item).resolution
            ?? Resolution(contents: contents, remarks: [], since: now)
        let refused = RefusedBuild(
            contents: contents, reason: error.withoutItem.description, since: now, checks: order.checks)
        try await session.record([.resolved(order.item, known.refusing(refused))])
    }

    /// The same build key gives the same bytes: a build that is made again must be the one that was recorded.
    ///
    /// - Throws: `inconsistent` if it is not, `tooLarge` for a layer that Lambda refuses.
    private func check(_ built: BuiltLayer, of order: BuildOrder, against state: ItemState) throws(StrataError) {
        guard built.unzipped <= LayerLimits.unzipped else {
            throw StrataError(
                .tooLarge, "unzipped it has \(built.unzipped), and Lambda allows \(LayerLimits.unzipped)",
                place: order.item.place)
        }
        guard let artifact = state.build(order.buildNumber)?.artifact, artifact.sha256 != built.sha256 else { return }
        throw StrataError(
            .inconsistent,
            "build \(order.buildNumber) was \(artifact.sha256.hex.prefix(12)) and is now "
                + "\(built.sha256.hex.prefix(12)): the same wheels must give the same bytes",
            hint: artifact.recipe == Recipe.current
                ? "please report this" : "it was made by recipe \(artifact.recipe); use the Strata of that time for it",
            place: order.item.place)
    }

    /// Records a build that was made, unless it is recorded already.
    ///
    /// - Returns: the build; nil if its bytes are those of an earlier one, which then stands for these contents too.
    private func record(
        _ built: BuiltLayer, of order: BuildOrder, in state: ItemState, _ session: Session
    ) async throws -> Build? {
        if !order.isNew, let recorded = state.build(order.buildNumber) { return recorded }
        if let twin = state.builds.last(where: { $0.artifact?.sha256 == built.sha256 }),
            twin.buildNumber != order.buildNumber
        {
            let contents = ContentsKey(order.lock, order.options)
            try await session.record([.same(order.item, contents, buildNumber: twin.buildNumber)])
            return nil
        }
        let build = order.build(built, created: session.now)
        do {
            try await session.record([.built(build)])
            return build
        } catch let error as StrataError where error.code == .inconsistent {
            // Another delivery of this call has recorded the same bytes meanwhile, at another time of day.
            let recorded = try await session.state(of: order.item).build(order.buildNumber)
            guard let recorded, recorded.artifact?.sha256 == built.sha256 else { throw error }
            return recorded
        }
    }

    /// Writes down that a build is about to be published in regions that lack it. Nothing is published without that.
    ///
    /// An intent that is open already is left as it is.
    private func begin(
        _ build: Build, _ artifact: Build.Artifact, _ order: BuildOrder, _ publications: [PublishAction],
        _ state: ItemState, _ session: Session
    ) async throws -> Output {
        var missing = publications.filter { action in
            !state.releases.contains {
                $0.id.region == action.region
                    && $0.stands(for: build.buildNumber, as: action.name, in: session.account(in: action.region))
            }
        }
        let publication = session.publicationID(order)
        do {
            // Where a publication is open, what appears is its own.
            let strays = try await Strays(session, build, artifact, state, before: publication)
            let left = try await strays.takingOver(missing.filter { !state.isUncertain($0.region) })
            missing = missing.filter { state.isUncertain($0.region) || left.contains($0) }
        } catch let taken as NameTaken {
            let failure = RunReport.Failure(order.item, taken.id.region, taken.error)
            session.recorder.record(.buildFailed(failure))
            return Output(failure: failure)
        }
        guard !missing.isEmpty else { return Output() }
        let now = session.now
        let intents = missing.map { action in
            Intent(
                id: Intent.ID(publication, action.region.code),
                work: .publish(
                    item: action.item, buildNumber: action.buildNumber, sha256: artifact.sha256,
                    region: action.region, name: action.name, account: session.account(in: action.region)),
                begun: now)
        }
        for unit in LedgerUnit.units(of: intents) { try await session.ledger.begin(unit, lease: session.lease) }
        return Output(intents: intents)
    }
}

extension BuildOrder {
    /// What to build for an action of a plan.
    ///
    /// - Parameters:
    ///   - outcome: what the item resolved to; not needed for a build whose bytes are only made again.
    ///   - state: what the ledger holds of the item.
    /// - Returns: nil if neither the ledger nor the outcome says what the build holds.
    init?(_ action: BuildAction, _ outcome: ResolveOutcome?, _ state: ItemState?, _ desired: Desired) {
        let recorded = state?.build(action.buildNumber)
        if let artifact = recorded?.artifact, let recorded {
            self.init(
                item: action.item, buildNumber: action.buildNumber, version: action.version, lock: artifact.lock,
                options: artifact.options, requirements: recorded.requirements,
                checks: desired.layer(action.item.layer)?.checks ?? Checks(), isNew: false)
        } else if case .locked(let resolved) = outcome, let layer = desired.layer(action.item.layer) {
            self.init(
                item: action.item, buildNumber: action.buildNumber, version: action.version, lock: resolved.lock,
                options: layer.options(for: action.item.target), requirements: layer.requirements(in: resolved.lock),
                checks: layer.checks, held: resolved.held, isNew: true)
        } else {
            return nil
        }
    }

    fileprivate func build(_ built: BuiltLayer, created: Timestamp) -> Build {
        Build(
            buildNumber: buildNumber, item: item, version: version,
            artifact: .init(
                sha256: built.sha256, zipped: built.zipped, unzipped: built.unzipped, lock: lock, options: options,
                findings: built.findings?.filter { $0.verdict > .note }.prefix(50).map(\.recorded),
                imports: built.imports),
            requirements: requirements, packages: built.packages, created: created)
    }
}

extension RunEvent {
    fileprivate static func built(_ order: BuildOrder, _ zipped: ByteCount) -> RunEvent {
        .built(order.item, version: order.version, buildNumber: order.buildNumber, zipped: zipped)
    }
}

private actor Latest<Value: Sendable> {
    private(set) var value: Value?
    func set(_ value: Value) { self.value = value }
}
