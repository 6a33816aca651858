import AWS
import Model
import Packaging
import Publishing
import Settings

extension Assembly {
    /// - Parameters:
    ///   - asImage: whether layers become images, too, and may be too large for a layer.
    ///   - probes: where layers are imported in Lambda; nil for what is not published.
    func buildService(asImage: Bool = false, probes: ProbeFunctions? = nil) -> BuildService {
        var worker = worker(asImage: asImage)
        if settings.publish.provider == .local {
            worker.lambda = .sandbox
        } else if let probes, probes.place != nil {
            worker.lambda = .functions(probes)
        }
        return worker.service
    }

    /// Lambda for proofs; also where none are asked for any more, since earlier ones may have left something.
    func probes(_ provider: any LayerProvider) -> ProbeFunctions? {
        guard let lambda = provider as? LambdaLayerProvider else { return nil }
        let place = settings.probe.map { probe in
            ProbeFunctions.Place(
                region: probe.region, account: probe.account,
                registry: "\(settings.git.remote.url) \(desired.registry.name)",
                targets: desired.layers.filter { $0.checks.imports.place == .lambda }.flatMap(\.targets))
        }
        return FunctionProbe(lambda, role: settings.probe?.role ?? "").functions(at: place)
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
