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
    }

    public let wheels: [WheelSource]
    /// Sorted bytewise by path.
    public let files: [File]
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
