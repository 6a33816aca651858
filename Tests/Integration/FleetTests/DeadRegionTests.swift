import Contracts
import Fleet
import Foundation
import Local
import Model
import Publishing
import Synchronization
import Testing

@Suite("A dead region")
struct DeadRegionTests {
    /// A region that never answers in time, and counts how often it was asked.
    private final class DeadRegion: LayerProvider {
        let asked = Mutex(0)

        private func fail<Value>() throws -> Value {
            asked.withLock { $0 += 1 }
            throw StrataError(.timedOut, "planted silence")
        }

        var listLag: Duration { .zero }
        func account(in partition: Partition) async throws -> String { try fail() }
        /// Needs no answer of the region.
        func prepare(_ package: LayerPackage, for regions: [Region]) async throws -> any PreparedLayer {
            Prepared(package: package)
        }
        private struct Prepared: PreparedLayer { let package: LayerPackage }

        func publish(_ layer: any PreparedLayer, as name: String, in region: Region) async throws
            -> PublishedVersion
        { try fail() }
        func version(_ id: Release.ID) async throws -> PublishedVersion? { try fail() }
        func versions(of name: String, in region: Region) async throws -> [VersionSummary] { try fail() }
        func delete(_ id: Release.ID) async throws { let _: Int = try fail() }
        func grant(_ grant: Visibility.Grant, on id: Release.ID) async throws { let _: Int = try fail() }
        func revoke(statement: String, on id: Release.ID) async throws { let _: Int = try fail() }
        func policy(of id: Release.ID) async throws -> [Visibility.Grant] { try fail() }
        func storage(in region: Region) async throws -> CodeStorage { try fail() }
    }

    @Test("is asked by one call of a run, whose intent stays open, and not by those that come after, which leave none")
    func cut() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "strata-fleet-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let region = DeadRegion()
        let ledger = try await SQLiteLedger.open(path: "\(folder)/ledger.sqlite")
        let lease = try await ledger.acquire("publish", holder: "run", now: now, term: .seconds(900))
        let items = try (0..<5).map { try Samples.item("layer\($0)") }
        let intents = try items.map { try intent(of: $0) }
        for (item, intent) in zip(items, intents) {
            try await ledger.record([.built(try Samples.build(1, of: item))], lease: lease)
            try await ledger.begin([intent], lease: lease)
        }
        let bucket = FolderBlobs(root: "\(folder)/bucket")
        for item in items {
            let bytes = Array("zip \(item) 1".utf8)
            try await bucket.put(
                bytes, as: try BlobKey(checking: "builds/\(ContentDigest.of(bytes).hex).zip"), unlessExists: false)
        }
        let publish = HandlerName.publish.function(try FleetContext.sample(ledger, region, folder, now: now))
        for (number, (item, intent)) in zip(items, intents).enumerated() {
            let payload = try JSONEncoder().encode(
                Input(context: RunContext(run: "run", lease: lease), item: ItemText(item), intent: intent.id))
            let answer = try JSONDecoder().decode(
                PublishOutput.self,
                from: Data(
                    try await publish(
                        Invocation(
                            requestID: "call-\(number)", deadline: .now + .seconds(60), payload: Array(payload)))))
            #expect(answer.status == .pending)
            #expect(answer.reason == (number == 0 ? "" : "not tried: ") + "planted silence")
        }
        #expect(region.asked.withLock { $0 } == 1)
        let states = try await ledger.states(of: items)
        #expect(states.allSatisfy { $0.notes.count == 1 && $0.releases.isEmpty })
        #expect(states.map(\.openIntents.count) == [1, 0, 0, 0, 0])
    }

    private struct Input: Encodable {
        let v = PayloadVersion()
        let context: RunContext
        let item: ItemText
        let intent: Intent.ID
    }

    private let now = Timestamp(seconds: 1_795_000_000)

    private func intent(of item: Item) throws -> Intent {
        let region = Samples.regions[0]
        let sha256 = try #require(try Samples.build(1, of: item).artifact?.sha256)
        return Intent(
            id: Intent.ID(PublicationID.repeatable(at: now, seed: item.description), region.code),
            work: .publish(item: item, buildNumber: 1, sha256: sha256, region: region, name: item.layer.text),
            begun: now)
    }
}
