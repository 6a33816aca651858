import FoundationEssentials
import HTTP
import Model
import Packaging
import Testing

/// A temporary folder with what a resolve needs, removed afterwards.
struct Workshop: Sendable {
    let folder: String
    let client: HTTPClient

    static func run(_ body: @Sendable (Workshop) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "strata-index-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(
            Workshop(folder: folder, client: HTTPClient(.init(environment: ProcessInfo.processInfo.environment))))
    }

    var cache: String { "\(folder)/cache" }

    /// Uv is found on PATH or through `STRATA_UV`, like in production.
    func configuration(
        _ index: IndexSettings, now: Timestamp = Timestamp(seconds: 1_800_000_000), minimumAge: Duration = .zero
    ) -> ResolverConfiguration {
        ResolverConfiguration(
            uv: ProcessInfo.processInfo.environment["STRATA_UV"], index: index, minimumAge: minimumAge, now: now,
            cacheDirectory: cache)
    }

    func resolver(_ configuration: ResolverConfiguration) -> Resolver {
        Resolver(
            configuration, client: client, environment: ProcessInfo.processInfo.environment,
            retry: RetryPolicy(attempts: 3, base: .milliseconds(1), cap: .milliseconds(10)))
    }
}

func request(_ layer: String, _ target: String, _ requirements: String...) throws -> ResolveRequest {
    ResolveRequest(
        item: Item(try #require(LayerName(layer)), try #require(Target(target))),
        requires: try requirements.map { try Requirement(parsing: $0) })
}

extension ResolveOutcome {
    var resolved: ResolvedLock? { if case .locked(let lock) = self { lock } else { nil } }
    var refusal: String? { if case .refused(let reason) = self { reason } else { nil } }
    var failure: String? { if case .failed(let reason) = self { reason } else { nil } }
    /// `name==version` of every wheel.
    var pins: [String]? { resolved?.lock.wheels.map { "\($0.package)==\($0.version)" } }
}
