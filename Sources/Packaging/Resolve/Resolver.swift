import Files
import HTTP
import Model
import Tasks

/// Turns requirements into locks: exact wheels with URL, size and digest.
///
/// An item whose index did not change since its last resolve costs one request for each package's page, shared by all
/// items, and no resolve; docs/resolving.md has the rule and its limits.
public struct Resolver: Sendable {
    private let configuration: ResolverConfiguration
    private let client: HTTPClient
    private let environment: [String: String]
    private let retry: RetryPolicy

    /// - Parameters:
    ///   - client: asks the index for pages.
    ///   - environment: what uv may be told of: proxies, certificates, netrc. Nothing else of it is passed on.
    public init(
        _ configuration: ResolverConfiguration, client: HTTPClient, environment: [String: String],
        retry: RetryPolicy = RetryPolicy()
    ) {
        self.configuration = configuration
        self.client = client
        self.environment = environment
        self.retry = retry
    }

    /// Resolves every request. One that fails does not stop the others.
    /// - Parameter progress: called from several tasks.
    /// - Returns: an outcome for every item.
    public func resolve(
        _ requests: [ResolveRequest], progress: @escaping @Sendable (ResolveProgress) -> Void = { _ in }
    ) async -> [Item: ResolveOutcome] {
        do throws(StrataError) {
            return try await Folder.withTemporary { folder throws(StrataError) in
                let uv = try await Uv(configuration, environment: environment, workFolder: folder)
                return await resolve(requests, with: uv, progress)
            }
        } catch {
            var outcomes: [Item: ResolveOutcome] = [:]
            for request in requests where outcomes[request.item] == nil {
                let outcome = ResolveOutcome.failed(reason: error.description)
                outcomes[request.item] = outcome
                progress(.resolved(request.item, outcome, isUnchanged: false))
            }
            return outcomes
        }
    }

    private func resolve(
        _ requests: [ResolveRequest], with uv: Uv, _ progress: @escaping @Sendable (ResolveProgress) -> Void
    ) async -> [Item: ResolveOutcome] {
        let store = ResolveStore(configuration, uvVersion: uv.version)
        let locks = LockReader(uv)
        let asking = PageRequest(
            indexes: configuration.index.indexes, links: configuration.index.findLinks,
            access: IndexAccess(client, settings: configuration.index, environment: environment, retry: retry),
            store: PageStore(cacheDirectory: configuration.cacheDirectory))
        let index = ProjectIndex(asking, parallelism: configuration.parallelism)
        let wanted = Set(requests.map(\.item))
        let known = await BaseOrder(requests).resolve { wave, held in
            await resolve(wave, held, with: uv, locks, store, index) { step in
                // Bases that nobody asked for are nobody's business.
                if step.item.map(wanted.contains) ?? true { progress(step) }
            }
        }
        return known.filter { wanted.contains($0.key) }
    }

    /// Resolves requests whose bases are known.
    private func resolve(
        _ requests: [ResolveRequest], _ held: [Item: [LockedWheel]], with uv: Uv, _ locks: LockReader,
        _ store: ResolveStore, _ index: ProjectIndex, _ progress: @escaping @Sendable (ResolveProgress) -> Void
    ) async -> [Item: ResolveOutcome] {
        let (tasks, answered) = await readLocks(of: requests, held, locks, store)
        var outcomes: [Item: ResolveOutcome] = [:]
        func settle(_ request: ResolveRequest, _ outcome: ResolveOutcome, isUnchanged: Bool) {
            let outcome = outcome.leavingOut(held[request.item] ?? [], request)
            outcomes[request.item] = outcome
            progress(.resolved(request.item, outcome, isUnchanged: isUnchanged))
        }
        for (request, outcome) in answered { settle(request, outcome, isUnchanged: false) }

        await index.ask(tasks.reduce(into: []) { $0.formUnion($1.expectedPackages) }) {
            progress(.pages(done: $0, of: $1))
        }
        var stale: [ResolveTask] = []
        for task in tasks {
            if let outcome = task.remembered(await index.answers(for: task.expectedPackages)) {
                settle(task.request, outcome, isUnchanged: true)
            } else {
                stale.append(task)
            }
        }

        let wheels = WheelCache(
            directory: configuration.cacheDirectory, sizeLimit: .zero, client: client, index: configuration.index,
            environment: environment, retry: retry)
        let attempts = await stale.boundedMap(limit: configuration.parallelism) { task in
            progress(.resolving(task.request.item))
            return await task.run(uv, after: index.answers(for: task.expectedPackages), cache: wheels)
        }
        await index.ask(attempts.reduce(into: []) { $0.formUnion($1.packages) })
        for (task, attempt) in zip(stale, attempts) {
            let verdict = task.judge(
                attempt, await index.answers(for: attempt.packages), pages: await index.pages(for: attempt.packages))
            // A memory that cannot be kept costs the next run a resolve; the lock is good all the same.
            if let memory = verdict.memory { try? store.keep(memory, of: task) }
            settle(task.request, verdict.outcome, isUnchanged: false)
        }
        return outcomes
    }

    /// Answers what locks answer; what is left is to be asked for.
    private func readLocks(
        of requests: [ResolveRequest], _ held: [Item: [LockedWheel]], _ locks: LockReader, _ store: ResolveStore
    ) async -> (tasks: [ResolveTask], answered: [(ResolveRequest, ResolveOutcome)]) {
        let read = await requests.boundedMap(limit: configuration.parallelism) { request in
            await locks.task(for: request) { asked, pinned in
                // A list's pins are checked against what bases hold, not resolved with it.
                let bases = pinned == nil ? held[request.item] ?? [] : []
                return ResolveTask(
                    request: asked, memory: store.memory(of: asked, held: bases), configuration: configuration,
                    pinned: pinned, held: bases)
            }
        }
        var tasks: [ResolveTask] = []
        var answered: [(ResolveRequest, ResolveOutcome)] = []
        for (request, answer) in zip(requests, read) {
            switch answer {
            case .asking(let task): tasks.append(task)
            case .answered(let outcome): answered.append((request, outcome))
            }
        }
        return (tasks, answered)
    }
}
