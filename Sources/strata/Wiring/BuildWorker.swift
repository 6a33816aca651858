import FoundationEssentials
import Model
import Packaging
import Publishing

/// Where locks and zips are made: a child process of this binary for each task, without any credential.
struct BuildWorker: Sendable {
    let environment: [String: String]
    let index: Packaging.IndexSettings
    /// Wheels, pages, resolves.
    let cache: String
    /// Zips by their build key.
    let builds: String
    /// The configuration's, in which files that layers take may lie.
    var folder = "."
    /// Whether layers become images, too, and may be too large for a layer.
    var asImage = false
    var cacheSize = ByteCount(10_000_000_000)
    var minimumAge = Duration.zero
    /// How much is done at once; nil leaves it to the cores.
    var resolves: Int?
    var splices: Int?
    /// What proofs and bytecode are made with.
    let interpreters: Interpreters
    /// What is done where a proof in Lambda is asked for.
    var lambda: ImportProver.Lambda = .untested
    let now: @Sendable () -> Timestamp

    /// Imports what was built.
    var prover: ImportProver {
        ImportProver(
            executable: Host.executable, interpreters: interpreters, environment: environment, lambda: lambda)
    }

    var service: BuildService {
        let client = WorkerClient(executable: Host.executable, environment: environment)
        return BuildService(
            resolve: { requests, progress in
                let configuration = ResolverConfiguration(
                    uv: environment["STRATA_UV"], python: environment["STRATA_PYTHON"], index: index,
                    minimumAge: minimumAge, now: now(), cacheDirectory: cache, parallelism: resolves)
                return try await client.resolve(requests, configuration, building: prover.sdists) { step in
                    switch step {
                    case .resolved(let item, _, _): progress(item)
                    case .pages, .resolving: break
                    }
                }
            },
            build: { orders, done in
                var configuration = BuilderConfiguration(
                    index: index, cacheDirectory: cache, folder: folder, cacheLimit: cacheSize,
                    parallelism: splices, now: now())
                configuration.asImage = asImage
                try await client.build(orders, into: builds, configuration, proving: prover, done: done)
            },
            audit: { packages, policy in
                try await client.audit(
                    packages,
                    AuditConfiguration(
                        database: policy.database, refresh: policy.refresh, cacheDirectory: cache, now: now()))
            })
    }
}
