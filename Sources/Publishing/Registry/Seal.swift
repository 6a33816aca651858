import Model
import Site

/// How a branch's commits get a checkpoint: a few lines with the digests of all files, and a signature over them.
public struct Seal: Sendable {
    /// The armoured signature of a checkpoint. Asked only when there is a commit to make.
    public let sign: @Sendable (_ checkpoint: [UInt8]) async throws -> [UInt8]
    /// How old a checkpoint becomes before it is signed anew, though nothing else has changed; nil for as old as it is.
    public let renewal: Duration?

    public init(renewal: Duration? = nil, sign: @escaping @Sendable (_ checkpoint: [UInt8]) async throws -> [UInt8]) {
        self.renewal = renewal
        self.sign = sign
    }

    /// Whether the branch needs a new checkpoint, even if nothing else of it changes.
    /// - Parameter now: nil to leave its age aside.
    func isDue(on snapshot: any RegistrySnapshot, at now: Timestamp?) async throws -> Bool {
        guard snapshot.tip != nil else { return false }
        let renewal = renewal
        return try await snapshot.withFiles { files in
            guard let checkpoint = try files.checkpoint(), try files.file(RegistryCheckpoint.signaturePath) != nil
            else {
                return true
            }
            guard let now, let renewal else { return false }
            return now - checkpoint.time >= renewal
        }
    }

    /// Completes a commit's changes with the digests of what was not rendered, the checkpoint and its signature.
    ///
    /// - Parameters:
    ///   - changes: all others, with the rendered files of digests among them where these change.
    ///   - companions: the branch's other files, whether or not they change.
    func sealing(
        _ changes: [FileChange], companions: [String: [UInt8]], _ stamp: RegistryStamp, at now: Timestamp,
        on snapshot: any RegistrySnapshot
    ) async throws -> [FileChange] {
        let (files, checkpoint) = try await snapshot.withFiles { files in
            let written = Dictionary(changes.map { ($0.path, $0.content) }) { _, last in last }
            func file(_ path: String) throws -> [UInt8]? {
                switch written[path] {
                case .write(let bytes): bytes
                case .delete: nil
                case nil: try files.file(path)
                }
            }
            guard var root = try file(FileDigests.path).flatMap(FileDigests.init),
                let listing = try file(ListedDigests.path), let listed = ListedDigests(listing)
            else {
                throw StrataError(
                    .inconsistent, "'\(snapshot.branch)' has no digests of its files to sign",
                    hint: "write the registry's files anew with 'strata reconcile --fix'")
            }
            for (path, bytes) in companions { root[path] = .of(bytes) }
            root[RegistryStamp.path] = try file(RegistryStamp.path).map { .of($0) }
            let sums = root.bytes
            let former = try files.file(RegistryCheckpoint.path)
            return (
                sums,
                RegistryCheckpoint(
                    registry: stamp.id, revision: stamp.revision, previous: former.map { .of($0) }, time: now,
                    files: .of(sums), releases: listed.count, listed: .of(listing))
            )
        }
        let bytes = checkpoint.bytes
        let signature = try await sign(bytes)
        return changes.filter { $0.path != FileDigests.path } + [
            FileChange(path: FileDigests.path, content: .write(files)),
            FileChange(path: RegistryCheckpoint.path, content: .write(bytes)),
            FileChange(path: RegistryCheckpoint.signaturePath, content: .write(signature)),
        ]
    }
}

extension RegistryFiles {
    /// The checkpoint; nil if there is none, or it does not fit the files of digests beside it.
    fileprivate func checkpoint() throws -> RegistryCheckpoint? {
        guard let checkpoint = try file(RegistryCheckpoint.path).flatMap(RegistryCheckpoint.init),
            try file(FileDigests.path).map({ .of($0) }) == checkpoint.files,
            try file(ListedDigests.path).map({ .of($0) }) == checkpoint.listed
        else { return nil }
        return checkpoint
    }
}
