import Model

/// A registry's files as its checkpoint has them: whatever has another digest, or none, is not handed out.
public actor CheckedFiles {
    private let read: @Sendable (_ path: String) async throws -> [UInt8]?
    private let name: String
    public nonisolated let checkpoint: RegistryCheckpoint
    private nonisolated let root: FileDigests
    private var layers: [LayerName: FileDigests] = [:]

    /// - Throws: `refused` if the root's digests are not what the checkpoint says.
    init(_ source: RegistrySource, _ checkpoint: RegistryCheckpoint) async throws {
        read = source.read
        name = source.name
        self.checkpoint = checkpoint
        guard let file = try await source.read(FileDigests.path), .of(file) == checkpoint.files,
            let root = FileDigests(file)
        else { throw Self.refusal(FileDigests.path, source.name) }
        self.root = root
    }

    /// The layers that have files, sorted.
    public nonisolated var layerNames: [LayerName] {
        root.digests.keys.compactMap(FileDigests.layer(ofSums:)).sorted()
    }

    /// The bytes of a file.
    ///
    /// - Returns: nil if there is none, and there is to be none.
    /// - Throws: `refused` if it has another digest, or none.
    public func file(_ path: String) async throws -> [UInt8]? {
        if [FileDigests.path, RegistryCheckpoint.path, RegistryCheckpoint.signaturePath].contains(path) {
            return try await read(path)
        }
        let digest: ContentDigest?
        if let layer = FileDigests.layer(of: path) {
            digest = try await digests(of: layer)[path]
        } else {
            digest = root[path]
        }
        let bytes = try await read(path)
        guard bytes.map({ .of($0) }) == digest else { throw Self.refusal(path, name) }
        return bytes
    }

    /// The digests of a layer's files; none if the registry does not hold it.
    public func digests(of layer: LayerName) async throws -> FileDigests {
        if let known = layers[layer] { return known }
        let paths = LayerFolders.allCases.map { FileDigests.path(of: layer, $0) }
        guard let path = paths.first(where: { root[$0] != nil }), let digest = root[path] else { return FileDigests() }
        guard let file = try await read(path), .of(file) == digest, let digests = FileDigests(file) else {
            throw Self.refusal(path, name)
        }
        layers[layer] = digests
        return digests
    }

    /// Reads every file, and compares.
    ///
    /// - Returns: how many there are, and which are not what the checkpoint says, or cannot be read; sorted.
    public func checkAll() async throws -> (count: Int, different: [String]) {
        var digests = root.digests
        for layer in layerNames {
            // A layer's digests that differ are told as a file of the root.
            guard let files = try? await self.digests(of: layer) else { continue }
            digests.merge(files.digests) { first, _ in first }
        }
        var different: [String] = []
        for (path, digest) in digests where try await read(path).map({ .of($0) }) != digest { different.append(path) }
        return (digests.count, different.sorted())
    }

    private static func refusal(_ path: String, _ name: String) -> StrataError {
        StrataError(
            .refused, "'\(PlainLine.of(path))' of '\(name)' is not what the registry's checkpoint says",
            hint: "somebody changed it, or the registry was written to just now: fetch it again, or try in some minutes"
        )
    }
}

extension RegistrySource {
    /// The same source, of which only what the checkpoint vouches for can be read.
    public init(_ files: CheckedFiles, name: String) {
        self.init(name: name) { try await files.file($0) }
    }
}
