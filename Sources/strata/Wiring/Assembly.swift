import AWS
import Files
import FoundationEssentials
import Git
import Glibc
import Local
import Model
import Packaging
import Planning
import Publishing
import Settings
import Site
import Synchronization

/// Puts the parts together as the configuration says: the only place that knows which is behind which port.
struct Assembly: Sendable {
    let settings: ProjectSettings
    let environment: [String: String]
    var places: Places
    /// The configuration's folder: where relative references begin.
    let folder: String
    let cloud: CloudAccess
    let vault: VaultAccess
    /// Where layers are published.
    let backend: Backend
    /// Of this machine, for imports and bytecode.
    let interpreters: Interpreters
    private let openLedger: LazyLedger

    var desired: Desired { settings.desired }

    init(
        _ settings: ProjectSettings, configuration: String, access: LazyLedger.Access = .full,
        environment: [String: String] = ProcessInfo.processInfo.environment,
        ledgerOpened: @escaping @Sendable (CapacityUsed) -> Void = { _ in }
    ) throws {
        self.settings = settings
        self.environment = environment
        folder = URL(filePath: configuration).deletingLastPathComponent().path
        cloud = CloudAccess(settings.publish, environment: environment)
        vault = VaultAccess(settings.secrets, cloud, environment: environment)
        places = try Places(settings, environment: environment)
        backend = Backend(settings.publish, cloud)
        interpreters = Interpreters(named: settings.interpreters, environment: environment)
        openLedger = LazyLedger(settings.ledger, cloud, access: access, opened: ledgerOpened)
    }

    /// The ledger, opened at its first use.
    func ledger() async throws -> any Ledger { try await openLedger.value() }

    /// Works on the ledger while no run can.
    func withLease<Value: Sendable>(
        _ body: @escaping @Sendable (any Ledger, Lease) async throws -> Value
    ) async throws -> Value {
        let ledger = try await ledger()
        let leasing = Leasing(ledger: ledger, environment: runEnvironment { _ in }, term: .seconds(600))
        return try await leasing.withLease { try await body(ledger, $0) }
    }

    func provider() async throws -> any LayerProvider {
        try await backend.provider()
    }

    /// What is wanted, with `regions: all` as the account has them enabled.
    func desiredHere() async throws -> Desired {
        var desired = await withCompilers(desired)
        desired.regions = try await backend.regions(desired.regions)
        desired.accounts = backend.accounts
        return desired
    }

    /// What all work on the registry needs.
    func publishing(
        only: [String] = [], allowing allowances: Allowances = Allowances(),
        report: @escaping @Sendable (RunEvent) -> Void
    ) async throws -> PublishingContext {
        let provider = try await provider()
        let desired = try await desiredHere()
        let probes = probes(provider)
        var context = PublishingContext(
            desired: desired, ledger: try await ledger(), provider: provider,
            buildService: buildService(probes: probes),
            registry: registry(provider, desired, report: report), environment: runEnvironment(report: report),
            options: PublishingContext.Options(
                allowances: allowances, only: try desired.names(only),
                noProgress: settings.publish.deadlines.noProgress + settings.publish.rate.patience,
                rebuildsLedger: settings.rebuildsLedger, hasOwnClock: backend.hasOwnClock),
            settled: settledStore)
        context.probes = probes
        return context
    }

    /// Remembers settled items in the cache: for each pair of a ledger and a registry a file.
    private var settledStore: SettledStore {
        let name = ContentDigest.of("\(settings.ledger)\n\(settings.git.remote.url)").hex.prefix(16)
        let folder = "\(places.cache)/settled"
        return SettledStore(
            load: { try? BoundedFile.readIfPresent("\(folder)/\(name)", limit: ByteCount(256 << 20)) },
            keep: { bytes in
                guard (try? Folder.make(folder)) != nil else { return }
                try? AtomicFile.replace("\(folder)/\(name)", with: bytes)
            })
    }

    private func registry(
        _ provider: any LayerProvider, _ desired: Desired, report: @escaping @Sendable (RunEvent) -> Void
    ) -> RegistryWriter {
        let (remote, look, proposing) = remotes(report: report)
        var writer = RegistryWriter(
            remote: remote, look: look, main: settings.git.branch,
            branches: { try await branches(provider, desired, report: report) })
        writer.proposing = proposing
        return writer
    }

    /// Tells, once it is known, that this machine's clock is wrong.
    func warnOfClock(_ console: Console) {
        let minutes = backend.clockError().components.seconds / 60
        guard abs(minutes) >= 5 else { return }
        let span =
            abs(minutes) < 120
            ? "\(abs(minutes)) minutes"
            : abs(minutes) < 2880
                ? "\(abs(minutes) / 60) hours" : "\(abs(minutes) / 1440) days"
        console.warn(
            "this machine's clock is \(span) \(minutes < 0 ? "ahead of" : "behind") AWS's, whose time was used; set it by NTP"
        )
    }

    /// What looks at the registry, and writes nothing there.
    func registryToLookAt() -> RegistryWriter {
        let (remote, look, _) = remotes { _ in }
        return RegistryWriter(remote: remote, look: look, main: settings.git.branch) { [] }
    }

    func runEnvironment(report: @escaping @Sendable (RunEvent) -> Void) -> RunEnvironment {
        RunEnvironment(
            now: backend.now, newPublication: PublicationID.next,
            report: report, holder: "\(environment["USER"] ?? "somebody") on \(Host.name), process \(getpid())")
    }

    /// What each branch of the registry holds.
    private func branches(
        _ provider: any LayerProvider, _ desired: Desired, report: @escaping @Sendable (RunEvent) -> Void
    ) async throws -> [BranchRenderer] {
        let input = try await registryInput(provider, desired)
        let main = MainRenderer(input)
        return [
            BranchRenderer(
                branch: settings.git.branch, announces: true, fingerprint: input.fingerprint,
                lyingFiles: { try main.lyingFiles(of: LayerState.grouping($0), existing: $1) },
                listed: { try RegistryReader(existing: $1).listedReleases(of: $0) }, stamped: main.stamped,
                companions: signerFilesOnce(), seal: seal
            ) { states, isComplete, existing in
                try main.changes(for: LayerState.grouping(states), isComplete: isComplete, existing: existing)
            }
        ] + siteBranches(input, report: report)
    }

    private func registryInput(_ provider: any LayerProvider, _ desired: Desired) async throws -> RegistryInput {
        // A change that was not allowed has changed nothing yet.
        let known = try await KnownAccounts(in: ledger()).accounts
        var accounts: [Partition: String] = [:]
        for partition in Set(desired.regions.map(\.partition)) {
            if let account = known[partition] {
                accounts[partition] = account
            } else {
                accounts[partition] = try await provider.account(in: partition)
            }
        }
        return RegistryInput(
            desired, accounts: accounts, isSigned: settings.git.sign != nil, folders: settings.git.folders)
    }

    /// What rendering the site to a folder came to.
    struct RenderedSite {
        let size: SiteSize
        /// Files that were written or removed.
        let changed: Int
        let changedBytes: ByteCount
        /// Set if the site is larger than it may be.
        let warning: String?
    }

    /// Renders the site to a folder; only what differs is written. The states are read piece by piece: a large
    /// registry's do not fit into memory.
    func renderSite(into folder: String) async throws -> RenderedSite {
        let renderer = SiteRenderer(
            try await registryInput(try await provider(), desiredHere()), options: siteOptions)
        let files = FileTree(folder)
        let written = Mutex((files: 0, bytes: 0))
        let rendering = try renderer.begin(concurrently: files.read) { change in
            try files.apply(change)
            written.withLock { $0 = ($0.files + 1, $0.bytes + change.size.bytes) }
        }
        try await ledger().forEachLayer { try rendering.add($0) }
        let size = try rendering.finish()
        let (changed, bytes) = written.withLock { $0 }
        return RenderedSite(
            size: size, changed: changed, changedBytes: ByteCount(bytes),
            warning: size.warning(budget: settings.site.budget))
    }
}

extension Ledger {
    /// Hands every layer out with all its items, some at a time.
    fileprivate func forEachLayer(_ body: ([LayerState]) throws -> Void) async throws {
        let page = 600
        var last: Item?
        var rest: [Item] = []
        while true {
            let items = try await items(after: last, limit: page)
            rest += items
            last = items.last
            // The last layer of a page may go on in the next.
            let isEnd = items.count < page
            let whole = isEnd ? rest : rest.filter { $0.layer != last?.layer }
            rest = isEnd ? [] : rest.filter { $0.layer == last?.layer }
            try body(LayerState.grouping(try await states(of: whole)))
            if isEnd { return }
        }
    }
}

extension RequestRate {
    /// How long the calls of the publications in flight may wait for their turn: that is no lack of progress.
    fileprivate var patience: Duration { .seconds(16 / perSecond) }
}

extension Desired {
    /// The layers named at the command line.
    fileprivate func names(_ texts: [String]) throws -> Set<LayerName> {
        Set(
            try texts.map { text in
                guard let name = LayerName(text), layer(name) != nil else {
                    throw StrataError(
                        .configuration, "there is no layer '\(text)' in the configuration",
                        hint: "one of \(layers.prefix(12).map(\.name.text).joined(separator: ", "))")
                }
                return name
            })
    }
}
