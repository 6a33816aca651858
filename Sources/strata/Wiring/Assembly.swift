import FoundationEssentials
import Git
import Glibc
import Local
import Model
import Planning
import Publishing
import Settings
import Site

/// Puts the parts together as the configuration says: the only place that knows which is behind which port.
struct Assembly: Sendable {
    let settings: Settings
    let environment: [String: String]
    let places: Places
    private let openLedger: LazyLedger

    var desired: Desired { settings.desired }

    init(_ settings: Settings) async throws {
        self.settings = settings
        environment = ProcessInfo.processInfo.environment
        places = try Places(settings, environment: environment)
        openLedger = LazyLedger(settings.ledger)
    }

    /// The ledger, opened at its first use.
    func ledger() async throws -> any Ledger { try await openLedger.value() }

    func provider() throws -> any LayerProvider {
        switch settings.publish.provider {
        case .local:
            var rules = FolderProvider.Rules()
            rules.account = settings.publish.partitions.first?.account ?? rules.account
            return FolderProvider(root: settings.publish.folder, rules: rules)
        case .aws:
            throw StrataError(
                .configuration, "the provider 'aws' is not in this version of Strata", hint: "use 'provider: local'")
        }
    }

    func publisher(
        only: [String] = [], allowing allowances: Allowances = Allowances(),
        report: @escaping @Sendable (RunEvent) -> Void
    ) async throws -> Publisher {
        let provider = try provider()
        return Publisher(
            desired: desired, ledger: try await ledger(), provider: provider, workshop: workshop(),
            registry: registry(provider, report: report),
            surroundings: surroundings(report: report),
            options: Publisher.Options(allowances: allowances, only: try desired.names(only)))
    }

    func lifecycle(_ report: @escaping @Sendable (RunEvent) -> Void) async throws -> Lifecycle {
        let provider = try provider()
        return Lifecycle(
            desired: desired, ledger: try await ledger(), provider: provider,
            registry: registry(provider, report: report), surroundings: surroundings(report: report))
    }

    private func registry(
        _ provider: any LayerProvider, report: @escaping @Sendable (RunEvent) -> Void
    ) -> RegistryWriter {
        RegistryWriter(remote: remote(report: report), branches: { try await branches(provider) })
    }

    func surroundings(report: @escaping @Sendable (RunEvent) -> Void) -> Surroundings {
        Surroundings(
            now: { Timestamp(seconds: Int(Date().timeIntervalSince1970)) }, newPublication: PublicationID.next,
            report: report, holder: "\(environment["USER"] ?? "somebody") on \(Host.name), process \(getpid())")
    }

    /// What each branch of the registry holds.
    private func branches(_ provider: any LayerProvider) async throws -> [BranchRenderer] {
        let input = try await registryInput(provider)
        let main = MainRenderer(input)
        let site = try SiteRenderer(input)
        return [
            BranchRenderer(
                branch: settings.git.branch, maySquash: false, announces: true, fingerprint: input.fingerprint
            ) { try main.changes(for: LayerState.grouping($0), existing: $1) },
            BranchRenderer(
                branch: settings.git.siteBranch, maySquash: true, announces: false, fingerprint: input.fingerprint
            ) { try site.changes(for: LayerState.grouping($0), existing: $1) },
        ]
    }

    private func registryInput(_ provider: any LayerProvider) async throws -> RegistryInput {
        var accounts: [Partition: String] = [:]
        for partition in Set(desired.regions.map(\.partition)) {
            accounts[partition] = try await provider.account(in: partition)
        }
        return RegistryInput(desired, accounts: accounts)
    }

    /// Renders the site to a folder; only what differs is written.
    func renderSite(into folder: String) async throws -> [FileChange] {
        let renderer = try SiteRenderer(try await registryInput(try provider()))
        let states = try await ledger().allStates()
        let changes = try renderer.changes(for: LayerState.grouping(states)) { path in
            FileManager.default.contents(atPath: "\(folder)/\(path)").map(Array.init)
        }
        for change in changes { try change.apply(in: folder) }
        return changes
    }
}

/// Opens the ledger once for all that use it.
private actor LazyLedger {
    private let settings: LedgerSettings
    private var opening: Task<SQLiteLedger, any Error>?

    init(_ settings: LedgerSettings) { self.settings = settings }

    func value() async throws -> any Ledger {
        guard case .sqlite(let path) = settings else {
            throw StrataError(
                .configuration, "a DynamoDB ledger is not in this version of Strata",
                hint: "use 'ledger: sqlite:.strata/ledger.sqlite'")
        }
        let task = opening ?? Task { try await SQLiteLedger.open(path: path) }
        opening = task
        return try await task.value
    }
}

extension Ledger {
    /// Every item's state.
    func allStates() async throws -> [ItemState] {
        var states: [ItemState] = []
        var last: Item?
        while true {
            let page = try await items(after: last, limit: 1000)
            states += try await self.states(of: page)
            guard page.count == 1000 else { return states }
            last = page.last
        }
    }
}

extension FileChange {
    /// Carries the change out below a folder.
    fileprivate func apply(in folder: String) throws {
        let target = "\(folder)/\(path)"
        do {
            switch content {
            case .write(let bytes):
                let parent = target.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(
                    separator: "/")
                try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
                try Data(bytes).write(to: URL(filePath: target), options: .atomic)
            case .delete: try FileManager.default.removeItem(atPath: target)
            }
        } catch {
            throw StrataError(.file, "cannot write \(target)", cause: error)
        }
    }
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
