import Files
import FoundationEssentials
import Model

/// Small JSON files of a cache: written whole or not at all, and worth nothing if damaged.
enum SmallFile {
    /// The pages of the largest projects take some megabytes.
    private static let limit = ByteCount.mebibytes(256)

    /// What the file holds; nil if there is none, or none that is understood.
    static func read<Value: Decodable>(_ type: Value.Type, at path: String) -> Value? {
        guard let bytes = try? BoundedFile.read(path, limit: limit) else { return nil }
        return try? JSONDecoder().decode(type, from: Data(bytes))
    }

    /// Writes under a name of its own and renames, so that a reader sees the old or the new.
    /// - Throws: `file`.
    static func write(_ value: some Encodable, at path: String) throws(StrataError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            try Folder.make(Path.parent(of: path), mode: 0o777)
            try AtomicFile.write(encoder.encode(value), to: path, mode: 0o666)
        } catch {
            throw StrataError.wrapping(error, .file, "cannot write '\(path)'")
        }
    }
}
