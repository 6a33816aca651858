import FoundationEssentials
import Model
import Packaging
import Publishing
import Settings

extension Assembly {
    /// The workshop: a child process of this binary for each task, without any credential.
    func workshop() -> Workshop {
        let places = self.places
        let settings = self.settings
        let index = packageIndex
        let client = WorkerClient(executable: Self.executable, environment: environment)
        return Workshop(
            resolve: { requests, progress in
                let configuration = ResolverConfiguration(
                    uv: environment["STRATA_UV"], python: environment["STRATA_PYTHON"], index: index,
                    minimumAge: settings.desired.updates.minimumAge, now: Self.now, cacheDirectory: places.cache,
                    parallelism: settings.parallel.resolve)
                return try await client.resolve(requests, configuration) { step in
                    switch step {
                    case .unchanged(let item), .resolved(let item): progress(item)
                    case .pages, .resolving: break
                    }
                }
            },
            build: { orders, done in
                let configuration = BuilderConfiguration(
                    index: index, cacheDirectory: places.cache, cacheLimit: settings.cache.size,
                    parallelism: settings.parallel.build, now: Self.now)
                try await Self.build(orders, with: client, configuration, into: places.builds, done)
            })
    }

    /// Builds in the worker; each result is handed over while the next ones are made.
    private static func build(
        _ orders: [BuildOrder], with client: WorkerClient, _ configuration: BuilderConfiguration, into folder: String,
        _ done: @escaping @Sendable (BuildOrder, Result<BuiltLayer, StrataError>) async -> Void
    ) async throws {
        let byItem = Dictionary(orders.map { ($0.item, $0) }) { first, _ in first }
        let (results, feed) = AsyncStream.makeStream(of: (Item, Result<BuildOutcome, StrataError>).self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { feed.finish() }
                let requests = orders.map { BuildRequest(item: $0.item, lock: $0.lock, options: $0.options) }
                _ = try await client.build(requests, into: folder, configuration, built: { feed.yield(($0, $1)) })
            }
            group.addTask {
                for await (item, result) in results {
                    guard let order = byItem[item] else { continue }
                    await done(order, result.map(BuiltLayer.init))
                }
            }
            try await group.waitForAll()
        }
    }

    private var packageIndex: Packaging.IndexSettings {
        let wanted = settings.index
        return Packaging.IndexSettings(environment: environment).overridden(
            by: Packaging.IndexSettings(
                defaultIndex: wanted.url, extra: wanted.extra, findLinks: wanted.findLinks, noIndex: wanted.noIndex))
    }

    private static var now: Timestamp { Timestamp(seconds: Int(Date().timeIntervalSince1970)) }

    /// This program's own file: the worker must be the same binary, whatever `PATH` says.
    private static var executable: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    }
}

extension BuiltLayer {
    fileprivate init(_ outcome: BuildOutcome) {
        self.init(
            path: outcome.path, sha256: outcome.sha256, zipped: outcome.zipped, unzipped: outcome.unzipped,
            packages: outcome.packages)
    }
}
