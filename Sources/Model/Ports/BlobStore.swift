/// Whole objects under keys: what is too large for a message or a ledger's record.
///
/// An object is written as a whole or not at all, and read as it was last written. Nothing is locked: writers that must
/// not undo each other's work use keys that tell the content, or `unlessExists`.
public protocol BlobStore: Sendable {
    /// The object, or nil if there is none.
    /// - Throws: `tooLarge` for one of more than `BlobLimits.memory`: such an object is downloaded to a file.
    func get(_ key: BlobKey) async throws -> [UInt8]?
    /// The object's size, or nil if there is none.
    func head(_ key: BlobKey) async throws -> Blob?
    /// Writes an object.
    /// - Parameter unlessExists: leaves an object that is there as it is.
    /// - Returns: false if the object was there and was left. A call that was repeated because its answer was lost may
    ///   say so of the object that it wrote itself: where that matters, compare.
    @discardableResult
    func put(_ bytes: [UInt8], as key: BlobKey, unlessExists: Bool) async throws -> Bool
    /// Removes an object; one that is gone is no error.
    func delete(_ key: BlobKey) async throws
    /// The objects whose keys begin with a text, by key, after one, at most `limit`. Fewer than `limit` are the last.
    func list(_ prefix: String, after: BlobKey?, limit: Int) async throws -> [Blob]

    /// Writes a file's bytes as an object, as `put` does, but never holds all of them in memory.
    /// - Throws: `inconsistent` if the file does not hold what is promised: nothing is written then.
    @discardableResult
    func upload(_ file: BlobFile, as key: BlobKey, unlessExists: Bool) async throws -> Bool
    /// Writes an object into a file, which appears whole or not at all and replaces one of that name.
    /// - Returns: its size and digest.
    /// - Throws: `notFound` if there is no such object.
    func download(_ key: BlobKey, to path: String) async throws -> BlobFile
}

/// An object that is there.
public struct Blob: Sendable, Hashable {
    public let key: BlobKey
    public let size: ByteCount

    public init(key: BlobKey, size: ByteCount) {
        self.key = key
        self.size = size
    }
}

/// A file with what it holds.
public struct BlobFile: Sendable, Hashable {
    public let path: String
    public let size: ByteCount
    public let sha256: ContentDigest

    public init(path: String, size: ByteCount, sha256: ContentDigest) {
        self.path = path
        self.size = size
        self.sha256 = sha256
    }
}

public enum BlobLimits {
    /// The largest object that is read into memory.
    public static let memory = ByteCount.mebibytes(64)
}

/// The name of an object: segments of `A-Z a-z 0-9 . _ -` between single slashes, at most 512 bytes, no segment of
/// dots alone. So it can be a path in a folder, in a URL and in a signature alike.
public struct BlobKey: Sendable, Hashable, Comparable, LosslessStringConvertible, Codable {
    public let description: String

    public init?(_ description: String) {
        guard description.utf8.count <= 512 else { return nil }
        for segment in description.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard segment.count <= 200, segment.contains(where: { $0 != UInt8(ascii: ".") }),
                segment.allSatisfy({ $0.isASCIIAlphanumeric || "._-".utf8.contains($0) })
            else { return nil }
        }
        self.description = description
    }

    /// - Throws: `invalidRequest` for a text that is no key.
    public init(checking description: String) throws(StrataError) {
        guard let key = BlobKey(description) else {
            throw StrataError(.invalidRequest, "'\(description)' cannot be the key of an object")
        }
        self = key
    }

    public static func < (left: BlobKey, right: BlobKey) -> Bool {
        left.description.utf8.lexicographicallyPrecedes(right.description.utf8)
    }
    public init(from decoder: any Decoder) throws { self = try decoder.decodeLossless() }
    public func encode(to encoder: any Encoder) throws { try encoder.encodeDescription(of: self) }
}
