import Files
import Glibc
import Model

/// Zips under their digests, each once however many regions have it. A blob is complete and never changes; one that was
/// damaged is replaced when its bytes are stored again.
struct BlobFolder: Sendable {
    let path: String
    let digests: KnownDigests

    struct Blob: Sendable, Hashable {
        let sha256: ContentDigest
        let size: ByteCount
    }

    /// Stores a file's bytes. The digest is that of what was read, whatever anybody claimed it to be.
    /// - Throws: `invalidRequest` if the file changes meanwhile.
    func store(_ source: String) throws -> Blob {
        let file = try OpenFile(source)
        let before = try file.status()
        guard let digest = try digests.read(source)?.sha256 else {
            throw StrataError(.notFound, "there is no zip", place: .init(file: source))
        }
        let blob = Blob(sha256: digest, size: ByteCount(before.size))
        let destination = name(of: blob.sha256)
        if try digests.read(destination)?.sha256 != digest {
            try Folder.make(path)
            try LockFile.withLock(on: path) {
                if try digests.read(destination)?.sha256 == digest { return }
                try AtomicFile.make(destination, mode: 0o444, as: .locked) { stored throws(StrataError) in
                    try stored.write(contentsOf: file, size: before.size)
                }
            }
        }
        guard try file.status() == before else {
            try removeIfUnused(blob.sha256)
            throw StrataError(.invalidRequest, "the zip changed while it was read", place: .init(file: source))
        }
        return blob
    }

    /// Makes a blob's bytes appear at a path, without copying them if the file system can do that.
    /// - Parameter source: where the bytes came from, in case the blob was removed since.
    func link(_ blob: Blob, from source: String, to destination: String) throws {
        if Glibc.link(name(of: blob.sha256), destination) == 0 { return }
        if errno == ENOENT {
            guard try store(source) == blob else {
                throw StrataError(
                    .invalidRequest, "the zip changed after it was prepared", place: .init(file: source))
            }
            if Glibc.link(name(of: blob.sha256), destination) == 0 { return }
        }
        let file = try OpenFile(name(of: blob.sha256))
        try OpenFile(destination, O_WRONLY | O_CREAT | O_EXCL, mode: 0o444)
            .write(contentsOf: file, size: blob.size.bytes)
    }

    /// Removes a blob that no version is linked to any more.
    ///
    /// A version that is being published at this moment loses nothing: it has its own link, or stores the bytes again.
    func removeIfUnused(_ sha256: ContentDigest) throws {
        var status = stat()
        guard stat(name(of: sha256), &status) == 0, status.st_nlink == 1 else { return }
        unlink(name(of: sha256))
    }

    private func name(of sha256: ContentDigest) -> String { "\(path)/\(sha256.hex).zip" }
}
