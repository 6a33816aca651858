import Crypto
import Files
import Glibc
import Model
import Synchronization

/// The digests of files as their bytes are now. A file that this process has hashed already, and that has not been written
/// to since, is not read again: the same blob stands under many names.
final class KnownDigests: Sendable {
    private struct File: Sendable, Hashable {
        let device: UInt
        let inode: UInt
        let size: Int
        let seconds: Int
        let nanoseconds: Int
    }

    private let known = Mutex<[File: ContentDigest]>([:])

    /// - Returns: the digest and the size of what a file holds; nil if there is no file.
    func read(_ path: String) throws -> (sha256: ContentDigest, size: ByteCount)? {
        let file: OpenFile
        do { file = try OpenFile(path) } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
        var status = stat()
        guard fstat(file.descriptor, &status) == 0 else {
            throw StrataError.file(errno, "the file cannot be examined", path)
        }
        let key = File(
            device: UInt(status.st_dev), inode: UInt(status.st_ino), size: Int(status.st_size),
            seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
        if let digest = known.withLock({ $0[key] }) { return (digest, ByteCount(key.size)) }
        var hasher = SHA256()
        try file.forEachBuffer(of: 1 << 20) { hasher.update(bufferPointer: $0) }
        let digest = ContentDigest(hasher.finalize())
        known.withLock { $0[key] = digest }
        return (digest, ByteCount(key.size))
    }
}
