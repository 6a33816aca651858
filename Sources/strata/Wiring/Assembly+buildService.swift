import FoundationEssentials
import Model
import Packaging
import Publishing
import Settings

extension Assembly {
    /// The buildService: a child process of this binary for each task, without any credential.
    /// - Parameter asImage: whether layers become images, too, and may be too large for a layer.
    func buildService(asImage: Bool = false) -> BuildService {
        let places = self.places
        let settings = self.settings
        let index = packageIndex
        let now = backend.now
        let folder = self.folder
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
                var configuration = BuilderConfiguration(
                    index: index, cacheDirectory: places.cache, folder: folder, cacheLimit: settings.cache.size,
                    parallelism: settings.parallel.build, now: now())
                configuration.asImage = asImage
                try await client.build(orders, into: places.builds, configuration) { order, result in
                    await done(order, result.map(BuiltLayer.init))
                }
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
            packages: outcome.packages, findings: outcome.findings, image: outcome.image)
    }
}
