import Model
import Planning
import Site

/// One run: from what is wanted to what is published, listed and pushed.
///
/// `run()` is the recipe; each step is a file of its own. What needs credentials is reached only after resolving.
public struct Publisher: Sendable {
    public let desired: Desired
    public let ledger: any Ledger
    public let provider: any LayerProvider
    public let buildService: BuildService
    public let registry: RegistryWriter
    public let runEnvironment: RunEnvironment
    public let options: Options

    public struct Options: Sendable {
        public var allowances: Allowances
        /// Only these layers; empty for all.
        public var only: Set<LayerName>
        /// Publications in flight in one region.
        public var perRegion: Int
        /// How long one publication may take in a region, beside the time that its bytes need: then the region makes no
        /// progress and is cut off.
        public var noProgress: Duration
        /// How long the lease is held without a sign of life.
        public var leaseTerm: Duration

        public init(
            allowances: Allowances = Allowances(), only: Set<LayerName> = [], perRegion: Int = 4,
            noProgress: Duration = .seconds(60), leaseTerm: Duration = .seconds(600)
        ) {
            self.allowances = allowances
            self.only = only
            self.perRegion = perRegion
            self.noProgress = noProgress
            self.leaseTerm = leaseTerm
        }
    }

    public init(
        desired: Desired, ledger: any Ledger, provider: any LayerProvider, buildService: BuildService,
        registry: RegistryWriter, runEnvironment: RunEnvironment, options: Options = Options()
    ) {
        self.desired = desired
        self.ledger = ledger
        self.provider = provider
        self.buildService = buildService
        self.registry = registry
        self.runEnvironment = runEnvironment
        self.options = options
    }

    /// Brings the world to what is wanted, as far as it lets itself be brought.
    ///
    /// - Returns: what was done; failed regions and refused items are in it, not thrown.
    /// - Throws: `StrataError` when the run could not go on: the lease is held, the plan is over its limits, the ledger
    ///   or the registry cannot be written.
    public func run() async throws -> RunReport {
        let recorder = Recorder()
        let outcomes = try await timed(.resolve, recorder) { try await resolve() }
        await learnTheTime()
        return try await leasing.withLease { lease in
            _ = try await timed(.settle, recorder) { try await settleOpenIntents(lease, recorder) }
            let states = try await knownStates()
            let plan = try await timed(.plan, recorder) { try await makePlan(outcomes, states) }
            await recorder.write { $0.plan = plan }
            try await record(outcomes, states, lease)
            try await timed(.publish, recorder) { try await carryOut(plan, outcomes, states, lease, recorder) }
            try await timed(.commit, recorder) {
                try await registry.update(from: ledger, lease, runEnvironment, recorder)
            }
            return await recorder.report
        }
    }

    /// Asks each partition who we are, which also teaches what time it is there, before leases and expiries are reckoned.
    /// A partition that does not answer is for its regions to tell.
    private func learnTheTime() async {
        for partition in Set(desired.regions.map(\.partition)) { _ = try? await provider.account(in: partition) }
    }

    /// The plan that `run` would carry out now; writes nothing, takes no lease.
    public func dryRun() async throws -> Plan { try await rehearse().plan }

    /// The same, with the locks that it was made from.
    public func rehearse() async throws -> (plan: Plan, locks: [Item: Lock]) {
        let outcomes = try await resolve()
        let plan = Plan(scope, outcomes: outcomes, states: try await knownStates(), now: runEnvironment.now())
        let locks = outcomes.compactMapValues { outcome -> Lock? in
            if case .locked(let resolved) = outcome { resolved.lock } else { nil }
        }
        return (plan, locks)
    }

    private func makePlan(_ outcomes: [Item: ResolveOutcome], _ states: [ItemState]) async throws -> Plan {
        let plan = Plan(scope, outcomes: outcomes, states: states, now: runEnvironment.now())
        try plan.check(desired.limits, allowing: options.allowances)
        runEnvironment.report(
            .planned(
                new: plan.builds.count(where: \.isNew), publications: plan.publications.count,
                deprecations: plan.deprecations.count))
        return plan
    }

    /// What this run is about: everything, or the layers that it was limited to.
    public var scope: Desired {
        guard !options.only.isEmpty else { return desired }
        var scope = desired
        scope.layers.removeAll { !options.only.contains($0.name) }
        return scope
    }

    private var leasing: Leasing { Leasing(ledger: ledger, runEnvironment: runEnvironment, term: options.leaseTerm) }

    private func resolve() async throws -> [Item: ResolveOutcome] {
        let requests = scope.layers.flatMap { layer in
            layer.targets.map { ResolveRequest(item: Item(layer.name, $0), requires: layer.requires) }
        }
        let outcomes = try await resolve(requests)
        try refuseToGoOn(outcomes)
        return outcomes
    }

    func resolve(_ requests: [ResolveRequest]) async throws -> [Item: ResolveOutcome] {
        guard !requests.isEmpty else { return [:] }
        runEnvironment.report(.began(.resolve, count: requests.count))
        return try await buildService.resolve(requests) { runEnvironment.report(.resolved($0)) }
    }

    /// When nothing at all could be resolved, it is not the items that are wrong.
    private func refuseToGoOn(_ outcomes: [Item: ResolveOutcome]) throws(StrataError) {
        var reason: String?
        for (_, outcome) in outcomes.sorted(by: { $0.key < $1.key }) {
            guard case .failed(let why) = outcome else { return }
            reason = reason ?? why
        }
        if let reason { throw StrataError(.tool, "nothing could be resolved: \(reason)") }
    }

    /// The states of what is wanted, and, unless the run is limited to some layers, of what the ledger holds besides.
    private func knownStates() async throws -> [ItemState] {
        var items = Set(scope.items)
        var last: Item?
        while options.only.isEmpty {
            let page = try await ledger.items(after: last, limit: 1000)
            items.formUnion(page)
            guard page.count == 1000 else { break }
            last = page.last
        }
        return try await ledger.states(of: items.sorted())
    }

    func timed<Value: Sendable>(
        _ stage: RunEvent.Stage, _ recorder: Recorder, _ body: () async throws -> Value
    ) async throws -> Value {
        let start = ContinuousClock.now
        let value = try await body()
        let spent = ContinuousClock.now - start
        await recorder.write { $0.seconds[stage.rawValue] = spent / .seconds(1) }
        runEnvironment.report(.ended(stage))
        return value
    }
}
