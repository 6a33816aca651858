import Model

public struct SiteRenderer: Sendable {
    public init(_ registry: RegistryInput) {}
    public func changes(for layers: [LayerState], existing: ExistingFiles) throws -> [FileChange] { [] }
}
