import Model

/// A file of a build as it must be.
struct ImmutableFile {
    let path: String
    let bytes: [UInt8]
    /// The bytes that an earlier format's file is rendered to now; nil if it cannot be read.
    private let upgraded: (_ old: [UInt8]) -> [UInt8]?

    init(path: String, bytes: [UInt8], upgraded: @escaping ([UInt8]) -> [UInt8]? = { _ in nil }) {
        self.path = path
        self.bytes = bytes
        self.upgraded = upgraded
    }

    /// Whether a file that exists says the same. Formats only grow: one that an earlier version wrote has less in it.
    func says(_ old: [UInt8]) -> Bool { old == bytes || (old.count < bytes.count && upgraded(old) == bytes) }
}

extension BuildFile {
    /// The files of a build, none of which changes once it is written.
    static func files(of build: Build, _ folders: LayerFolders) -> [ImmutableFile] {
        let path = path(of: build.item, build.buildNumber, folders)
        let file = ImmutableFile(path: path, bytes: bytes(of: build)) { old in
            (try? self.build(in: old, path: path)).map { bytes(of: $0) }
        }
        guard let artifact = build.artifact else { return [file] }
        let lock = ImmutableFile(
            path: PylockFile.path(of: build.item, build.buildNumber, folders),
            bytes: PylockFile.bytes(of: artifact.lock, files: artifact.options.files))
        return [file, lock]
    }
}

enum LyingFile {
    /// What stops a run.
    static func error(_ path: String, _ build: Build) -> StrataError {
        var place = build.item.place
        place.file = path
        return StrataError(
            .inconsistent,
            "the registry describes other bytes as build \(build.buildNumber) than the ledger; such a file never changes",
            hint: "if the file was edited, restore it from the branch's history; if the ledger was lost or is another "
                + "registry's, rebuild it with 'strata reconcile --rebuild'",
            place: place)
    }
}
