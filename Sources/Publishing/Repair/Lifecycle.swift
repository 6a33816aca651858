import Model
import Planning

/// What happens to releases after they were published: yanked, pinned, rolled back, retired, pruned.
///
/// Each operation is recorded in the ledger and then shown in the registry, under the same lease as a run.
public struct Lifecycle: Sendable {
    let context: PublishingContext
    let recorder: Recorder

    /// - Parameter recorder: of the run that this is a part of; nil for an operation of its own.
    public init(_ context: PublishingContext, _ recorder: Recorder? = nil) {
        self.context = context
        self.recorder = recorder ?? Recorder(tell: context.environment.report)
    }

    var desired: Desired { context.desired }

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

    /// Works under the lease and brings the registry up to date afterwards. What is changed has to be read in the body:
    /// before the lease is held, another run may change the same releases.
    ///
    /// - Returns: the report, and what the body came to.
    func change<Value: Sendable>(
        _ body: @escaping @Sendable (Session) async throws -> Value
    ) async throws -> (RunReport, Value) {
        try await context.withSession(recorder) { session in
            try await context.registry.requireBelonging(session)
            let value = try await body(session)
            _ = try await CommitStep().run(NoInput(), session)
            return (session.recorder.report, value)
        }
    }

    /// Deletes releases that `PublishingContext.pruning` chose, and shows it in the registry.
    ///
    /// - Returns: the report, with what was deleted, and failures as pending.
    public func prune(_ releases: [Release]) async throws -> RunReport {
        try await change { session in try await PruneStep().run(releases, session) }.0
    }

    /// The states of a layer's items, for one target or all.
    /// - Throws: `notFound` if the ledger knows no such layer.
    func states(of layer: LayerName, _ target: Target?) async throws -> [ItemState] {
        let items = try await context.ledger.items(of: layer).filter { target == nil || $0.target == target }
        guard !items.isEmpty else {
            let what = target.map { "\(layer) for \($0)" } ?? layer.text
            throw StrataError(
                .notFound, "nothing was ever published of \(what)", hint: "'strata status' lists what was")
        }
        return try await context.ledger.states(of: items)
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
