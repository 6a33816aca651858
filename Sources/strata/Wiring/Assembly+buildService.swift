import Model
import Packaging
import Publishing
import Settings

extension Assembly {
    func buildService() -> BuildService {
        BuildWorker(
            environment: environment, index: packageIndex, cache: places.cache, builds: places.builds,
            cacheSize: settings.cache.size, minimumAge: settings.desired.updates.minimumAge,
            resolves: settings.parallel.resolve, splices: settings.parallel.build, now: backend.now
        ).service
    }

    private var packageIndex: Packaging.IndexSettings {
        let wanted = settings.index
        return Packaging.IndexSettings(environment: environment).overridden(
            by: Packaging.IndexSettings(
                defaultIndex: wanted.url, extra: wanted.extra, findLinks: wanted.findLinks, noIndex: wanted.noIndex))
    }
}
