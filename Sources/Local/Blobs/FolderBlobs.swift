import CPosix
import Crypto
import Files
import Glibc
import Model

/// Objects as files in a folder. Several processes may use it at once.
///
/// The folders inside bear a `=` at the end, which no key holds: `runs/7/report.json` is `runs=/7=/report.json`, so
/// that an object `runs` can lie beside it, as in S3.
public struct FolderBlobs: BlobStore {
    public let root: String

    /// - Parameter root: made when the first object is written.
    public init(root: String) { self.root = root }

    public func get(_ key: BlobKey) async throws -> [UInt8]? {
        let path = path(of: key)
        return try await blocking {
            try unlessMissing {
                let file = try OpenFile(path)
                let size = try file.status().size
                guard size <= BlobLimits.memory.bytes else {
                    throw StrataError(
                        .tooLarge, "the object '\(key)' has \(ByteCount(size)), too much for memory",
                        place: .init(file: path))
                }
                return try file.read(size, at: 0)
            }
        }
    }

    public func head(_ key: BlobKey) async throws -> Blob? {
        let path = path(of: key)
        return try await blocking {
            try unlessMissing { Blob(key: key, size: ByteCount(try OpenFile(path).status().size)) }
        }
    }

    @discardableResult
    public func put(_ bytes: [UInt8], as key: BlobKey, unlessExists: Bool) async throws -> Bool {
        let path = path(of: key)
        return try await blocking {
            try place(at: path, unlessExists: unlessExists) { file throws(StrataError) in try file.write(bytes) }
        }
    }

    public func delete(_ key: BlobKey) async throws {
        let path = path(of: key)
        try await blocking {
            guard unlink(path) == 0 || errno == ENOENT || errno == ENOTDIR else {
                throw StrataError.file(errno, "the object cannot be removed", path)
            }
        }
    }

    public func list(_ prefix: String, after: BlobKey?, limit: Int) async throws -> [Blob] {
        try await blocking {
            let keys = try keys(in: "", prefix: prefix).filter { key in after.map { key > $0 } ?? true }.sorted()
            return try keys.prefix(max(0, limit)).compactMap { key in
                try unlessMissing { Blob(key: key, size: ByteCount(try OpenFile(path(of: key)).status().size)) }
            }
        }
    }

    @discardableResult
    public func upload(_ file: BlobFile, as key: BlobKey, unlessExists: Bool) async throws -> Bool {
        let path = path(of: key)
        return try await blocking {
            let source = try OpenFile(file.path)
            return try place(at: path, unlessExists: unlessExists) { copy throws(StrataError) in
                guard try Self.copy(source, to: copy) == file else {
                    throw StrataError(
                        .inconsistent, "the file is not what was to be uploaded", place: .init(file: file.path))
                }
            }
        }
    }

    public func download(_ key: BlobKey, to path: String) async throws -> BlobFile {
        let object = self.path(of: key)
        return try await blocking {
            guard let source = try openUnlessMissing(object) else {
                throw StrataError(.notFound, "there is no object '\(key)'", place: .init(file: object))
            }
            var found: BlobFile?
            try AtomicFile.make(path, mode: 0o600) { file throws(StrataError) in
                found = try Self.copy(source, to: file)
            }
            guard let found else { throw StrataError(.inconsistent, "nothing was copied") }
            return BlobFile(path: path, size: found.size, sha256: found.sha256)
        }
    }

    private func path(of key: BlobKey) -> String { "\(root)/\(key.description.replacing("/", with: "=/"))" }

    /// Makes an object's file under a name of its own, and gives it its true name when it is whole.
    private func place(
        at path: String, unlessExists: Bool, _ fill: (borrowing OpenFile) throws(StrataError) -> Void
    ) throws -> Bool {
        if unlessExists, access(path, F_OK) == 0 { return false }
        try Folder.make(Path.parent(of: path))
        let temporary = "\(path)~\(UInt64.random(in: .min ... .max))"
        defer { unlink(temporary) }
        try fill(try OpenFile(temporary, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600))
        if unlessExists {
            // A link to a name that is taken fails, whoever took it meanwhile.
            if link(temporary, path) == 0 { return true }
            guard errno == EEXIST else { throw StrataError.file(errno, "the object cannot be written", path) }
            return false
        }
        guard rename(temporary, path) == 0 else { throw StrataError.file(errno, "the object cannot be written", path) }
        return true
    }

    /// All keys below a folder, whose own key ends with a slash or is empty.
    private func keys(in folder: String, prefix: String) throws -> [BlobKey] {
        var keys: [BlobKey] = []
        for name in try Folder.names(in: "\(root)/\(folder.replacing("/", with: "=/"))") {
            if name.hasSuffix("=") {
                let below = "\(folder)\(name.dropLast())/"
                if below.hasPrefix(prefix) || prefix.hasPrefix(below) {
                    keys += try self.keys(in: below, prefix: prefix)
                }
            } else if let key = BlobKey(folder + name), key.description.hasPrefix(prefix) {
                keys.append(key)
            }
        }
        return keys
    }

    /// Copies a file and tells what it held; the path is the source's.
    private static func copy(_ source: borrowing OpenFile, to copy: borrowing OpenFile) throws(StrataError) -> BlobFile
    {
        var digest = SHA256()
        var size = 0
        while true {
            let piece = try source.read(1 << 20, at: size)
            if piece.isEmpty { break }
            digest.update(data: piece)
            try copy.write(piece)
            size += piece.count
        }
        return BlobFile(path: source.path, size: ByteCount(size), sha256: ContentDigest(digest.finalize()))
    }
}

/// What `body` finds, or nil if the file, or a folder on the way to it, is missing.
private func unlessMissing<Value>(_ body: () throws -> Value) throws -> Value? {
    do { return try body() } catch let error as StrataError where error.code == .notFound { return nil }
}

private func openUnlessMissing(_ path: String) throws(StrataError) -> OpenFile? {
    do throws(StrataError) {
        return try OpenFile(path)
    } catch {
        if error.code == .notFound { return nil }
        throw error
    }
}
