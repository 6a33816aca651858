import Model

/// Asks the index what items come to.
///
/// The one step that needs neither a lease nor a credential, and that a run does before it has either.
public struct ResolveStep: Sendable {
    private let context: PublishingContext
    private let recorder: Recorder

    public init(_ context: PublishingContext, _ recorder: Recorder) {
        self.context = context
        self.recorder = recorder
    }

    /// - Parameter items: of the configuration; others are left out.
    /// - Throws: if nothing could be asked at all.
    public func run(_ items: [Item]) async throws -> [Item: ResolveOutcome] {
        let layers = Dictionary(context.desired.layers.map { ($0.name, $0) }) { first, _ in first }
        let requests = items.compactMap { item -> ResolveRequest? in
            guard let layer = layers[item.layer], layer.targets.contains(item.target) else { return nil }
            return context.desired.request(for: layer, item.target)
        }
        guard !requests.isEmpty else { return [:] }
        recorder.record(.began(.resolve, count: requests.count))
        let recorder = self.recorder
        return try await context.buildService.resolve(requests) { recorder.record(.resolved($0)) }
    }

    /// - Throws: `tool` if not a single item could be resolved: then it is not the items that are wrong.
    static func requireAnAnswer(_ outcomes: [Item: ResolveOutcome]) throws(StrataError) {
        var reason: String?
        for (_, outcome) in outcomes.sorted(by: { $0.key < $1.key }) {
            guard case .failed(let why) = outcome else { return }
            reason = reason ?? why
        }
        if let reason { throw StrataError(.tool, "nothing could be resolved: \(reason)") }
    }
}
