import Files
import FoundationEssentials
import Git
import Local
import Model
import Planning
import Publishing
import Site

/// A generated registry in a folder: its ledger, its repository, and how far it has come.
struct Decade {
    let folder: String
    var world: World
    let desired: Desired
    private let ledger: SQLiteLedger
    private let provider = NoBytesProvider()
    private let repository: RegistryRepository

    /// What is kept of the settings, so that every later command goes on with the same world.
    private struct Kept: Codable {
        var world: World
        /// Months that were gone through.
        var months: Int
    }

    private static func file(in folder: String) -> String { "\(folder)/decade.json" }

    /// - Parameter world: of a new registry; nil for the one that is there.
    /// - Throws: `conflict` if the folder holds another world.
    init(in folder: String, _ world: World?) async throws {
        let known = try BoundedFile.readIfPresent(Self.file(in: folder), limit: ByteCount(65_536))
            .map { try JSONDecoder().decode(Kept.self, from: Data($0)).world }
        if let known, let world, known != world {
            throw StrataError(.conflict, "\(folder) holds a registry of another seed or size")
        }
        guard let world = known ?? world else { throw StrataError(.notFound, "\(folder) holds no registry") }
        self.folder = folder
        self.world = world
        desired = try world.desired()
        try Folder.make(folder)
        ledger = try await SQLiteLedger.open(path: "\(folder)/ledger.sqlite")
        try RegistryRepository.createIfMissing("\(folder)/registry.git")
        repository = try await RegistryRepository.open(
            .init(
                cache: "\(folder)/clone", remote: RemoteAddress("\(folder)/registry.git"),
                author: Author("Decade <decade@example.invalid>"), deadline: .seconds(3600)))
        if known == nil {
            try AtomicFile.replace("\(folder)/strata.yaml", with: Array(configuration.utf8))
            try keep(months: 0)
        }
    }

    /// With which the commands look at it.
    private var configuration: String {
        """
        version: 1
        registry: { name: \(desired.registry.name), url: "\(desired.registry.url)" }
        targets: [\(desired.layers.first?.targets.map(\.description).joined(separator: ", ") ?? "")]
        regions: [\(desired.regions.map(\.code).joined(separator: ", "))]
        layers: [\(desired.layers.map(\.name.text).joined(separator: ", "))]
        publish: { provider: local, folder: lambda, prefix: decade, visibility: public }
        ledger: sqlite:ledger.sqlite
        git: { remote: registry.git, author: Decade <decade@example.invalid> }

        """
    }

    /// Months that were gone through.
    func months() throws -> Int {
        let file = try BoundedFile.read(Self.file(in: folder), limit: ByteCount(65_536))
        return try JSONDecoder().decode(Kept.self, from: Data(file)).months
    }

    private func keep(months: Int) throws {
        let bytes = try JSONEncoder().encode(Kept(world: world, months: months))
        try AtomicFile.replace(Self.file(in: folder), with: Array(bytes))
    }

    /// Goes through the months that are left, each with one run and one pruning. A month that was interrupted is gone
    /// through again: the ledger knows what of it was done.
    func grow(to months: Int) async throws {
        let done = try self.months()
        guard done < months else { return }
        for try await page in ledger.itemPages() {
            for state in try await ledger.states(of: page) { provider.remember(state.releases) }
        }
        for month in done..<months {
            let report = try await run(in: month)
            let context = context(in: month)
            let due = try await context.pruning(limit: .max / 8).delete
            if !due.isEmpty { _ = try await Lifecycle(context).prune(due) }
            try keep(months: month + 1)
            print("month \(month + 1): published \(report.published.count), deleted \(due.count)")
        }
    }

    /// A run in a month, with everything that it does to the repository.
    func run(in month: Int, day: Int = 0) async throws -> RunReport {
        let report = try await Run(context(in: month, day: day)).run()
        if let first = report.pending.first {
            throw StrataError(.unavailable, "\(report.pending.count) releases are pending: \(first.reason)")
        }
        return report
    }

    /// What a run would do.
    /// - Parameter remembering: whether items that need nothing are known.
    func plan(in month: Int, remembering: Bool) async throws -> Plan {
        var context = context(in: month)
        if !remembering { context.settled = nil }
        return try await Run(context).rehearse().plan
    }

    /// Fills a new ledger from the repository.
    func rebuild(into path: String) async throws -> (items: Int, releases: Int) {
        let empty = try await SQLiteLedger.open(path: path)
        return try await Reconciler(context(in: try months(), ledger: empty)).rebuild()
    }

    private func context(in month: Int, day: Int = 0, ledger: SQLiteLedger? = nil) -> PublishingContext {
        let (world, desired) = (world, desired)
        return PublishingContext(
            desired: desired, ledger: ledger ?? self.ledger, provider: provider,
            buildService: BuildService(
                resolve: { _, _ in try world.outcomes(of: desired, in: month, day: day) },
                build: { orders, done in for order in orders { await done(order, .success(world.built(order))) } }),
            registry: registry(),
            environment: RunEnvironment(
                now: { world.time(of: month, day: day) }, newPublication: PublicationID.next,
                report: { _ in }, holder: "decade"),
            settled: SettledStore(
                load: { [folder] in try? BoundedFile.readIfPresent("\(folder)/settled", limit: ByteCount(1 << 30)) },
                keep: { [folder] bytes in try? AtomicFile.replace("\(folder)/settled", with: bytes) }))
    }

    private func registry() -> RegistryWriter {
        let input = RegistryInput(desired, accounts: [.aws: NoBytesProvider.account])
        let (main, site) = (MainRenderer(input), SiteRenderer(input))
        return RegistryWriter(remote: repository) {
            [
                BranchRenderer(
                    branch: "main", announces: true, fingerprint: "decade",
                    lyingFiles: { try main.lyingFiles(of: LayerState.grouping($0), existing: $1) },
                    listed: { try RegistryReader(existing: $1).listedReleases(of: $0) }, stamped: main.stamped
                ) { try main.changes(for: LayerState.grouping($0), isComplete: $1, existing: $2) },
                BranchRenderer(branch: "gh-pages", historyBudget: 200, announces: false, fingerprint: "decade") {
                    try site.changes(for: LayerState.grouping($0), isComplete: $1, existing: $2)
                },
            ]
        }
    }
}
