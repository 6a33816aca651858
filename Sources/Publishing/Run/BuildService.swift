import Model

/// Where requirements become locks, and locks become zips: a child process without credentials.
///
/// A seam: the commands put the worker behind it, tests what they need.
public struct BuildService: Sendable {
    /// Resolves items. An item that fails is an outcome, not an error; the call throws if nothing could be resolved.
    public var resolve:
        @Sendable (_ requests: [ResolveRequest], _ progress: @escaping @Sendable (Item) -> Void)
            async throws -> [Item: ResolveOutcome]
    /// Makes zips, in any order, and hands each over as it is ready, one call at a time.
    public var build:
        @Sendable (
            _ orders: [BuildOrder],
            _ done: @escaping @Sendable (BuildOrder, Result<BuiltLayer, StrataError>) async -> Void
        ) async throws -> Void

    /// What is known of packages. Throws if nobody can say.
    public var audit: @Sendable (_ packages: [PinnedPackage], _ policy: AdvisoryPolicy) async throws -> AdvisoryReport

    /// - Parameter audit: nil where advisories are not looked up.
    public init(
        resolve:
            @escaping @Sendable ([ResolveRequest], @escaping @Sendable (Item) -> Void)
            async throws -> [Item: ResolveOutcome],
        build:
            @escaping @Sendable (
                [BuildOrder], @escaping @Sendable (BuildOrder, Result<BuiltLayer, StrataError>) async -> Void
            ) async throws -> Void,
        audit: (@Sendable ([PinnedPackage], AdvisoryPolicy) async throws -> AdvisoryReport)? = nil
    ) {
        self.audit =
            audit ?? { _, _ in throw StrataError(.unsupported, "advisories cannot be looked up here") }
        self.resolve = resolve
        self.build = build
    }
}
