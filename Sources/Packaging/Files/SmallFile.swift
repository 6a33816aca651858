import FoundationEssentials
import Glibc
import Model

/// Small JSON files of a cache: written whole or not at all, and worth nothing if damaged.
enum SmallFile {
    /// What the file holds; nil if there is none, or none that is understood.
    static func read<Value: Decodable>(_ type: Value.Type, at path: String) -> Value? {
        guard let data = try? Data(contentsOf: URL(filePath: path)) else { return nil }
        return try? JSONDecoder().decode(type, from: data)
    }

    /// Writes under a name of its own and renames, so that a reader sees the old or the new.
    /// - Throws: `file`.
    static func write(_ value: some Encodable, at path: String) throws(StrataError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let temporary = "\(path).\(String(UInt64.random(in: 0 ... .max), radix: 36)).partial"
        do {
            try Folder.create(Folder.parent(of: path))
            try encoder.encode(value).write(to: URL(filePath: temporary))
            try Folder.rename(temporary, to: path)
        } catch {
            unlink(temporary)
            throw StrataError.wrapping(error, .file, "cannot write '\(path)'")
        }
    }
}
