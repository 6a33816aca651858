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
    var cacheSize = ByteCount(10_000_000_000)
    var minimumAge = Duration.zero
    /// How much is done at once; nil leaves it to the cores.
    var resolves: Int?
    var splices: Int?
    let now: @Sendable () -> Timestamp

    var service: BuildService {
        let client = WorkerClient(executable: Self.executable, environment: environment)
        return BuildService(
            resolve: { requests, progress in
                let configuration = ResolverConfiguration(
                    uv: environment["STRATA_UV"], python: environment["STRATA_PYTHON"], index: index,
                    minimumAge: minimumAge, now: now(), cacheDirectory: cache, parallelism: resolves)
                return try await client.resolve(requests, configuration) { step in
                    switch step {
                    case .resolved(let item, _, _): progress(item)
                    case .pages, .resolving: break
                    }
                }
            },
            build: { orders, done in
                let configuration = BuilderConfiguration(
                    index: index, cacheDirectory: cache, cacheLimit: cacheSize, parallelism: splices, now: now())
                try await client.build(orders, into: builds, configuration) { order, result in
                    await done(order, result.map(BuiltLayer.init))
                }
            })
    }

    /// This program's own file: the worker must be the same binary, whatever `PATH` says.
    private static var executable: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    }
}

extension BuiltLayer {
    fileprivate init(_ outcome: BuildOutcome) {
        self.init(
            path: outcome.path, sha256: outcome.sha256, zipped: outcome.zipped, unzipped: outcome.unzipped,
            packages: outcome.packages, findings: outcome.findings)
    }
}
