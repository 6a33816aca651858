import Model

/// What is in a wheel that was verified: to be remembered by its sha256, so that it is verified once.
public struct WheelContents: Sendable, Hashable, Codable {
    /// Raised when `verify` begins to check or to collect more: values of another format are to be forgotten.
    public static let currentFormat = 1

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
    /// Licence texts, sorted.
    public var licenseFiles: [String]
    /// Files of machine code, sorted by path.
    public var libraries: [NativeLibrary]
    public var scripts: [Script]

    /// Of the wheel file.
    public var zipped: ByteCount
    /// Of all files.
    public var unzipped: ByteCount { files.reduce(ByteCount(0)) { $0 + $1.size } }
}

extension WheelContents {
    /// Checks that the wheel's machine code runs on a target.
    /// - Parameters:
    ///   - machine: as platform tags write it: `x86_64`, `aarch64`.
    ///   - glibc: the target's C library.
    /// - Throws: `.badWheel` naming the first file that does not.
    public func check(machine: String, glibc: LibraryVersion) throws {
        for library in libraries {
            if library.machineName != machine {
                throw StrataError.badWheel(
                    fileName.text, EntryPath(library.path), "is for \(library.machineName), not for \(machine)")
            }
            if let needed = library.glibc, needed > glibc {
                throw StrataError.badWheel(
                    fileName.text, EntryPath(library.path),
                    "needs version \(needed) of the GNU C library; the target has \(glibc)",
                    hint: "take an older version of \(metadata.name), or a newer Python")
            }
        }
    }
}
