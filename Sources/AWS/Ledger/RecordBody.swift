import FoundationEssentials
import Model

/// Puts values into records as JSON: small ones as text, larger ones compressed, very large ones into the blob store
/// under their digest, with a reference.
struct RecordBody: Sendable {
    /// Where large values go; made when the first one is met.
    let blobs: @Sendable () async throws -> any BlobStore
    let limits: Limits

    struct Limits: Sendable {
        /// Below this nothing is gained by compression: a write unit holds 1 KB.
        var plain = 900
        /// A hundred of these stay below a transaction's 4 MB.
        var inline = 32 << 10
    }

    /// The attributes that hold the value.
    func attributes(_ value: some Encodable) async throws -> Record {
        let json = try JSONBytes.of(value)
        if json.count <= limits.plain { return ["json": .text(String(decoding: json, as: UTF8.self))] }
        let compressed = try Deflate.compress(json)
        if compressed.count <= limits.inline { return ["z": .bytes(compressed), "size": .number(json.count)] }
        let digest = ContentDigest.of(json)
        // The same digest means the same bytes: what is there is right.
        try await blobs().put(json, as: Self.key(digest), unlessExists: true)
        return ["blob": .text(digest.hex), "size": .number(json.count)]
    }

    func value<Value: Decodable>(of record: Record, _: Value.Type = Value.self) async throws -> Value {
        do {
            return try JSONDecoder().decode(Value.self, from: Data(try await json(record)))
        } catch let error as StrataError {
            throw error
        } catch {
            throw StrataError(
                .inconsistent,
                "the ledger's record '\(record["pk"]?.text ?? "")' '\(record["sk"]?.text ?? "")' cannot be read",
                cause: error)
        }
    }

    private func json(_ record: Record) async throws -> [UInt8] {
        if let text = record["json"]?.text { return Array(text.utf8) }
        if let bytes = record["z"]?.bytes, let size = record["size"]?.number {
            return try Deflate.expand(bytes, size: size)
        }
        guard let digest = record["blob"]?.text.flatMap({ ContentDigest(hex: $0) }) else {
            throw StrataError(.inconsistent, "a record of the ledger holds nothing")
        }
        let key = try Self.key(digest)
        guard let bytes = try await blobs().get(key), ContentDigest.of(bytes) == digest else {
            throw StrataError(
                .inconsistent, "the object '\(key)', which the ledger refers to, is missing or damaged",
                hint: "restore it from the bucket's former versions, or rebuild the ledger with 'strata reconcile'")
        }
        return bytes
    }

    static func key(_ digest: ContentDigest) throws(StrataError) -> BlobKey {
        try BlobKey(checking: "ledger/\(digest.hex).json")
    }
}
