import CGit2
import Model

/// The files of a repository's newest commit: of what is checked out, or of a bare clone's `HEAD`. Only reads.
public actor CommitFiles {
    private let executor = GitExecutor()
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let path: String
    private var opened: Opened?

    /// Objects of libgit2, used and freed on the executor's thread.
    private final class Opened {
        let repository: Handle
        let tree: Handle
        let commit: git_oid

        init(_ path: String) throws(StrataError) {
            try LibGit2.start()
            repository = try Handle("open the registry", free: git_repository_free) { pointer in
                git_repository_open_ext(&pointer, path, GIT_REPOSITORY_OPEN_NO_SEARCH.rawValue, nil)
            }
            let repository = repository.pointer
            var id = git_oid()
            try git("read the registry's HEAD") { git_reference_name_to_id(&id, repository, "HEAD") }
            commit = id
            let commit = try Handle("read the registry's commit", free: git_commit_free) {
                git_commit_lookup(&$0, repository, &id)
            }
            tree = try Handle("read the registry's files", free: git_tree_free) {
                git_commit_tree(&$0, commit.pointer)
            }
        }
    }

    private init(path: String) { self.path = path }

    /// Opens a repository.
    ///
    /// - Throws: `notFound` or `git` if the folder holds none, or it has no commit.
    public static func open(_ path: String) async throws(StrataError) -> CommitFiles {
        let files = CommitFiles(path: path)
        try await files.begin()
        return files
    }

    private func begin() throws(StrataError) { opened = try Opened(path) }

    /// The bytes of a file.
    ///
    /// - Returns: nil if the commit has no such file.
    /// - Throws: `tooLarge` above the limit; `git` if the repository is damaged.
    public func read(_ file: String, limit: Int = 64_000_000) throws(StrataError) -> [UInt8]? {
        guard let opened else { return nil }
        guard
            let entry = try Handle.optional(
                "read \(file)", free: git_tree_entry_free,
                make: { git_tree_entry_bypath(&$0, opened.tree.pointer, file) }),
            git_tree_entry_type(entry.pointer) == GIT_OBJECT_BLOB, let id = git_tree_entry_id(entry.pointer)
        else { return nil }
        let blob = try Handle("read \(file)", free: git_blob_free) {
            git_blob_lookup(&$0, opened.repository.pointer, id)
        }
        let size = git_blob_rawsize(blob.pointer)
        guard size <= limit else {
            throw StrataError(.tooLarge, "the registry's \(file) has \(size) bytes; at most \(limit) are read")
        }
        return Array(UnsafeRawBufferPointer(start: git_blob_rawcontent(blob.pointer), count: Int(size)))
    }

    /// What a file held in the commit and those before it, along first parents: each version once, the newest first.
    ///
    /// - Parameters:
    ///   - longest: bytes; of a larger version there is no more.
    ///   - limit: how many commits are looked at. Where the history is cut, it ends.
    /// - Throws: `git` if the repository is damaged.
    public func versions(of file: String, longest: Int, limit: Int = 20_000) throws(StrataError) -> [[UInt8]] {
        guard let opened else { return [] }
        let repository = opened.repository.pointer
        var found: [[UInt8]] = []
        var last: git_oid?
        var id = opened.commit
        for _ in 0..<limit {
            let commit = try Handle.optional("read a commit", free: git_commit_free) {
                git_commit_lookup(&$0, repository, &id)
            }
            guard let commit else { break }
            let tree = try Handle("read a commit's files", free: git_tree_free) { git_commit_tree(&$0, commit.pointer) }
            let entry = try Handle.optional("read \(file)", free: git_tree_entry_free) {
                git_tree_entry_bypath(&$0, tree.pointer, file)
            }
            if let entry, var blobID = git_tree_entry_id(entry.pointer)?.pointee,
                last.map({ earlier in
                    var earlier = earlier
                    return git_oid_equal(&earlier, &blobID) == 0
                }) ?? true
            {
                let blob = try Handle("read \(file)", free: git_blob_free) { git_blob_lookup(&$0, repository, &blobID) }
                let size = min(Int(git_blob_rawsize(blob.pointer)), longest)
                found.append(Array(UnsafeRawBufferPointer(start: git_blob_rawcontent(blob.pointer), count: size)))
                last = blobID
            }
            guard git_commit_parentcount(commit.pointer) > 0, let parent = git_commit_parent_id(commit.pointer, 0)
            else {
                break
            }
            id = parent.pointee
        }
        return found
    }

    /// Refuses a commit that none of them has signed.
    ///
    /// - Throws: `refused`.
    public func verify(_ signers: AllowedSigners) throws(StrataError) {
        guard let opened else { return }
        var signature = git_buf()
        var signed = git_buf()
        defer {
            git_buf_dispose(&signature)
            git_buf_dispose(&signed)
        }
        var id = opened.commit
        let status = git_commit_extract_signature(&signature, &signed, opened.repository.pointer, &id, nil)
        guard status != GIT_ENOTFOUND.rawValue else { throw refusal("its newest commit is not signed") }
        if status < 0 { throw GitFailure.last(status).error("read the commit's signature") }
        guard let parsed = SSHSignature(armoured: text(signature)) else {
            throw refusal("its newest commit is not signed with an Ed25519 SSH key")
        }
        guard signers.allow(parsed.key) else {
            throw refusal("its newest commit is signed by \(parsed.key.fingerprint), which is not allowed")
        }
        guard parsed.isOver(bytes(signed)) else { throw refusal("its newest commit's signature is wrong") }
    }

    private func refusal(_ why: String) -> StrataError {
        StrataError(
            .refused, "the registry '\(path)' is not trusted: \(why)", hint: "fetch it again, or ask its maintainers")
    }

    private func bytes(_ buffer: git_buf) -> [UInt8] {
        guard let start = buffer.ptr else { return [] }
        return Array(UnsafeRawBufferPointer(start: start, count: buffer.size))
    }

    private func text(_ buffer: git_buf) -> String { String(decoding: bytes(buffer), as: UTF8.self) }
}
