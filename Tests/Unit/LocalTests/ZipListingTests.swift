import Contracts
import FoundationEssentials
import Local
import Model
import Testing

@Suite("Zips as the folder provider reads them")
struct ZipListingTests {
    @Test("no damaged zip crashes the reading: it is taken or refused", arguments: seeds(4))
    func damaged(seed: UInt64) async throws {
        var chance = SeededGenerator(seed: seed)
        try await withTemporaryFolder { folder in
            let provider = FolderProvider(root: "\(folder)/lambda")
            let sound = SampleZip.bytes(Array("print()".utf8))
            for _ in 0..<60 {
                var bytes = sound
                for _ in 0..<Int.random(in: 1...3, using: &chance) {
                    bytes[Int.random(in: 0..<bytes.count, using: &chance)] =
                        [0, 0xff, UInt8.random(in: 0...255, using: &chance)].randomElement(using: &chance) ?? 0
                }
                bytes.removeLast(Int.random(in: 0...3, using: &chance) == 0 ? Int.random(in: 0...9, using: &chance) : 0)
                let package = try SampleZip.package(bytes: bytes, in: folder)
                let layer = try await provider.prepare(package, for: [])
                do {
                    _ = try await provider.publish(layer, as: "acme", in: Samples.regions[0])
                } catch let error as StrataError {
                    #expect([.invalidRequest, .tooLarge].contains(error.code), "seed \(seed): \(error)")
                }
            }
        }
    }
}
