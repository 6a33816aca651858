import Model

/// Makes files from those of a layer, before it is written.
public struct LayerDerivation: Sendable {
    /// A file to be made.
    public struct File: Sendable, Hashable {
        /// Relative to the layer's `python/`. Not one of the layer's own.
        public let path: String
        /// The wheel whose RECORD tells of it, of the listing's; nil for none.
        public let wheel: Int?

        public init(path: String, wheel: Int?) {
            self.path = path
            self.wheel = wheel
        }
    }

    /// Says which files are to be made, and takes out of the layer what that needs. Blocks.
    let choose: @Sendable (LayerListing, LayerSources) throws -> [File]
    /// Makes them: their bytes, nil for one that cannot be made.
    let make: @Sendable ([File]) async throws -> [[UInt8]?]

    public init(
        choose: @escaping @Sendable (LayerListing, LayerSources) throws -> [File],
        make: @escaping @Sendable ([File]) async throws -> [[UInt8]?]
    ) {
        self.choose = choose
        self.make = make
    }

    /// The entries of what was made.
    func entries(_ files: [File]) async throws -> [LayerEntry] {
        try await zip(files, make(files)).compactMap { file, bytes in
            bytes.map { LayerEntry(generated: $0, at: EntryPath(file.path), wheel: file.wheel) }
        }
    }
}
