import FoundationEssentials
import Model
import Publishing

/// `registry/seen.json`: what the registry last said of itself to a step that can read it. The others, which have no key
/// to the registry, learn from it that their ledger is not the registry's any more, before they publish.
struct SeenRegistry: Sendable, Codable {
    var v = PayloadVersion()
    let stamp: RegistryStamp

    private static let key = "registry/seen.json"

    static func write(_ stamp: RegistryStamp, to blobs: any BlobStore) async throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        try await blobs.put(
            Array(encoder.encode(Self(stamp: stamp))), as: BlobKey(checking: key), unlessExists: false)
    }

    /// - Returns: nil if no step has seen the registry, or none by an earlier version of Strata.
    static func find(in blobs: any BlobStore) async throws -> RegistryStamp? {
        guard let bytes = try await blobs.get(BlobKey(checking: key)) else { return nil }
        return try JSONDecoder().decode(Self.self, from: Data(bytes)).stamp
    }
}
