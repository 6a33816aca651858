import Model
import Packaging
import Publishing
import Settings

extension Assembly {
    func buildService() -> BuildService {
        worker.service
    }

    /// Imports what was built, in processes that can reach nothing.
    var prover: ImportProver { worker.prover }

    private var worker: BuildWorker {
        BuildWorker(
            environment: environment, index: packageIndex, cache: places.cache, builds: places.builds, folder: folder,
            cacheSize: settings.cache.size, minimumAge: settings.desired.updates.minimumAge,
            resolves: settings.parallel.resolve, splices: settings.parallel.build,
            interpreters: settings.interpreters, now: backend.now)
    }

    private var packageIndex: Packaging.IndexSettings {
        let wanted = settings.index
        return Packaging.IndexSettings(environment: environment).overridden(
            by: Packaging.IndexSettings(
                defaultIndex: wanted.url, extra: wanted.extra, findLinks: wanted.findLinks, noIndex: wanted.noIndex))
    }
}
