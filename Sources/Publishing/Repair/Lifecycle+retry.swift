import Model

extension Lifecycle {
    /// Forgets why builds of a layer were refused, so that the next run tries them again.
    ///
    /// - Returns: the items that will be tried again; none if nothing was refused.
    /// - Throws: `notFound` if the ledger knows no such layer.
    public func retry(_ layer: LayerName, target: Target?) async throws -> [Item] {
        try await change { session in
            let refused = try await states(of: layer, target).compactMap { state in
                state.resolution.flatMap { $0.refusedBuilds.isEmpty ? nil : (state.item, $0.forgettingRefusals) }
            }
            try await session.record(refused.map { .resolved($0, $1) })
            return refused.map(\.0)
        }.1
    }
}
