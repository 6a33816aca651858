import Model

/// Why a run tries nothing more in a region: what one call has found out, told to all others. Without it each would wait
/// for a dead region as long as the first.
struct RegionCut: Sendable, Codable {
    var v = PayloadVersion()
    let reason: String

    static func name(_ region: String) -> String { "claims/cut.\(region).json" }
}
