import Model

/// What is in a wheel that was verified: to be remembered by its sha256, so that it is verified once.
public struct WheelContents: Sendable, Hashable, Codable {
    /// Raised when `verify` begins to check or to collect more: values of another format are to be forgotten.
    public static let currentFormat = 5

    public struct File: Sendable, Hashable, Codable {
        /// In the wheel.
        public var path: String
        public var size: ByteCount

        public init(path: String, size: ByteCount) {
            self.path = path
            self.size = size
        }
    }

    public struct Script: Sendable, Hashable, Codable {
        /// The command's name.
        public var name: String
        /// `module:object`.
        public var reference: String

        public init(name: String, reference: String) {
            self.name = name
            self.reference = reference
        }
    }

    public var format = WheelContents.currentFormat
    public var fileName: WheelFileName
    public var sha256: ContentDigest
    /// The dist-info folder's name.
    public var distInfo: String
    public var metadata: CoreMetadata
    /// Sorted bytewise.
    public var files: [File]
    /// Files of machine code, sorted by path.
    public var libraries: [NativeLibrary]
    public var scripts: [Script]
    /// What is wrong with RECORD, where installers do not look: a line that names the entry. Nil if it is right.
    public var recordProblem: String?

    /// What its bills of materials list, sorted.
    public var bundled: [BundledComponent]

    /// Of the wheel file.
    public var zipped: ByteCount
    /// Of all files.
    public var unzipped: ByteCount { files.reduce(ByteCount(0)) { $0 + $1.size } }
}
