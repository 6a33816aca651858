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
        let prover = self.prover
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
                try await client.build(orders, into: places.builds, configuration, proving: prover, done: done)
            })
    }

    /// The same with the interpreters that compile what asks for bytecode.
    func withCompilers(_ desired: Desired) async -> Desired {
        var desired = desired
        for index in desired.layers.indices where desired.layers[index].options.bytecode != nil {
            for target in desired.layers[index].targets {
                desired.layers[index].compilers[target] = await interpreters.version(for: target)
            }
        }
        return desired
    }

    /// Imports what was built, in processes that can reach nothing.
    var prover: ImportProver {
        ImportProver(executable: Self.executable, interpreters: interpreters, environment: environment)
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
