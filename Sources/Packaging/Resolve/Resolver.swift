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
        let asking = PageRequest(
            indexes: configuration.index.indexes, links: configuration.index.findLinks,
            access: IndexAccess(client, settings: configuration.index, environment: environment, retry: retry),
            store: PageStore(cacheDirectory: configuration.cacheDirectory))
        let index = ProjectIndex(asking, parallelism: configuration.parallelism)
        let read = await readLocks(of: requests, uv, store, progress)
        let tasks = read.tasks
        var outcomes = read.outcomes

        await index.ask(tasks.reduce(into: []) { $0.formUnion($1.expectedPackages) }) {
            progress(.pages(done: $0, of: $1))
        }
        var stale: [ResolveTask] = []
        for task in tasks {
            if let outcome = task.remembered(await index.answers(for: task.expectedPackages)) {
                outcomes[task.request.item] = outcome
                progress(.resolved(task.request.item, outcome, isUnchanged: true))
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
            if let memory = verdict.memory { try? store.keep(memory, of: task.request) }
            outcomes[task.request.item] = verdict.outcome
            progress(.resolved(task.request.item, verdict.outcome, isUnchanged: false))
        }
        return outcomes
    }

    /// Answers what locks answer; what is left is to be asked for.
    private func readLocks(
        of requests: [ResolveRequest], _ uv: Uv, _ store: ResolveStore,
        _ progress: @escaping @Sendable (ResolveProgress) -> Void
    ) async -> (tasks: [ResolveTask], outcomes: [Item: ResolveOutcome]) {
        let locks = LockReader(uv)
        let read = await requests.boundedMap(limit: configuration.parallelism) { request in
            await locks.task(for: request) { asked, pinned in
                ResolveTask(
                    request: asked, memory: store.memory(of: asked), configuration: configuration, pinned: pinned)
            }
        }
        var tasks: [ResolveTask] = []
        var outcomes: [Item: ResolveOutcome] = [:]
        for (request, answer) in zip(requests, read) {
            switch answer {
            case .asking(let task): tasks.append(task)
            case .answered(let outcome):
                outcomes[request.item] = outcome
                progress(.resolved(request.item, outcome, isUnchanged: false))
            }
        }
        return (tasks, outcomes)
    }
}
