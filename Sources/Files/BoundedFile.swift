import Crypto
import Glibc
import Model

/// Reads whole files that fit into memory: regular ones, and not beyond a limit. Blocks.
public enum BoundedFile {
    /// Which links are followed.
    public enum Links: Sendable {
        case all
        /// Only those that stay inside a folder, as Kubernetes mounts a ConfigMap. For files that strangers may replace:
        /// one that became a link to a file of secrets would have its lines quoted in error messages.
        case inside(String)
    }

    /// A file's bytes.
    ///
    /// - Throws: `notFound` if there is no such file; `file` if it cannot be read, is not a regular file or is larger
    ///   than `limit`. The message names the path.
    public static func read(
        _ path: String, limit: ByteCount, following links: Links = .all
    ) throws(StrataError) -> [UInt8] {
        let opened = try resolve(path, links)
        let file: OpenFile
        do {
            // A named pipe would block the opening for as long as nobody writes to it.
            file = try OpenFile(opened, O_RDONLY | O_NONBLOCK | (opened == path ? 0 : O_NOFOLLOW))
        } catch {
            throw .cannot("read", path, error.number)
        }
        guard let status = try? file.status(), status.kind == S_IFREG else { throw refuse(path, "not a regular file") }
        var bytes: [UInt8] = []
        // Some files say that they are empty, and are not.
        while bytes.count <= limit.bytes {
            let piece: [UInt8]
            do {
                piece = try file.read(min(max(status.size + 1, 4096), 1 << 20), at: bytes.count)
            } catch {
                throw .cannot("read", path, error.number)
            }
            if piece.isEmpty { return bytes }
            bytes += piece
        }
        throw refuse(path, "larger than \(limit)")
    }

    /// The same; nil if there is no such file.
    public static func readIfPresent(_ path: String, limit: ByteCount) throws(StrataError) -> [UInt8]? {
        do {
            return try read(path, limit: limit)
        } catch {
            if error.code == .notFound { return nil }
            throw error
        }
    }

    /// A text file.
    ///
    /// - Throws: as `read`, and `file` if it is not UTF-8.
    public static func text(
        _ path: String, limit: ByteCount, following links: Links = .all
    ) throws(StrataError) -> String {
        guard let text = String(validating: try read(path, limit: limit, following: links), as: UTF8.self) else {
            throw refuse(path, "not UTF-8 text")
        }
        return text
    }

    /// A file's digest; the file is not held in memory.
    ///
    /// - Throws: as `read`.
    public static func digest(
        _ path: String, limit: ByteCount, following links: Links = .all
    ) throws(StrataError) -> ContentDigest {
        if case .inside(let folder) = links { try checkLies(path, inside: folder) }
        let file: OpenFile
        do {
            file = try OpenFile(path, O_RDONLY | O_NONBLOCK)
        } catch {
            throw .cannot("read", path, error.number)
        }
        let status = try file.status()
        guard status.kind == S_IFREG else { throw refuse(path, "not a regular file") }
        guard status.size <= limit.bytes else { throw refuse(path, "larger than \(limit)") }
        var hasher = SHA256()
        try file.forEachBuffer { bytes throws(StrataError) in hasher.update(bufferPointer: bytes) }
        return ContentDigest(hasher.finalize())
    }

    /// Also for what lies behind links to folders.
    private static func checkLies(_ path: String, inside folder: String) throws(StrataError) {
        guard let target = Path.real(path) else { throw .cannot("read", path, errno) }
        guard let root = Path.real(folder), target.hasPrefix(root.hasSuffix("/") ? root : root + "/") else {
            throw refuse(path, "outside of the configuration's folder, where links lead")
        }
    }

    private static func refuse(_ path: String, _ why: String) -> StrataError {
        StrataError(.file, "cannot read '\(path)': it is \(why)")
    }

    /// The path to open: the true one if links are followed only inside a folder.
    private static func resolve(_ path: String, _ links: Links) throws(StrataError) -> String {
        guard case .inside(let folder) = links else { return path }
        guard let target = Path.real(path) else { throw .cannot("read", path, errno) }
        let isLink = Path.isLink(path)
        guard isLink, target != path else { return path }
        guard let root = Path.real(folder), target.hasPrefix(root.hasSuffix("/") ? root : root + "/") else {
            throw refuse(path, "a symbolic link that leads out of the configuration's folder")
        }
        return target
    }
}
