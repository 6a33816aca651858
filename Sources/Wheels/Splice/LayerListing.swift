import Model

/// The files of a layer before they are written, for whoever judges them: after pruning, with conflicts resolved.
public struct LayerListing: Sendable {
    public struct File: Sendable, Hashable {
        /// Relative to the layer's `python/`. A stranger chose it.
        public let path: String
        /// Which of `wheels` brings it; nil for the layer's own files.
        public let wheel: Int?
        /// Its path in the wheel; nil for what was made for the layer, such as scripts.
        public let source: String?
        public let size: ByteCount
        /// As RECORD has it; empty where nobody asks for it.
        public let digest: String

        package init(path: String, wheel: Int?, source: String?, size: ByteCount, digest: String = "") {
            self.path = path
            self.wheel = wheel
            self.source = source
            self.size = size
            self.digest = digest
        }
    }

    public let wheels: [WheelSource]
    /// Those of `python/`, sorted bytewise by path.
    public let files: [File]
    /// What comes from elsewhere. A file's `wheel` counts on from the wheels to these.
    public let additions: [LayerAddition]
    /// What slimming took off the libraries of each wheel.
    public let slimmed: [PruneSaving]

    package init(
        wheels: [WheelSource], files: [File], additions: [LayerAddition] = [], slimmed: [PruneSaving] = []
    ) {
        self.wheels = wheels
        self.files = files
        self.additions = additions
        self.slimmed = slimmed
    }
}

/// Whose file a layer takes where wheels disagree about one.
public struct LayerPreference: Sendable, Hashable {
    public let pattern: PathPattern
    /// PEP 503's form.
    public let package: String

    public init(_ pattern: PathPattern, package: String) {
        self.pattern = pattern
        self.package = package
    }
}

/// Reads the files of a layer before they are written. Owned by one thread.
public final class LayerSources {
    private let entries: [LayerEntry]
    private let files: [WheelFile]
    private let cancellation: Cancellation
    private var readers: [Int: EntryReader] = [:]

    init(_ entries: [LayerEntry], _ files: [WheelFile], cancellation: Cancellation) {
        self.entries = entries
        self.files = files
        self.cancellation = cancellation
    }

    /// The bytes of the file at an index of the listing.
    /// - Parameter limit: a larger file is not read.
    /// - Returns: nil for a larger file.
    /// - Throws: `.badWheel` if it is damaged; `.cancelled`.
    public func contents(of index: Int, limit: Int) throws -> [UInt8]? {
        try cancellation.check()
        guard entries.indices.contains(index), entries[index].size <= limit else { return nil }
        let entry = entries[index]
        guard case .copied(let offset) = entry.content, let wheel = entry.wheel else {
            if case .generated(let bytes) = entry.content { return bytes }
            return nil
        }
        let reader = try readers[wheel] ?? EntryReader(files[wheel], cancellation: cancellation)
        readers[wheel] = reader
        let source = ZipEntry(
            path: entry.path, isFolder: false, method: entry.method, crc32: entry.crc32,
            compressedSize: entry.compressedSize, size: entry.size, isExecutable: false, dataOffset: offset)
        return try reader.contents(of: source, cap: limit)
    }
}
