import Glibc
import Model
import Synchronization

/// Where an earlier download stopped.
public struct ResumePoint: Sendable, Hashable {
    /// How many bytes the file has already.
    public var offset: Int
    /// The `ETag` or `Last-Modified` of the earlier answer. Without it a changed file is noticed only by its digest.
    public var validator: String?

    public init(offset: Int, validator: String? = nil) {
        self.offset = offset
        self.validator = validator
    }
}

/// What happens to the file while it arrives.
public enum DownloadEvent {
    /// The server sends the file from its beginning: what was there before is gone, and a digest of it is void.
    case restarted
    /// These bytes come next; they are gone when the observer returns.
    case bytes(UnsafeRawBufferPointer)
}

extension HTTPClient {
    /// Downloads into an open file, which is written from the resume point or from 0, never through memory as a whole.
    ///
    /// The answer is returned with any status; only a 2xx one touches the file. When this throws, the file holds what
    /// arrived, in order, and can be resumed. The observer runs on the client's thread: hash there, do nothing slow.
    ///
    /// - Parameters:
    ///   - descriptor: stays the caller's, and must stay open until this returns.
    ///   - limit: of the whole file.
    /// - Throws: as `send`, `.file` if writing fails, `.unavailable` if the server answers another range.
    public func download(
        _ request: HTTPRequest, to descriptor: Int32, limit: ByteCount, resuming point: ResumePoint? = nil,
        observe: @escaping @Sendable (DownloadEvent) -> Void
    ) async throws(StrataError) -> HTTPResponse {
        let offset = point?.offset ?? 0
        let file = GrowingFile(descriptor: descriptor, limit: limit)
        let url = HTTPRequest.redacted(request.url)
        var ranged = request
        if offset > 0 {
            ranged.headers["Range"] = "bytes=\(offset)-"
            ranged.headers["If-Range"] = point?.validator
        }
        ranged.sink = .stream(
            HTTPStream(limit: limit) { head throws(StrataError) in
                switch head.status {
                case 206 where offset > 0 && head.rangeStart == offset: try file.cut(at: offset)
                case 200:
                    if offset > 0 { observe(.restarted) }
                    try file.cut(at: 0)
                default:
                    throw StrataError(
                        .unavailable, "\(url): the server sent another part of the file than was asked for")
                }
            } receive: { bytes throws(StrataError) in
                try file.append(bytes)
                observe(.bytes(bytes))
            })
        let answer = try await send(ranged)
        // The file is not longer than what we have: it is whole already, or it has changed. Only all of it can tell.
        guard answer.status == 416, offset > 0 else { return answer }
        observe(.restarted)
        try file.cut(at: 0)
        return try await download(request, to: descriptor, limit: limit, observe: observe)
    }
}

extension HTTPHead {
    /// The first byte's position in `Content-Range: bytes 100-199/200`.
    var rangeStart: Int? {
        guard let value = headers["Content-Range"], value.hasPrefix("bytes ") else { return nil }
        return Int(value.dropFirst("bytes ".count).prefix { $0 != "-" })
    }
}

/// A file that is cut once and then written at its end.
private final class GrowingFile: Sendable {
    private let descriptor: Int32
    private let limit: ByteCount
    private let end = Mutex(0)

    init(descriptor: Int32, limit: ByteCount) {
        self.descriptor = descriptor
        self.limit = limit
    }

    func cut(at offset: Int) throws(StrataError) {
        guard ftruncate(descriptor, offset) == 0 else { throw GrowingFile.failure }
        end.withLock { $0 = offset }
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws(StrataError) {
        try end.withLock { end throws(StrataError) in
            guard end + bytes.count <= limit.bytes else {
                throw StrataError(.unavailable, "the file is larger than \(limit.bytes) bytes")
            }
            var rest = bytes
            while !rest.isEmpty {
                let count = pwrite(descriptor, rest.baseAddress, rest.count, end)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw GrowingFile.failure }
                end += count
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
    }

    private static var failure: StrataError {
        StrataError(.file, "the download cannot be written: \(String(cString: strerror(errno)))")
    }
}
