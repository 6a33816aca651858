import Contracts
import Fleet
import Foundation
import Local
import Model
import Publishing
import Testing

@Suite("A build that is delivered twice at the same time")
struct DoubleBuildTests {
    @Test("finds what the other delivery has recorded, and writes down the same intents")
    func race() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "strata-fleet-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let scene = try await Scene(folder)
        _ = try await scene.call(.resolve, at: Samples.start, isRacing: false)
        let answer = try JSONDecoder().decode(
            BuildOutput.self, from: try await scene.call(.build, at: Samples.start, isRacing: true))
        #expect(answer.failed == nil && answer.regions.map(\.region) == Samples.regions.sorted())
        let state = try #require(try await scene.ledger.states(of: [scene.item]).first)
        #expect(state.builds.count == 1)
        #expect(state.builds.first?.created == Samples.start + .seconds(30), "the other delivery was first")
        #expect(Set(state.openIntents.map(\.id)) == Set(answer.regions.map(\.intent)))
        #expect(state.openIntents.count == Samples.regions.count)
    }
}

/// One item and one run, and handlers that can be called in the middle of each other.
private struct Scene: Sendable {
    let folder: String
    let ledger: SQLiteLedger
    let item: Item
    private let lock: Lock
    private let layer: DesiredLayer
    private let input: Input

    private struct Input: Encodable, Sendable {
        let v = PayloadVersion()
        let context: RunContext
        let batch = 0
        let item: ItemText
        let items: [ItemText]
    }

    init(_ folder: String) async throws {
        self.folder = folder
        ledger = try await SQLiteLedger.open(path: "\(folder)/ledger.sqlite")
        item = try Samples.item("requests")
        lock = try #require(try Samples.build(1, of: item).artifact?.lock)
        layer = DesiredLayer(
            name: item.layer, requires: [try Requirement(parsing: "requests")], targets: [item.target])
        let lease = try await ledger.acquire("publish", holder: "run", now: Samples.start, term: .seconds(900))
        input = Input(
            context: RunContext(run: "run", lease: lease), item: ItemText(item), items: [ItemText(item)])
    }

    /// - Parameter isRacing: while this delivery builds, another does all of its work.
    func call(_ handler: HandlerName, at time: Timestamp, isRacing: Bool) async throws -> Data {
        let (item, lock) = (item, lock)
        let buildService = BuildService(
            resolve: { _, _ in [item: .locked(ResolvedLock(lock: lock))] },
            build: { orders, done in
                if isRacing { _ = try await call(.build, at: time + .seconds(30), isRacing: false) }
                for order in orders { await done(order, .success(try zip())) }
            })
        let fleet = try FleetContext.sample(
            ledger, FolderProvider(root: "\(folder)/lambda"), folder, now: time, layers: [layer],
            buildService: buildService)
        let invocation = Invocation(
            requestID: "call", deadline: .now + .seconds(60), payload: Array(try JSONEncoder().encode(input)))
        return Data(try await handler.function(fleet)(invocation))
    }

    private func zip() throws -> BuiltLayer {
        let bytes = SampleZip.bytes(Array("same".utf8))
        let path = "\(folder)/\(UUID().uuidString).zip"
        try Data(bytes).write(to: URL(filePath: path))
        return BuiltLayer(
            path: path, sha256: .of(bytes), zipped: ByteCount(bytes.count), unzipped: ByteCount(4), packages: [])
    }
}
