import FoundationEssentials
import Model
import Wheels

/// A layer's contents as a container image of one layer, below `/opt`: for functions that ship as images, which may have
/// 10 GB. `COPY --from=IMAGE /opt /opt` takes it into one.
///
/// A tar of an OCI image layout, with the file by which older `docker load` reads it. The same layer gives the same bytes:
/// nothing is compressed, dates are those of the zip, owners are root.
/// https://github.com/opencontainers/image-spec/blob/v1.1.0/image-layout.md
struct LayerImage {
    /// A zip that was made here.
    let zip: String
    let item: Item
    let version: String

    /// - Returns: the digest and the size of the file.
    /// - Throws: `.file`, `.cancelled`; `.badWheel` if the zip is damaged.
    func write(to path: String) async throws -> (sha256: ContentDigest, size: ByteCount) {
        try await offPool { cancellation in
            let layer = TemporaryFile(beside: path)
            let tar = try TarWriter(OutputFile(creating: layer.path))
            try add(to: tar, cancellation)
            let (layerDigest, layerSize) = try tar.finish()
            let temporary = TemporaryFile(beside: path)
            let image = try TarWriter(OutputFile(creating: temporary.path))
            try self.image(of: layer.path, layerDigest, layerSize, to: image, cancellation)
            let (digest, size) = try image.finish()
            try temporary.commit()
            return (digest, ByteCount(size))
        }
    }

    private func add(to tar: TarWriter, _ cancellation: Cancellation) throws {
        let file = try WheelFile(path: zip, name: zip)
        var caps = WheelCaps()
        caps.unzipped = 8_000_000_000
        let reader = try EntryReader(file, cancellation: cancellation)
        var folders: Set<EntryPath> = []
        for entry in try ZipDirectory(of: file, caps: caps).entries {
            let path = EntryPath(bytes: "opt/".utf8 + entry.path.bytes)
            var missing: [EntryPath] = []
            var folder = path.parent
            while let next = folder, folders.insert(next).inserted {
                missing.append(next)
                folder = next.parent
            }
            for folder in missing.reversed() { try tar.addFolder(folder.bytes) }
            try tar.addFile(path.bytes, size: entry.size, isExecutable: entry.isExecutable) { write in
                try reader.stream(entry, write)
            }
        }
    }

    private func image(
        of layer: String, _ digest: ContentDigest, _ size: Int, to image: TarWriter, _ cancellation: Cancellation
    ) throws {
        let config = try Self.json(
            Config(
                architecture: item.target.architecture == .arm64 ? "arm64" : "amd64",
                rootfs: .init(diff_ids: ["sha256:\(digest)"])))
        let configDigest = ContentDigest.of(config)
        let manifest = try Self.json(
            Manifest(
                config: .init("application/vnd.oci.image.config.v1+json", configDigest, config.count),
                layers: [.init("application/vnd.oci.image.layer.v1.tar", digest, size)]))
        // Names of images are in lower case; the target is part of it, since layers differ by it.
        let words = item.layer.text.lowercased().split { !$0.isLetter && !$0.isNumber }
        let name = (words + ["\(item.target)"]).joined(separator: "-")
        let tag = String(
            version.prefix(128).map { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) ? $0 : "_" })
        var described = Descriptor("application/vnd.oci.image.manifest.v1+json", .of(manifest), manifest.count)
        described.annotations = [
            "io.containerd.image.name": "\(name):\(tag)", "org.opencontainers.image.ref.name": tag,
        ]
        let index = try Self.json(Index(manifests: [described]))
        let docker = try Self.json([
            DockerManifest(
                Config: "blobs/sha256/\(configDigest)", Layers: ["blobs/sha256/\(digest)"], RepoTags: ["\(name):\(tag)"]
            )
        ])
        try image.addFolder(Array("blobs".utf8))
        try image.addFolder(Array("blobs/sha256".utf8))
        let small = [config, manifest].map { (ContentDigest.of($0), $0) }
        let file = try WheelFile(path: layer, name: layer)
        for (digest, bytes) in (small + [(digest, nil)]).sorted(by: { $0.0 < $1.0 }) {
            let path = Array("blobs/sha256/\(digest)".utf8)
            if let bytes {
                try image.addFile(path, bytes)
            } else {
                try image.addFile(path, size: size, isExecutable: false) { write in
                    try file.forEachPart(cancellation, write)
                }
            }
        }
        try image.addFile(Array("index.json".utf8), index)
        try image.addFile(Array("manifest.json".utf8), docker)
        try image.addFile(Array("oci-layout".utf8), Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8))
    }

    // MARK: - What describes an image

    private struct Config: Encodable {
        struct RootFS: Encodable {
            let diff_ids: [String]
            let type = "layers"
        }
        struct Empty: Encodable {}
        let architecture: String
        let config = Empty()
        let created = "1980-01-01T00:00:00Z"
        let os = "linux"
        let rootfs: RootFS
    }

    private struct Descriptor: Encodable {
        let mediaType: String
        let digest: String
        let size: Int
        var annotations: [String: String]?

        init(_ mediaType: String, _ digest: ContentDigest, _ size: Int) {
            self.mediaType = mediaType
            self.digest = "sha256:\(digest)"
            self.size = size
        }
    }

    private struct Manifest: Encodable {
        let schemaVersion = 2
        let mediaType = "application/vnd.oci.image.manifest.v1+json"
        let config: Descriptor
        let layers: [Descriptor]
    }

    private struct Index: Encodable {
        let schemaVersion = 2
        let mediaType = "application/vnd.oci.image.index.v1+json"
        let manifests: [Descriptor]
    }

    private struct DockerManifest: Encodable {
        let Config: String
        let Layers: [String]
        let RepoTags: [String]
    }

    private static func json(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }
}

extension WheelFile {
    /// The file in parts, in order.
    fileprivate func forEachPart(
        _ cancellation: Cancellation, _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 64)
        defer { buffer.deallocate() }
        for offset in stride(from: 0, to: size, by: buffer.count) {
            try cancellation.check()
            let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(buffer.count, size - offset)])
            try read(into: part, at: offset)
            try body(UnsafeRawBufferPointer(part))
        }
    }
}
