import Files
import Glibc
import HTTP
import Model
import Wheels

/// Wheels by their digest: downloaded once, verified once, shared by runs and by processes.
///
/// A wheel is downloaded into a part file that only one task or process can hold; what breaks off is resumed. It is
/// hashed while it arrives, and gets its name only after its structure was verified, with what is in it beside it. A
/// wheel without that record, or with one of an older format, is verified again before it is used.
public struct WheelCache: Sendable {
    let folder: String
    let sizeLimit: ByteCount
    private let download: WheelDownload

    /// - Parameters:
    ///   - directory: shared by all that use the same cache.
    ///   - sizeLimit: what `trim` keeps to.
    ///   - index: its credentials and its flat folders; wheels are taken from nowhere else on this machine.
    ///   - environment: where netrc is.
    public init(
        directory: String, sizeLimit: ByteCount, client: HTTPClient, index: IndexSettings,
        environment: [String: String], retry: RetryPolicy = RetryPolicy()
    ) {
        folder = "\(directory)/wheels"
        self.sizeLimit = sizeLimit
        download = WheelDownload(
            client: client, index: index, cacheDirectory: directory, environment: environment, retry: retry)
    }

    /// The wheel, from the cache or from where the lock says.
    ///
    /// - Throws: `digestMismatch` if it is not what the lock promises; `badWheel`, `tooLarge` if it is malformed; `file`;
    ///   what the index's server comes to.
    public func wheel(_ wheel: LockedWheel) async throws(StrataError) -> CachedWheel {
        guard let name = WheelFileName(wheel.fileName) else {
            throw StrataError(.badWheel, "'\(wheel.fileName.prefix(100))' is not a wheel's file name")
        }
        if let cached = known(wheel) { return cached }
        try Folder.make(Path.parent(of: path(wheel.sha256, "whl")), mode: 0o777)
        let part = try await PartFile.open(path(wheel.sha256, "part"))
        // Whoever held the part file may have finished the wheel meanwhile.
        if let cached = known(wheel) {
            part.remove()
            return cached
        }
        // Whether a wrong RECORD is put up with is for the layer to say.
        let source = WheelSource(
            path: path(wheel.sha256, "whl"), fileName: name, sha256: wheel.sha256, allowsWrongRecord: true)
        if access(source.path, F_OK) == 0, let contents = try? await Self.offPool({ try await source.verify() }) {
            part.remove()
            return try keep(wheel, contents)
        }
        do throws(StrataError) {
            try await download.fetch(wheel, into: part)
            let contents = try await Self.verify(part, source)
            try part.finish(as: source.path)
            return try keep(wheel, contents)
        } catch {
            // What is bad stays bad, and a full disk needs the space.
            if error.isRefusal || error.code == .digestMismatch || error.code == .file { part.remove() }
            throw error
        }
    }

    /// Looks whether wheels in the cache are still what they were, and drops those that are not.
    /// - Returns: whether one was dropped.
    func dropDamaged(_ wheels: [CachedWheel]) async -> Bool {
        var dropped = false
        for cached in wheels {
            do {
                _ = try await cached.source.verify()
            } catch {
                unlink(cached.path)
                unlink(path(cached.wheel.sha256, "json"))
                dropped = true
            }
        }
        return dropped
    }

    // MARK: - What is known

    private func known(_ wheel: LockedWheel) -> CachedWheel? {
        let path = path(wheel.sha256, "whl")
        var file = stat()
        guard let contents = SmallFile.read(WheelContents.self, at: self.path(wheel.sha256, "json")),
            contents.format == WheelContents.currentFormat, contents.sha256 == wheel.sha256,
            contents.fileName.text == wheel.fileName, stat(path, &file) == 0, Int(file.st_size) == contents.zipped.bytes
        else { return nil }
        CacheTrim.markUsed(path)
        return CachedWheel(wheel: wheel, path: path, contents: contents)
    }

    private func keep(_ wheel: LockedWheel, _ contents: WheelContents) throws(StrataError) -> CachedWheel {
        try SmallFile.write(contents, at: path(wheel.sha256, "json"))
        return CachedWheel(wheel: wheel, path: path(wheel.sha256, "whl"), contents: contents)
    }

    /// The digest was computed while it arrived; this is everything else.
    private static func verify(_ part: PartFile, _ source: WheelSource) async throws(StrataError) -> WheelContents {
        try await offPool {
            try await Wheels.offPool { cancellation in
                let file = try WheelFile(path: part.path, name: source.fileName.text)
                return try source.contents(of: file, cancellation: cancellation)
            }
        }
    }

    private static func offPool<Value: Sendable>(
        _ work: @Sendable () async throws -> Value
    ) async throws(StrataError) -> Value {
        do { return try await work() } catch {
            throw StrataError.wrapping(error, .badWheel, "the wheel cannot be verified")
        }
    }

    private func path(_ digest: ContentDigest, _ kind: String) -> String {
        "\(folder)/\(digest.hex.prefix(2))/\(digest.hex).\(kind)"
    }
}
