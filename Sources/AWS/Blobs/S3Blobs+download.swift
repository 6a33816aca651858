import CPosix
import Crypto
import Glibc
import HTTP
import Model
import Synchronization

extension S3Blobs {
    public func download(_ key: BlobKey, to path: String) async throws(StrataError) -> BlobFile {
        let temporary = "\(path).\(UInt64.random(in: .min ... .max))"
        defer { unlink(temporary) }
        let file = try ReceivedFile(temporary)
        var call = buckets.call("GetObject", .get, key.description, bucket)
        call.receiver = HTTPStream(limit: .mebibytes(1 << 10)) { _ throws(StrataError) in
            try file.begin()
        } receive: { bytes throws(StrataError) in
            try file.append(bytes)
        }
        guard
            try await unlessNoSuchKey({ [call] () async throws(StrataError) in try await buckets.client.send(call) })
                != nil
        else { throw StrataError(.notFound, "there is no object '\(key)'", place: place) }
        let (size, sha256) = file.content
        guard rename(temporary, path) == 0 else { throw ReceivedFile.failure(path) }
        return BlobFile(path: path, size: size, sha256: sha256)
    }
}

/// A file that is written and hashed while it arrives, anew at each attempt.
private final class ReceivedFile: Sendable {
    private struct State {
        var digest = SHA256()
        var size = 0
    }
    private let path: String
    private let descriptor: Int32
    private let state = Mutex(State())

    init(_ path: String) throws(StrataError) {
        self.path = path
        descriptor = cposix_open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure(path) }
    }

    deinit { close(descriptor) }

    func begin() throws(StrataError) {
        guard ftruncate(descriptor, 0) == 0 else { throw Self.failure(path) }
        state.withLock { $0 = State() }
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws(StrataError) {
        try state.withLock { state throws(StrataError) in
            state.digest.update(bufferPointer: bytes)
            var rest = bytes
            while !rest.isEmpty {
                let count = pwrite(descriptor, rest.baseAddress, rest.count, state.size)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw Self.failure(path) }
                state.size += count
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
    }

    var content: (size: ByteCount, sha256: ContentDigest) {
        state.withLock { (ByteCount($0.size), ContentDigest($0.digest.finalize())) }
    }

    static func failure(_ path: String) -> StrataError {
        StrataError(
            .file, "the download cannot be written (\(String(cString: strerror(errno))))",
            place: StrataError.Place(file: path))
    }
}
