import Contracts
import Fleet
import Foundation
import Local
import Model
import Publishing
import Synchronization
import Testing

/// A laptop and a fleet carry the same plan out, each in its own way: what they say of it must be the same.
@Suite("One report")
struct OneReportTests {
    @Test("tells the same accidents, whether a laptop or the fleet met them", arguments: [false, true])
    func accidents(isStillDead: Bool) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "strata-fleet-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let laptop = try await World("\(folder)/laptop")
        let fleet = try await World("\(folder)/fleet")
        for world in [laptop, fleet] {
            #expect(try await world.runOnLaptop(.calm).status == .done)
            let left = try await world.runOnLaptop(.accidents)
            #expect(left.published.count == 28 && left.pending.count == 28)
            let open = try await world.ledger.openIntents(after: nil, limit: 10)
            #expect(open.map(\.region).sorted() == [Place.lost, Place.dead].sorted())
        }

        let told = try await laptop.runOnLaptop(.compared(isStillDead: isStillDead))
        let (status, report) = try await fleet.runInFleet(.compared(isStillDead: isStillDead))
        #expect(status == .partly && told.status == .partly)
        expectSame(told, report)
        try await expectSame(laptop, fleet)
        expectAccidents(in: report, isStillDead: isStillDead)
    }

    private func expectSame(_ laptop: RunReport, _ fleet: RunReport) {
        #expect(laptop.plan.actions == fleet.plan.actions)
        #expect(laptop.plan.vanished == fleet.plan.vanished)
        #expect(laptop.plan.remarks == fleet.plan.remarks)
        #expect(laptop.built == fleet.built)
        #expect(laptop.bytesBuilt == fleet.bytesBuilt)
        #expect(laptop.unchanged == fleet.unchanged)
        #expect(laptop.published == fleet.published)
        #expect(laptop.adopted == fleet.adopted)
        #expect(laptop.deprecated == fleet.deprecated)
        #expect(laptop.permitted == fleet.permitted)
        #expect(laptop.deleted == fleet.deleted)
        #expect(laptop.pending == fleet.pending)
        #expect(laptop.refused == fleet.refused)
        #expect(laptop.failed == fleet.failed)
        #expect(laptop.commits.map(\.branch) == fleet.commits.map(\.branch))
        #expect(laptop.commits.map(\.files) == fleet.commits.map(\.files))
        #expect(laptop.commits.map(\.bytes) == fleet.commits.map(\.bytes))
        #expect(laptop.commits.map(\.overwritten) == fleet.commits.map(\.overwritten))
        #expect(laptop.hasChanged == fleet.hasChanged)
    }

    /// What readers see: the commits' messages, and every file.
    private func expectSame(_ laptop: World, _ fleet: World) async throws {
        let (ours, theirs) = (laptop.remote.branches, fleet.remote.branches)
        #expect(ours.mapValues(\.messages) == theirs.mapValues(\.messages))
        #expect(ours.values.allSatisfy { $0.messages.count == 3 }, "each of the runs made one commit")
        #expect(ours.mapValues(\.files) == theirs.mapValues(\.files))
        let items = try Day.calm.desired().items
        let notes = try await laptop.ledger.states(of: items).map(\.notes)
        #expect(try await fleet.ledger.states(of: items).map(\.notes) == notes)
        let resolutions = try await laptop.ledger.states(of: items).map(\.resolution)
        #expect(try await fleet.ledger.states(of: items).map(\.resolution) == resolutions)
        let refused = resolutions.compactMap { $0?.refusedBuilds.first?.reason }
        #expect(refused == Array(repeating: "planted: two wheels disagree; planted hint", count: 2))
        let open = try await laptop.ledger.openIntents(after: nil, limit: 100).map { "\($0.item) \($0.region)" }
        #expect(
            try await fleet.ledger.openIntents(after: nil, limit: 100).map { "\($0.item) \($0.region)" }.sorted()
                == open.sorted())
    }

    /// That what was planted has happened: two reports of nothing would be the same, too.
    private func expectAccidents(in report: RunReport, isStillDead: Bool) {
        #expect(report.adopted.map(\.region) == [Place.lost] && report.adopted.map(\.version) == ["2.0"])
        #expect(report.unchanged == 2)
        #expect(report.built == 10)
        #expect(Set(report.failed.map(\.item.layer.text)) == ["broken", "mute"])
        #expect(Set(report.refused.map(\.item.layer.text)) == ["hopeless", "unmet"])
        #expect(report.failed.contains { $0.hint == "planted hint" })
        #expect(report.plan.waits.count == 2 && report.plan.remarks?.count == 2)
        #expect(report.plan.vanished.layers.map(\.text) == ["gone"])
        #expect(Set(report.plan.publications.map(\.region)).contains(Place.lacking))
        #expect(!report.published.map(\.region).contains(Place.lacking))
        // The new version of two layers, and the former of two that could not be resolved, where it was missing.
        #expect(report.published.count == (isStillDead ? 12 : 20))
        // In the dead region a permission could not be changed either; the rest of them was not tried.
        #expect(report.pending.count == (isStillDead ? 9 : 0))
        #expect(Set(report.permitted.map(\.release.region)).count == (isStillDead ? 3 : 4))
        #expect(report.permitted.allSatisfy { $0.after == Audience(.public) })
        let silent: Set<Region> = isStillDead ? [Place.dead] : []
        #expect(Set(report.pending.compactMap(\.region)) == silent)
        #expect(report.deprecated == report.published.count + report.adopted.count + 8)
    }
}

/// Regions, by what happens in them.
private enum Place {
    static let lost = Samples.regions[2]
    static let dead = Samples.regions[1]
    static let lacking = Samples.regions[0]
    static let regions = Samples.regions + ["us-west-2"].compactMap { Region($0) }
}

/// A run's circumstances.
private struct Day: Sendable {
    /// Of every package in the index.
    let version: Int
    let now: Timestamp
    var layers = ["attrs", "broken", "hopeless", "mute", "numpy", "same", "unmet"]
    var faults: [Region: FaultyProvider.Fault] = [:]
    /// Whether layers come to what their names say.
    var isBad = false
    var visibility = Visibility.accounts(["111122223333"])

    static let calm = Day(version: 1, now: Samples.start, layers: all)
    /// One answer is lost, and one region says nothing at all.
    static let accidents = Day(
        version: 2, now: Samples.start + .seconds(86_400), layers: all,
        faults: [Place.lost: .losesAnswers, Place.dead: .fails(.timedOut)])

    static func compared(isStillDead: Bool) -> Day {
        var day = Day(version: 3, now: Samples.start + .seconds(2 * 86_400), isBad: true)
        day.visibility = .public
        day.faults[Place.lacking] = .refusesToPublish(.unsupported)
        if isStillDead { day.faults[Place.dead] = .fails(.timedOut) }
        return day
    }

    private static let all = ["attrs", "broken", "gone", "hopeless", "mute", "numpy", "same", "unmet"]

    func desired() throws -> Desired {
        let targets = ["python3.12", "python3.13-arm64"].compactMap { Target($0) }
        return Desired(
            registry: RegistryDescription(name: "Test", url: "https://example.invalid"),
            layers: try layers.map { text in
                DesiredLayer(
                    name: try Samples.required(LayerName(text)), requires: [try Requirement(parsing: text)],
                    targets: targets)
            },
            regions: Place.regions, naming: try NameTemplate(prefix: "t"), visibility: visibility)
    }

    func outcome(of request: ResolveRequest) -> ResolveOutcome {
        let layer = request.item.layer.text
        if isBad, layer == "unmet" { return .refused(reason: "planted: no wheel for it") }
        if isBad, layer == "mute" { return .failed(reason: "planted: no answer") }
        let wheels = request.requires.map { requirement in
            LockedWheel(
                package: requirement.package, version: "\(version).0",
                fileName: "\(requirement.package)-\(version).0-py3-none-any.whl",
                url: "https://index.invalid/\(requirement.package)", size: nil,
                sha256: .of("\(requirement.package) \(version)"))
        }
        let young = request.requires.map {
            YoungRelease(package: $0.package, version: "9.0", matures: now + .seconds(86_400))
        }
        return .locked(
            ResolvedLock(
                lock: Lock(target: request.item.target, wheels: wheels),
                remarks: isBad && layer == "attrs" ? ["attrs \(version).0 was picked"] : [],
                young: isBad && layer == "numpy" ? young : []))
    }

    /// A zip whose bytes depend on the item and, but for `same`, on the contents.
    func build(_ order: BuildOrder, in folder: String) -> Result<BuiltLayer, StrataError> {
        let layer = order.item.layer.text
        if isBad, layer == "broken" {
            return .failure(StrataError(.tool, "planted: the worker died", hint: "planted hint"))
        }
        if isBad, layer == "hopeless" {
            return .failure(StrataError(.unbuildable, "planted: two wheels disagree", hint: "planted hint"))
        }
        let contents = layer == "same" ? "" : ContentsKey(order.lock, order.options).description
        let text = Array("\(order.item) \(contents)".utf8)
        let bytes = SampleZip.bytes(text)
        let path = "\(folder)/\(UUID().uuidString).zip"
        do {
            try Data(bytes).write(to: URL(filePath: path))
        } catch {
            return .failure(StrataError(.file, "\(error)"))
        }
        return .success(
            BuiltLayer(
                path: path, sha256: .of(bytes), zipped: ByteCount(bytes.count), unzipped: ByteCount(text.count),
                packages: []))
    }
}

/// A ledger, regions and a registry, and both ways to work on them.
private struct World: Sendable {
    let ledger: SQLiteLedger
    let remote = MemoryRemote()
    private let folder: String
    private let bucket: FolderBlobs

    init(_ folder: String) async throws {
        self.folder = folder
        ledger = try await SQLiteLedger.open(path: "\(folder)/ledger.sqlite")
        bucket = FolderBlobs(root: "\(folder)/bucket")
    }

    func runOnLaptop(_ day: Day) async throws -> RunReport { try await Run(context(day)).run() }

    /// The state machine's calls, one after another.
    func runInFleet(_ day: Day) async throws -> (FinishOutput.Status, RunReport) {
        let fleet = FleetContext(
            publishing: try context(day), blobs: bucket, bucket: "bucket", folder: "\(folder)/zips", batchSize: 3)
        let begun: PrepareOutput = try await call(
            .prepare, Payload(execution: "compared", allow: .init(vanished: true)), fleet)
        let run = begun.context
        var recovered: RecoverOutput
        repeat { recovered = try await call(.recover, Payload(context: run), fleet) } while recovered.more
        let batches: [Batch] = try await object(begun.batches.key)
        for batch in batches {
            let _: ResolveOutput = try await call(
                .resolve, Payload(context: run, batch: batch.batch, items: batch.items), fleet)
        }
        let planned: PlanOutput = try await call(.plan, Payload(context: run, batches: begun.count), fleet)
        let work: [WorkItem] = try await object(planned.work.key)
        for item in work {
            let built: BuildOutput = try await call(
                .build, Payload(context: run, batch: item.batch, item: item.item), fleet)
            for region in built.regions {
                let _: PublishOutput = try await call(
                    .publish, Payload(context: run, item: item.item, intent: region.intent), fleet)
            }
        }
        let _: CommitOutput = try await call(.commit, Payload(context: run), fleet)
        let finished: FinishOutput = try await call(.finish, Payload(context: run), fleet)
        let told: Finished = try await object(try #require(finished.report?.key))
        return (finished.status, told.report)
    }

    private func call<Output: Decodable>(
        _ handler: HandlerName, _ payload: Payload, _ fleet: FleetContext
    ) async throws -> Output {
        let invocation = Invocation(
            requestID: UUID().uuidString, deadline: .now + .seconds(60),
            payload: Array(try JSONEncoder().encode(payload)))
        let answer = try await handler.function(fleet)(invocation)
        return try JSONDecoder().decode(Output.self, from: Data(answer))
    }

    private func object<Value: Decodable>(_ key: BlobKey) async throws -> Value {
        let bytes = try #require(try await bucket.get(key))
        return try JSONDecoder().decode(Value.self, from: Data(bytes))
    }

    private func context(_ day: Day) throws -> PublishingContext {
        let folder = folder
        let buildService = BuildService(
            resolve: { requests, progress in
                var outcomes: [Item: ResolveOutcome] = [:]
                for request in requests {
                    outcomes[request.item] = day.outcome(of: request)
                    progress(request.item)
                }
                return outcomes
            },
            build: { orders, done in
                for order in orders { await done(order, day.build(order, in: folder)) }
            })
        // One at a time, so that a dead region meets the same item first in both worlds.
        var options = PublishingContext.Options(perRegion: 1)
        options.allowances = .init(vanished: true)
        return PublishingContext(
            desired: try day.desired(), ledger: ledger,
            provider: FaultyProvider(real: FolderProvider(root: "\(folder)/lambda"), faults: day.faults),
            buildService: buildService,
            registry: RegistryWriter(
                remote: remote, branches: { ["main", "site"].map { BranchRenderer.listing($0) } }),
            environment: RunEnvironment(
                now: { day.now }, newPublication: PublicationID.next, report: { _ in }, holder: "test"),
            options: options)
    }
}

/// What any of the handlers takes; each reads the fields that it knows.
private struct Payload: Encodable {
    struct Allowed: Encodable {
        let vanished: Bool
    }
    let v = PayloadVersion()
    var context: RunContext?
    var execution: String?
    var allow: Allowed?
    var batches: Int?
    var batch: Int?
    var items: [ItemText]?
    var item: ItemText?
    var intent: Intent.ID?
}

/// `report.json`.
private struct Finished: Decodable {
    let report: RunReport
}

extension BranchRenderer {
    /// A file for each item, with all that the ledger says of its releases.
    fileprivate static func listing(_ branch: String) -> BranchRenderer {
        BranchRenderer(
            branch: branch, announces: branch == "main", fingerprint: "test",
            render: { states, _, existing in
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys]
                var changes: [FileChange] = []
                for state in states {
                    let path = "\(state.item.layer)/\(state.item.target)"
                    let bytes = Array(try encoder.encode(state.releases.sorted { $0.id < $1.id }))
                    if try existing(path) != bytes { changes.append(FileChange(path: path, content: .write(bytes))) }
                }
                return changes
            })
    }
}

/// A folder that stands in for Lambda, with regions that have faults.
private struct FaultyProvider: LayerProvider {
    enum Fault: Sendable {
        /// Every call fails and has no effect.
        case fails(StrataError.Code)
        /// Nothing can be published.
        case refusesToPublish(StrataError.Code)
        /// What is published exists, and nobody is told.
        case losesAnswers
    }

    let real: FolderProvider
    let faults: [Region: Fault]

    private func check(_ region: Region) throws {
        if case .fails(let code) = faults[region] { throw planted(code) }
    }

    private func planted(_ code: StrataError.Code) -> StrataError {
        StrataError(code, "planted \(code.rawValue)", hint: "planted hint")
    }

    var listLag: Duration { real.listLag }
    func account(in partition: Partition) async throws -> String { try await real.account(in: partition) }

    func prepare(_ package: LayerPackage, for regions: [Region]) async throws -> any PreparedLayer {
        try await real.prepare(package, for: regions)
    }

    func publish(_ layer: any PreparedLayer, as name: String, in region: Region) async throws -> PublishedVersion {
        try check(region)
        if case .refusesToPublish(let code) = faults[region] { throw planted(code) }
        let version = try await real.publish(layer, as: name, in: region)
        if case .losesAnswers = faults[region] { throw planted(.timedOut) }
        return version
    }

    func version(_ id: Release.ID) async throws -> PublishedVersion? {
        try check(id.region)
        return try await real.version(id)
    }

    func versions(of name: String, in region: Region) async throws -> [VersionSummary] {
        try check(region)
        return try await real.versions(of: name, in: region)
    }

    func delete(_ id: Release.ID) async throws {
        try check(id.region)
        try await real.delete(id)
    }

    func grant(_ grant: Visibility.Grant, on id: Release.ID) async throws {
        try check(id.region)
        try await real.grant(grant, on: id)
    }

    func revoke(statement: String, on id: Release.ID) async throws {
        try check(id.region)
        try await real.revoke(statement: statement, on: id)
    }

    func policy(of id: Release.ID) async throws -> [Visibility.Grant] {
        try check(id.region)
        return try await real.policy(of: id)
    }

    func storage(in region: Region) async throws -> CodeStorage {
        try check(region)
        return try await real.storage(in: region)
    }
}

/// A registry in memory, each branch with its own files.
private final class MemoryRemote: RegistryRemote {
    struct Branch: Sendable {
        var tip: String?
        var files: [String: [UInt8]] = [:]
        /// Of the commits that were pushed, without the lines that differ from run to run.
        var messages: [String] = []
    }

    private struct State: Sendable {
        var branches: [String: Branch] = [:]
        var drafts: [String: RegistryDraft] = [:]
    }

    let deadline = Duration.seconds(60)
    private let state = Mutex(State())

    var branches: [String: Branch] { state.withLock { $0.branches } }

    func fetch(branches: [String]) async throws -> [String: any RegistrySnapshot] {
        let known = self.branches
        var snapshots: [String: any RegistrySnapshot] = [:]
        for name in branches { snapshots[name] = Snapshot(branch: name, content: known[name] ?? Branch()) }
        return snapshots
    }

    func commit(_ draft: RegistryDraft, on snapshot: any RegistrySnapshot) async throws -> RegistryCommit? {
        guard !draft.changes.isEmpty else { return nil }
        let branch = snapshot.branch
        return state.withLock { state in
            let id = "commit\(state.drafts.count + 1)"
            state.drafts[id] = draft
            return RegistryCommit(id: id, branch: branch)
        }
    }

    func push(_ commit: RegistryCommit, expecting tip: String?) async throws -> PushOutcome {
        try state.withLock { state in
            var branch = state.branches[commit.branch] ?? Branch()
            guard tip == branch.tip else { return .moved(to: branch.tip) }
            guard let draft = state.drafts[commit.id] else { throw StrataError(.inconsistent, "no such commit") }
            for change in draft.changes {
                switch change.content {
                case .write(let bytes): branch.files[change.path] = bytes
                case .delete: branch.files[change.path] = nil
                }
            }
            let lines = draft.message.split(separator: "\n", omittingEmptySubsequences: false).filter {
                !$0.hasPrefix("Strata-Run: ") && !$0.hasPrefix("Strata-Revision: ")
            }
            branch.messages.append(lines.joined(separator: "\n"))
            branch.tip = commit.id
            state.branches[commit.branch] = branch
            return .pushed
        }
    }

    private struct Snapshot: RegistrySnapshot {
        let branch: String
        let content: Branch

        var tip: String? { content.tip }

        func withFiles<Value: Sendable>(
            _ body: @Sendable (any RegistryFiles) throws -> Value
        ) async throws -> Value {
            try body(Files(content: content))
        }

        func includes(_ commit: RegistryCommit) async throws -> Bool { content.tip == commit.id }
    }

    private struct Files: RegistryFiles {
        let content: Branch

        func file(_ path: String) throws -> [UInt8]? { content.files[path] }

        func files(below folder: String) throws -> [String] {
            content.files.keys.filter { folder.isEmpty || $0.hasPrefix("\(folder)/") }.sorted()
        }

        func paths(changedSince commit: String, exceptIn isOurs: (String) -> Bool) throws -> Set<String> { [] }
    }
}
