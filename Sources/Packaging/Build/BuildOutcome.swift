import Files
import Model

extension BuildOrder {
    /// The zip's name before it is made.
    public var key: BuildKey { BuildKey(ContentsKey(lock, options)) }

    /// A draft's name: one that nobody has fetched is cleared away like those.
    func imagePath(in folder: String) -> String { "\(folder)/\(key).oci\(AtomicFile.draftEnding)" }
}

/// A layer's zip and what is in it.
public struct BuildOutcome: Sendable, Hashable, Codable {
    /// What a package takes of the layer when unpacked.
    public struct Share: Sendable, Hashable, Codable {
        public let package: PackageName
        public let unzipped: ByteCount
    }

    /// What pruning of a kind would have saved, had it been asked for.
    public struct Saving: Sendable, Hashable, Codable {
        public let pruning: Pruning
        public let zipped: ByteCount
        public let unzipped: ByteCount
    }

    public let item: Item
    public let key: BuildKey
    /// Where the zip is: `{folder}/{key}.zip`.
    public let path: String
    public let sha256: ContentDigest
    public let zipped: ByteCount
    /// As Lambda counts it.
    public let unzipped: ByteCount
    /// Sorted by name, with licences and sizes.
    public let packages: [Build.Package]
    /// The largest packages first, at most five.
    public let largest: [Share]
    public let pruningWouldSave: [Saving]
    /// Files that were left out since wheels disagree about them and the options allow it.
    public let droppedConflicts: [String]
    /// What the checks say, whether or not it is waived.
    public let findings: [Finding]
    /// What found them.
    let inspection: LayerInspection.Mark
    /// The same as an image, where that was asked for.
    public internal(set) var image: BuiltImage?

    /// What publishing needs of it.
    public var layer: BuiltLayer {
        BuiltLayer(
            path: path, sha256: sha256, zipped: zipped, unzipped: unzipped, packages: packages,
            findings: findings, image: image)
    }
}
