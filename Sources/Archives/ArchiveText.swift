import Model
import Wheels

/// A small text out of an archive, without unpacking the rest.
public enum ArchiveText {
    /// The file of a name that lies in the archive's only folder, or in the first of them: `pyproject.toml`.
    ///
    /// - Parameters:
    ///   - path: a file whose digest was checked.
    ///   - name: its own name, which says what it is.
    /// - Returns: nil if there is none.
    /// - Throws: `.badWheel` for an archive that is damaged or hostile; `.tooLarge` for a text over the limit; `.cancelled`.
    public static func read(
        _ file: String, in path: String, name: String, limit: ByteCount = ByteCount(1 << 20)
    ) async throws -> [UInt8]? {
        try await offPool { cancellation in
            let reader = ArchiveReader(
                path: path, format: ArchiveFormat(name: name), name: name, limits: ArchiveLimits(),
                cancellation: cancellation)
            var text: [UInt8]?
            try reader.forEach { _, entry, contents in
                guard text == nil, entry.kind == .file, entry.path.components.count == 2,
                    entry.path.components[1].elementsEqual(file.utf8)
                else { return }
                var bytes: [UInt8] = []
                try contents.stream { part in
                    guard bytes.count + part.count <= limit.bytes else {
                        throw StrataError(.tooLarge, "'\(file)' in '\(name)' is larger than \(limit)")
                    }
                    bytes += part
                }
                text = bytes
            }
            return text
        }
    }
}
