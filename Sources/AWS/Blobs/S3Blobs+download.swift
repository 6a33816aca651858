import Crypto
import Files
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
        try AtomicFile.put(temporary, path)
        return BlobFile(path: path, size: size, sha256: sha256)
    }
}

/// A file that is written and hashed while it arrives, anew at each attempt.
private final class ReceivedFile: Sendable {
    private struct State {
        var digest = SHA256()
        var size = 0
    }
    private let file: OpenFile
    private let state = Mutex(State())

    init(_ path: String) throws(StrataError) {
        file = try OpenFile(path, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
    }

    func begin() throws(StrataError) {
        try file.empty()
        state.withLock { $0 = State() }
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws(StrataError) {
        try state.withLock { state throws(StrataError) in
            state.digest.update(bufferPointer: bytes)
            try file.write(bytes, at: state.size)
            state.size += bytes.count
        }
    }

    var content: (size: ByteCount, sha256: ContentDigest) {
        state.withLock { (ByteCount($0.size), ContentDigest($0.digest.finalize())) }
    }
}
