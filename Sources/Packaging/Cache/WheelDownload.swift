import Files
import Glibc
import HTTP
import Model
import Wheels

/// Gets a wheel's bytes from an index's server or from a flat folder.
struct WheelDownload: Sendable {
    private let client: HTTPClient
    private let access: IndexAccess
    private let retrying: Retrying
    private let folders: [String]
    /// Where wheels are that were built here.
    private let built: String

    /// Where a lock does not say how large a wheel is. The largest that can go into a layer are some hundred megabytes.
    private static let sizeLimit = ByteCount.mebibytes(2048)

    init(
        client: HTTPClient, index: IndexSettings, cacheDirectory: String, environment: [String: String],
        retry: RetryPolicy
    ) {
        built = "\(cacheDirectory)/sdists"
        self.client = client
        access = IndexAccess(client, settings: index, environment: environment, retry: retry)
        retrying = Retrying(retry)
        folders = index.findLinks.filter { !$0.hasPrefix("http://") && !$0.hasPrefix("https://") }
    }

    /// Fills the part file, beginning with what it holds already, and checks the digest.
    /// - Throws: `digestMismatch` if the bytes are others than promised.
    func fetch(_ wheel: LockedWheel, into part: PartFile) async throws(StrataError) {
        try await Self.offPool { () throws(StrataError) in try part.resume() }
        let isResumed = part.count > 0
        if part.count == 0 || part.digest != wheel.sha256 { try await transfer(wheel, into: part) }
        if part.digest != wheel.sha256, isResumed {
            // The beginning may have been of something else.
            try part.restart()
            try await transfer(wheel, into: part)
        }
        let digest = part.digest
        guard digest == wheel.sha256 else {
            throw StrataError(
                .digestMismatch, "what was downloaded has the sha256 \(digest), not \(wheel.sha256) as the lock says",
                hint: "the index, or something on the way, serves other bytes than it promises",
                place: .init(file: wheel.fileName))
        }
    }

    private func transfer(_ wheel: LockedWheel, into part: PartFile) async throws(StrataError) {
        if let build = wheel.built { return try await copyBuilt("\(built)/\(build.key).whl", into: part) }
        if wheel.url.hasPrefix("file://") { return try await copy(wheel, into: part) }
        do throws(StrataError) {
            try await retrying { _ throws(StrataError) in try await attempt(wheel, into: part) }
        } catch {
            throw error.at(.init(file: wheel.fileName))
        }
    }

    private func attempt(_ wheel: LockedWheel, into part: PartFile) async throws(StrataError) {
        let offset = part.count
        var request = access.request(wheel.url)
        request.allowsHTTP2 = false
        request.deadlines.total = nil
        if offset > 0 { request.headers["Range"] = "bytes=\(offset)-" }
        request.sink = .stream(
            HTTPStream(limit: wheel.size ?? Self.sizeLimit) { head throws(StrataError) in
                // A server that knows no ranges sends everything.
                if !head.continues(at: offset) { try part.restart() }
            } receive: { bytes throws(StrataError) in
                try part.append(bytes)
            })
        let response = try await client.send(request)
        if response.status == 416, offset > 0 {
            try part.restart()
            throw StrataError(.unavailable, "the server's wheel is shorter than what was already downloaded")
        }
        try IndexAccess.check(response.head, of: wheel.url)
    }

    /// From a folder that the index settings name, and from no other.
    private func copy(_ wheel: LockedWheel, into part: PartFile) async throws(StrataError) {
        let path = try FlatFolder.path(of: wheel.url)
        let allowed = try folders.map { link throws(StrataError) in try FlatFolder.path(of: link) }
        guard allowed.contains(where: { Path.parent(of: path) == ($0.hasSuffix("/") ? String($0.dropLast()) : $0) })
        else {
            throw StrataError(
                .resolution, "'\(path)' is not in any folder that the index settings name",
                place: .init(file: wheel.fileName))
        }
        try await Self.offPool { () throws(StrataError) in
            try part.restart()
            try OpenFile(path).forEachBuffer { bytes throws(StrataError) in try part.append(bytes) }
        }
    }

    private func copyBuilt(_ path: String, into part: PartFile) async throws(StrataError) {
        try await Self.offPool { () throws(StrataError) in
            try part.restart()
            try OpenFile(path).forEachBuffer { bytes throws(StrataError) in try part.append(bytes) }
        }
        CacheTrim.markUsed(path)
    }

    private static func offPool(_ work: @escaping @Sendable () throws(StrataError) -> Void) async throws(StrataError) {
        do {
            try await Wheels.offPool { _ in try work() }
        } catch {
            throw StrataError.wrapping(error, .file, "the wheel cannot be read")
        }
    }
}

extension HTTPHead {
    /// Whether the answer is the rest of a file from this offset on.
    func continues(at offset: Int) -> Bool {
        guard status == 206 else { return offset == 0 && status == 200 }
        return headers["Content-Range"]?.hasPrefix("bytes \(offset)-") ?? false
    }
}
