import Model
import Packaging
import Publishing
import Settings

extension Assembly {
    /// - Parameter asImage: whether layers become images, too, and may be too large for a layer.
    func buildService(asImage: Bool = false) -> BuildService {
        worker(asImage: asImage).service
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
    var prover: ImportProver { worker().prover }

    private func worker(asImage: Bool = false) -> BuildWorker {
        BuildWorker(
            environment: environment, index: packageIndex, cache: places.cache, builds: places.builds, folder: folder,
            asImage: asImage, cacheSize: settings.cache.size, minimumAge: settings.desired.updates.minimumAge,
            resolves: settings.parallel.resolve, splices: settings.parallel.build, interpreters: interpreters,
            now: backend.now)
    }

    var packageIndex: Packaging.IndexSettings {
        let wanted = settings.index
        return Packaging.IndexSettings(environment: environment).overridden(
            by: Packaging.IndexSettings(
                defaultIndex: wanted.url, extra: wanted.extra, findLinks: wanted.findLinks, noIndex: wanted.noIndex))
    }
}
