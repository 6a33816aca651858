import FoundationEssentials
import Local
import Model
import Planning
import Publishing
import Site
import Synchronization

/// What a run needs, for tests: the real ledger, the real folder provider, and a build service whose wheels are made up.
final class Stage: Sendable {
    let folder: String
    let ledger: SQLiteLedger
    let provider: FaultyProvider
    let remote: MemoryRemote
    let clock = Mutex(Timestamp(seconds: 1_795_000_000))
    let publications = Mutex(Int.random(in: 0..<1_000_000_000) * 1000)
    let events = Mutex<[RunEvent]>([])
    /// How the real main branch is signed, if it is.
    let seal = Mutex<Seal?>(nil)
    /// How the real main branch is laid out if it begins.
    let folders = Mutex(LayerFolders.flat)
    /// What the last run remembers of settled items, if it may.
    let settled = Mutex<[UInt8]?>(nil)

    init() async throws {
        folder = FileManager.default.temporaryDirectory.path + "/strata-publishing-\(UUID())"
        ledger = try await SQLiteLedger.open(path: folder + "/ledger.sqlite")
        provider = FaultyProvider(FolderProvider(root: folder + "/lambda"))
        remote = MemoryRemote()
    }

    /// A stage with another stage's provider and registry, and an empty ledger: what is left when the ledger is lost.
    init(sharing other: Stage) async throws {
        folder = FileManager.default.temporaryDirectory.path + "/strata-publishing-\(UUID())"
        ledger = try await SQLiteLedger.open(path: folder + "/ledger.sqlite")
        provider = other.provider
        remote = other.remote
        clock.withLock { $0 = other.clock.withLock { $0 } }
    }

    /// A second machine: a ledger of its own that was filled from another stage's registry, with the same provider.
    convenience init(beside other: Stage, _ desired: Desired) async throws {
        try await self.init(sharing: other)
        _ = try await reconciler(desired, main: true).rebuild()
    }

    /// Makes the ledger one that knew all by itself.
    func forgetFilling() async throws {
        let now = clock.withLock { $0 }
        let lease = try await ledger.acquire("publish", holder: "test", now: now, term: .seconds(60))
        try await ledger.setCheckpoint("filled", nil, lease: lease)
        try await ledger.release(lease)
    }

    func tearDown() { try? FileManager.default.removeItem(atPath: folder) }

    func run(
        _ desired: Desired, version: Int = 1, dependency: Int = 1, main: Bool = false,
        options: PublishingContext.Options = .init(),
        building: @escaping @Sendable (BuildOrder) throws -> Void = { _ in }
    ) -> Run {
        Run(
            context(
                desired, main: main, options: options,
                buildService: buildService(version: version, dependency: dependency, building)))
    }

    func lifecycle(_ desired: Desired) -> Lifecycle { Lifecycle(context(desired)) }

    func reconciler(_ desired: Desired, main: Bool = false) -> Reconciler { Reconciler(context(desired, main: main)) }

    func context(
        _ desired: Desired, main: Bool = false, options: PublishingContext.Options = .init(),
        buildService: BuildService? = nil, ledger: (any Ledger)? = nil, remembering: Bool = false
    ) -> PublishingContext {
        PublishingContext(
            desired: desired, ledger: ledger ?? self.ledger, provider: provider,
            buildService: buildService ?? self.buildService(version: 1, dependency: 1, { _ in }),
            registry: registry(main ? desired : nil), environment: environment, options: options,
            settled: remembering
                ? SettledStore(
                    load: { [self] in settled.withLock { $0 } },
                    keep: { [self] bytes in settled.withLock { $0 = bytes } })
                : nil)
    }

    /// A build as the ledger would have it.
    func build(_ number: Int, of item: Item, _ sha256: ContentDigest, _ size: ByteCount) throws -> Build {
        let request = ResolveRequest(item: item, requires: [try Requirement(parsing: item.layer.text)])
        return Build(
            buildNumber: number, item: item, version: "1.0",
            artifact: .init(
                sha256: sha256, zipped: size, unzipped: size,
                lock: try Self.lock(request, version: 1, dependency: 1), options: BuildOptions()),
            requirements: [item.layer.text], packages: [], created: clock.withLock { $0 })
    }

    /// Publishes something past the ledger, as another tool would.
    func publishByHand(
        as name: String, in region: Region, like release: Release? = nil, text: String = "",
        description: String = "by hand"
    ) async throws -> Release.ID {
        let bytes: [UInt8]
        if let release {
            let path = "\(folder)/lambda/regions/\(release.id.region)/\(release.id.name)/\(release.id.number)/layer.zip"
            bytes = Array(try Data(contentsOf: URL(filePath: path)))
        } else {
            bytes = StoredZip.bytes(path: "python/x.txt", Array(text.utf8))
        }
        let path = "\(folder)/by-hand-\(ContentDigest.of(bytes).hex.prefix(8)).zip"
        try Data(bytes).write(to: URL(filePath: path))
        guard let target = Target("python3.12") else { throw StrataError(.inconsistent, "python3.12") }
        let package = LayerPackage(
            path: path, sha256: .of(bytes), size: ByteCount(bytes.count), unzipped: ByteCount(bytes.count),
            description: description, license: nil, target: target)
        let prepared = try await provider.prepare(package, for: [region])
        return try await provider.publish(prepared, as: name, in: region).id
    }

    /// The real main branch of a configuration, or one that is easy to read.
    private func registry(_ desired: Desired?) -> RegistryWriter {
        let seal = self.seal.withLock { $0 }
        let folders = self.folders.withLock { $0 }
        return RegistryWriter(remote: remote) {
            guard let desired else { return [Self.branch] }
            let main = MainRenderer(
                RegistryInput(
                    desired, accounts: [.aws: "000000000000"], isSigned: seal != nil, folders: folders))
            return [
                BranchRenderer(
                    branch: "main", announces: true, fingerprint: seal == nil ? "main" : "signed",
                    lyingFiles: { try main.lyingFiles(of: LayerState.grouping($0), existing: $1) },
                    listed: { try RegistryReader(existing: $1).listedReleases(of: $0) }, stamped: main.stamped,
                    companions: { seal == nil ? [:] : ["keys/allowed_signers": Array("me\n".utf8)] }, seal: seal
                ) {
                    try main.changes(for: LayerState.grouping($0), isComplete: $1, existing: $2)
                }
            ]
        }
    }

    private var environment: RunEnvironment {
        RunEnvironment(
            now: { [self] in clock.withLock { $0 } },
            newPublication: { [self] in
                let number = publications.withLock {
                    $0 += 1; return $0
                }
                let digits = String(number)
                return String(repeating: "0", count: 26 - digits.count) + digits
            },
            report: { [self] event in events.withLock { $0.append(event) } }, holder: "test")
    }

    func pass(_ seconds: Int) { clock.withLock { $0 = $0 + .seconds(seconds) } }

    /// Everything that a layer's consumers would see: a line for each listed release.
    private static let branch = BranchRenderer(branch: "main", announces: true, fingerprint: "test") {
        states, _, existing in
        try states.compactMap { state in
            let lines = state.releases.filter(\.status.isListed).map { "\($0.id) \($0.buildNumber) \($0.status)\n" }
                .sorted()
            let path = "\(state.item.layer)/\(state.item.target)"
            let bytes = Array(lines.joined().utf8)
            return try existing(path) == bytes ? nil : FileChange(path: path, content: .write(bytes))
        }
    }

    func buildService(
        version: Int, dependency: Int, _ building: @escaping @Sendable (BuildOrder) throws -> Void = { _ in }
    ) -> BuildService {
        let folder = self.folder
        return BuildService(
            resolve: { requests, progress in
                var outcomes: [Item: ResolveOutcome] = [:]
                for request in requests {
                    let outcome = ResolveOutcome.locked(
                        ResolvedLock(lock: try Self.lock(request, version: version, dependency: dependency)))
                    outcomes[request.item] = outcome
                    progress(request.item)
                }
                return outcomes
            },
            build: { orders, done in
                for order in orders {
                    do {
                        try building(order)
                        await done(order, .success(try Self.zip(for: order, in: folder)))
                    } catch {
                        await done(order, .failure(.wrapping(error, .badWheel, "\(error)")))
                    }
                }
            })
    }

    private static func lock(_ request: ResolveRequest, version: Int, dependency: Int) throws -> Lock {
        let names = request.requires.map { ($0.package, version) } + [(try dependencyName(), dependency)]
        return Lock(
            target: request.item.target,
            wheels: names.map { name, version in
                LockedWheel(
                    package: name, version: "\(version).0", fileName: "\(name)-\(version).0-py3-none-any.whl",
                    url: "https://index.invalid/\(name)", size: nil, sha256: .of("\(name) \(version)"))
            })
    }

    private static func dependencyName() throws -> PackageName {
        guard let name = PackageName("dependency") else { throw StrataError(.inconsistent, "dependency") }
        return name
    }

    /// A zip with one stored entry, whose bytes depend on the contents alone.
    private static func zip(for order: BuildOrder, in folder: String) throws -> BuiltLayer {
        let contents = ContentsKey(order.lock, order.options).description
        let bytes = StoredZip.bytes(path: "python/contents.txt", Array(contents.utf8))
        let path = "\(folder)/\(contents).zip"
        try Data(bytes).write(to: URL(filePath: path))
        return BuiltLayer(
            path: path, sha256: .of(bytes), zipped: ByteCount(bytes.count), unzipped: ByteCount(contents.utf8.count),
            packages: order.lock.wheels.map {
                .init(name: $0.package, version: $0.version, license: "MIT", summary: nil, unzipped: nil)
            })
    }
}

/// The smallest zip: one entry, stored.
enum StoredZip {
    static func bytes(path: String, _ content: [UInt8]) -> [UInt8] {
        func little(_ value: Int, _ width: Int) -> [UInt8] { (0..<width).map { UInt8(value >> (8 * $0) & 255) } }
        let name = Array(path.utf8)
        func fields(_ pairs: [(Int, Int)]) -> [UInt8] { pairs.flatMap { little($0, $1) } }
        let common = fields([
            (20, 2), (0, 2), (0, 2), (0, 2), (0x21, 2), (Int(crc(content)), 4), (content.count, 4), (content.count, 4),
            (name.count, 2), (0, 2),
        ])
        var zip = little(0x0403_4b50, 4) + common + name + content
        let start = zip.count
        zip += little(0x0201_4b50, 4) + little(0x314, 2) + common
        zip += fields([(0, 2), (0, 2), (0, 2), (0o100644 << 16, 4), (0, 4)]) + name
        let length = zip.count - start
        zip += fields([(0x0605_4b50, 4), (0, 4), (1, 2), (1, 2), (length, 4), (start, 4), (0, 2)])
        return zip
    }

    private static func crc(_ bytes: [UInt8]) -> UInt32 {
        var sum = ~UInt32(0)
        for byte in bytes {
            sum ^= UInt32(byte)
            for _ in 0..<8 {
                let carry: UInt32 = sum & 1 == 1 ? 0xEDB8_8320 : 0
                sum = (sum >> 1) ^ carry
            }
        }
        return ~sum
    }
}
