import Files
import Glibc
import HTTP
import Model
import Tasks
import Wheels

/// Archives and files from elsewhere by their digest, as ``WheelCache`` has wheels: downloaded once, shared by runs and by
/// processes. Nothing gets its name here, and nothing is looked into, before its digest is right.
public struct SourceCache: Sendable {
    private let folder: String
    private let beside: String
    private let client: HTTPClient
    private let retrying: Retrying
    private let deadlines: Deadlines

    /// - Parameters:
    ///   - directory: shared by all that use the same cache.
    ///   - beside: the configuration's folder, where relative paths begin.
    ///   - deadlines: the longest silence, and how long one attempt at a download may take.
    public init(
        directory: String, beside: String, client: HTTPClient, retry: RetryPolicy = RetryPolicy(attempts: 3),
        deadlines: Deadlines = Deadlines(stall: .seconds(20), total: .seconds(1200))
    ) {
        folder = "\(directory)/files"
        self.beside = beside
        self.client = client
        self.deadlines = deadlines
        retrying = Retrying(retry)
    }

    /// A file with the pin's digest, from the cache, from beside the configuration or from where the pin says.
    ///
    /// - Returns: its path.
    /// - Throws: `digestMismatch` if it is not what is pinned; `notFound`, `refused` for a redirect that leaves https;
    ///   `file`; what the server comes to. The place is the file's name.
    func file(_ pin: FileSource.Pin) async throws(StrataError) -> String {
        do throws(StrataError) {
            let path = path(pin.sha256, "file")
            if try await isIntact(path, pin) {
                CacheTrim.markUsed(path)
                return path
            }
            try Folder.make(Path.parent(of: path), mode: 0o777)
            let part = try await PartFile.open(self.path(pin.sha256, "part"))
            // Whoever held the part file may have finished it meanwhile.
            if try await isIntact(path, pin) {
                part.remove()
                return path
            }
            do throws(StrataError) {
                try await fill(part, pin)
                try part.finish(as: path)
            } catch {
                if error.code == .digestMismatch || error.code == .file { part.remove() }
                throw error
            }
            return path
        } catch {
            throw error.at(.init(file: pin.name.printable(200)))
        }
    }

    /// Drops what was not used for longest until the folder is within a limit.
    func trim(to limit: ByteCount, now: Timestamp) {
        let shards = Folder.sortedNames(in: folder).map { "\(folder)/\($0)" }
        _ = CacheTrim(kind: "file", limit: limit).trim(shards, now: now, grace: .seconds(3600))
        for shard in shards {
            for name in Folder.sortedNames(in: shard) where name.hasSuffix(".part") {
                var file = stat()
                let path = "\(shard)/\(name)"
                if stat(path, &file) == 0, Int(file.st_mtim.tv_sec) < (now - .seconds(86_400)).seconds { unlink(path) }
            }
        }
    }

    private func path(_ digest: ContentDigest, _ kind: String) -> String {
        "\(folder)/\(digest.hex.prefix(2))/\(digest.hex).\(kind)"
    }

    /// Whether the file is there and is what it was. One that is not is dropped.
    private func isIntact(_ path: String, _ pin: FileSource.Pin) async throws(StrataError) -> Bool {
        guard access(path, F_OK) == 0 else { return false }
        let digest = try await Self.offPool { () throws(StrataError) in
            try BoundedFile.digest(path, limit: FileSource.sizeLimit)
        }
        if digest != pin.sha256 { unlink(path) }
        return digest == pin.sha256
    }

    private func fill(_ part: PartFile, _ pin: FileSource.Pin) async throws(StrataError) {
        if pin.isLocal { return try await copy(pin, into: part) }
        try await Self.offPool { () throws(StrataError) in try part.resume() }
        let isResumed = part.count > 0
        if !isResumed || part.digest != pin.sha256 { try await transfer(pin, into: part) }
        if part.digest != pin.sha256, isResumed {
            // The beginning may have been of something else.
            try part.restart()
            try await transfer(pin, into: part)
        }
        guard part.digest == pin.sha256 else {
            throw StrataError(
                .digestMismatch,
                "what '\(HTTPRequest.redacted(pin.url))' serves has the sha256 \(part.digest), not \(pin.sha256)",
                hint: "if it was replaced and you trust it, change 'sha256'; nothing of it was looked into")
        }
    }

    private func transfer(_ pin: FileSource.Pin, into part: PartFile) async throws(StrataError) {
        try await retrying { _ throws(StrataError) in
            var url = pin.url
            for _ in 0...5 {
                let response = try await attempt(url, into: part)
                guard let next = response.redirect else { return try Self.check(response.head, of: url) }
                // Whatever scheme it began with.
                guard next.hasPrefix("https://") else {
                    throw StrataError(
                        .refused,
                        "'\(HTTPRequest.redacted(url))' redirects to '\(HTTPRequest.redacted(next).printable(200))', "
                            + "which is not https", hint: "write the address that it comes from")
                }
                url = next
            }
            throw StrataError(.unavailable, "'\(HTTPRequest.redacted(pin.url))' redirects too often")
        }
    }

    private func attempt(_ url: String, into part: PartFile) async throws(StrataError) -> HTTPResponse {
        let offset = part.count
        var request = HTTPRequest(.get, url, deadlines: deadlines, operation: "files")
        if offset > 0 { request.headers["Range"] = "bytes=\(offset)-" }
        request.sink = .stream(
            HTTPStream(limit: FileSource.sizeLimit) { head throws(StrataError) in
                // A server that knows no ranges sends everything.
                if !head.continues(at: offset) { try part.restart() }
            } receive: { bytes throws(StrataError) in
                guard part.count + bytes.count <= FileSource.sizeLimit.bytes else {
                    throw StrataError(.tooLarge, "it is larger than the \(FileSource.sizeLimit) that are taken")
                }
                try part.append(bytes)
            })
        let response = try await client.send(request)
        if response.status == 416, offset > 0 {
            try part.restart()
            throw StrataError(.unavailable, "the server's file is shorter than what was already downloaded")
        }
        return response
    }

    private static func check(_ head: HTTPHead, of url: String) throws(StrataError) {
        guard !head.isSuccess else { return }
        let shown = HTTPRequest.redacted(url)
        let failure = HTTPStatusFailure(status: head.status, retryAfter: nil)
        switch head.status {
        case 401, 403:
            throw StrataError(
                .accessDenied, "the server refused '\(shown)' (\(head.status))",
                hint: "files are fetched without credentials")
        case 404, 410:
            throw StrataError(
                .notFound, "there is no '\(shown)' (\(head.status))", hint: "correct 'url' of the layer's 'files'",
                cause: failure)
        case 429: throw StrataError(.throttled, "the server of '\(shown)' asks for fewer requests", cause: failure)
        default: throw StrataError(.unavailable, "the server answered \(head.status) for '\(shown)'", cause: failure)
        }
    }

    private func copy(_ pin: FileSource.Pin, into part: PartFile) async throws(StrataError) {
        guard let local = pin.localPath else {
            throw StrataError(.refused, "'\(pin.url.printable(200))' does not lie in the configuration's folder")
        }
        let path = "\(beside)/\(local)"
        try await Self.offPool { () throws(StrataError) in
            try part.restart()
            do throws(StrataError) {
                try OpenFile(path).forEachBuffer { bytes throws(StrataError) in try part.append(bytes) }
            } catch {
                guard error.code == .notFound else { throw error }
                throw StrataError(
                    .notFound,
                    "there is no '\(pin.url.printable(200))' beside the configuration, and none in the cache",
                    hint: "it must have the sha256 \(pin.sha256)")
            }
        }
        guard part.digest == pin.sha256 else {
            throw StrataError(
                .digestMismatch, "'\(pin.url.printable(200))' has the sha256 \(part.digest), not \(pin.sha256)",
                hint: "it has changed since the configuration was read, or since the build was recorded")
        }
    }

    private static func offPool<Value: Sendable>(
        _ work: @escaping @Sendable () throws(StrataError) -> Value
    ) async throws(StrataError) -> Value {
        do {
            return try await Wheels.offPool { _ in try work() }
        } catch {
            throw StrataError.wrapping(error, .file, "the file cannot be read")
        }
    }
}
