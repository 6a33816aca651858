import FoundationEssentials
import Model
import Packaging
import Publishing
import Settings

extension Assembly {
    /// The buildService: a child process of this binary for each task, without any credential.
    func buildService() -> BuildService {
        let places = self.places
        let settings = self.settings
        let index = packageIndex
        let now = backend.now
        let client = WorkerClient(executable: Self.executable, environment: environment)
        return BuildService(
            resolve: { requests, progress in
                let configuration = ResolverConfiguration(
                    uv: environment["STRATA_UV"], python: environment["STRATA_PYTHON"], index: index,
                    minimumAge: settings.desired.updates.minimumAge, now: now(), cacheDirectory: places.cache,
                    parallelism: settings.parallel.resolve)
                return try await client.resolve(requests, configuration) { step in
                    switch step {
                    case .resolved(let item, _, _): progress(item)
                    case .pages, .resolving: break
                    }
                }
            },
            build: { orders, done in
                let configuration = BuilderConfiguration(
                    index: index, cacheDirectory: places.cache, cacheLimit: settings.cache.size,
                    parallelism: settings.parallel.build, now: now())
                try await client.build(orders, into: places.builds, configuration) { order, result in
                    await done(order, result.map(BuiltLayer.init))
                }
            },
            audit: { packages, policy in
                try await client.audit(
                    packages,
                    AuditConfiguration(
                        database: policy.database, refresh: policy.refresh, cacheDirectory: places.cache, now: now()))
            })
    }

    private var packageIndex: Packaging.IndexSettings {
        let wanted = settings.index
        return Packaging.IndexSettings(environment: environment).overridden(
            by: Packaging.IndexSettings(
                defaultIndex: wanted.url, extra: wanted.extra, findLinks: wanted.findLinks, noIndex: wanted.noIndex))
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
