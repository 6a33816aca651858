import Model
import Planning

/// How many releases an operation changed.
private actor Tally {
    private(set) var count = 0
    func set(_ count: Int) { self.count = count }
}

/// What happens to releases after they were published: yanked, pinned, rolled back, retired, pruned.
///
/// Each operation is recorded in the ledger and then shown in the registry, under the same lease as a run.
public struct Lifecycle: Sendable {
    public let desired: Desired
    public let ledger: any Ledger
    public let provider: any LayerProvider
    public let registry: RegistryWriter
    public let runEnvironment: RunEnvironment

    public init(
        desired: Desired, ledger: any Ledger, provider: any LayerProvider, registry: RegistryWriter,
        runEnvironment: RunEnvironment
    ) {
        self.desired = desired
        self.ledger = ledger
        self.provider = provider
        self.registry = registry
        self.runEnvironment = runEnvironment
    }

    /// Which builds of a layer are meant.
    public struct Selection: Sendable, Hashable {
        public let layer: LayerName
        /// nil for all targets that have the build.
        public let target: Target?
        /// The build's build number.
        public let buildNumber: Int

        public init(layer: LayerName, target: Target?, buildNumber: Int) {
            self.layer = layer
            self.target = target
            self.buildNumber = buildNumber
        }
    }

    /// Works under the lease and brings the registry up to date afterwards.
    func change(_ body: @escaping @Sendable (Lease, Recorder) async throws -> Void) async throws -> RunReport {
        let leasing = Leasing(ledger: ledger, runEnvironment: runEnvironment, term: .seconds(600))
        return try await leasing.withLease { lease in
            let recorder = Recorder()
            try await body(lease, recorder)
            try await registry.update(from: ledger, lease, runEnvironment, recorder)
            return await recorder.report
        }
    }

    /// The same for work that tells how many releases it changed. What it changes has to be read in it: before the lease
    /// is held, another run may change the same releases.
    func counting(
        _ body: @escaping @Sendable (Lease) async throws -> Int
    ) async throws -> (RunReport, Int) {
        let tally = Tally()
        let report = try await change { lease, _ in await tally.set(try await body(lease)) }
        return (report, await tally.count)
    }

    /// The states of a layer's items, for one target or all.
    /// - Throws: `notFound` if the ledger knows no such layer.
    func states(of layer: LayerName, _ target: Target?) async throws -> [ItemState] {
        let items = try await ledger.items(of: layer).filter { target == nil || $0.target == target }
        guard !items.isEmpty else {
            let what = target.map { "\(layer) for \($0)" } ?? layer.text
            throw StrataError(
                .notFound, "nothing was ever published of \(what)", hint: "'strata status' lists what was")
        }
        return try await ledger.states(of: items)
    }

    /// The live releases that a selection means.
    func releases(_ selection: Selection) async throws -> [Release] {
        let states = try await states(of: selection.layer, selection.target)
        let found = states.flatMap(\.releases).filter {
            $0.buildNumber == selection.buildNumber && $0.status.isListed && $0.status != .deleted
        }
        guard !found.isEmpty else {
            let known = Set(states.flatMap(\.builds).map(\.buildNumber)).sorted().map(String.init).joined(
                separator: ", ")
            throw StrataError(
                .notFound, "\(selection.layer) has no live release of build \(selection.buildNumber)",
                hint: "its builds are \(known)")
        }
        return found
    }
}
