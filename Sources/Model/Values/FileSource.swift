/// An archive from elsewhere, or a single file, and what of it goes into a layer. Pinned by digest: nothing is looked into
/// that is not what the maintainer saw.
public struct FileSource: Sendable, Hashable, Codable {
    /// Where it is for an architecture, and what it is.
    public struct Pin: Sendable, Hashable, Codable {
        public let architecture: Architecture
        /// A URL; or a path, relative to the configuration's folder.
        public let url: String
        public let sha256: ContentDigest

        public init(_ architecture: Architecture, url: String, sha256: ContentDigest) {
            self.architecture = architecture
            self.url = url
            self.sha256 = sha256
        }

        /// Whether it lies beside the configuration.
        public var isLocal: Bool { !url.contains("://") }

        /// Its path if it lies beside the configuration, and in its folder: a record may say anything.
        public var localPath: String? {
            let parts = url.split(separator: "/", omittingEmptySubsequences: false)
            let isInside = !parts.contains { $0.isEmpty || $0 == "." || $0 == ".." }
            return isLocal && isInside ? url : nil
        }

        /// The last part of where it is, which says what kind of archive it is.
        public var name: String {
            let path = isLocal ? url[...] : url.prefix { $0 != "?" && $0 != "#" }
            return path.split(separator: "/").last.map(String.init) ?? url
        }
    }

    /// Which files are taken, and where they go.
    public struct Taking: Sendable, Hashable, Codable, Comparable {
        /// A pattern of files and folders in the archive, from its top on.
        public let pattern: String
        /// In the layer, from `/opt` on: a folder if it ends with `/`, else a new name.
        public let destination: String

        public init(_ pattern: String, to destination: String) {
            self.pattern = pattern
            self.destination = destination
        }

        public static func < (left: Taking, right: Taking) -> Bool {
            (left.pattern, left.destination) < (right.pattern, right.destination)
        }
    }

    /// One for each architecture that the layer is built for, sorted. Of a build: one.
    public let pins: [Pin]
    /// Sorted, each once.
    public let take: [Taking]
    /// As the maintainer says: an SPDX expression, usually.
    public let licence: String?
    /// As the maintainer says.
    public let version: String?

    public init(_ pins: [Pin], take: [Taking], licence: String? = nil, version: String? = nil) {
        self.pins = Set(pins).sorted { $0.architecture < $1.architecture }
        self.take = Set(take).sorted()
        self.licence = licence
        self.version = version
    }

    /// The largest file that is taken from elsewhere.
    public static let sizeLimit = ByteCount(1_000_000_000)

    public func pin(on architecture: Architecture) -> Pin? { pins.first { $0.architecture == architecture } }

    /// The same for one architecture only; nil if it has nothing for it.
    func narrowed(to architecture: Architecture) -> FileSource? {
        pin(on: architecture).map { FileSource([$0], take: take, licence: licence, version: version) }
    }
}

extension BuildOptions {
    /// The same as one build has them: what concerns other architectures is not in its record, nor in its key.
    package func narrowed(to architecture: Architecture) -> BuildOptions {
        guard !files.isEmpty else { return self }
        var narrowed = self
        narrowed.files = files.compactMap { $0.narrowed(to: architecture) }
        return narrowed
    }
}
