import Files
import FoundationEssentials
import Model
import Settings

/// The configuration with the files that it names, as the functions get it: one JSON object of paths and texts.
struct FleetFiles: Sendable {
    /// By the path from the configuration's folder.
    private(set) var texts: [String: String]

    /// Of each file.
    fileprivate static let limit = ByteCount(1_000_000)

    fileprivate static func limit(of path: String) -> ByteCount {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return ProjectLock.Kind(fileName: name) == nil ? limit : ProjectLock.limit
    }

    /// The configuration's own path in it.
    static let configuration = "strata.yaml"

    /// - Parameters:
    ///   - folder: the configuration's folder, absolute.
    ///   - named: absolute paths of the files that it names.
    /// - Throws: `configuration` for a file outside of the folder, `file` for one that cannot be read.
    init(configuration path: String, folder: String, named: [String]) throws(StrataError) {
        texts = [Self.configuration: try BoundedFile.text(path, limit: Self.limit)]
        let root = folder.hasSuffix("/") ? folder : folder + "/"
        for file in Set(named).sorted() {
            let relative = String(file.dropFirst(root.count))
            guard file.hasPrefix(root), !relative.split(separator: "/").contains("..") else {
                throw StrataError(
                    .configuration,
                    "'\(file)' is outside of the configuration's folder, which is all that functions see",
                    hint: "move it beside '\(path)'")
            }
            guard relative != Self.configuration else { continue }
            texts[relative] = try BoundedFile.text(file, limit: Self.limit(of: file), following: .inside(folder))
        }
    }

    /// The same files, the same bytes.
    func json() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(texts))
    }
}

extension ProjectSettings {
    /// A configuration that was read, with the files that go with it.
    static func withFiles(path: String) throws -> (settings: ProjectSettings, files: FleetFiles) {
        let settings = try ProjectSettings.load(path: path)
        let folder = URL(filePath: path).deletingLastPathComponent().path
        var lists: [String] = []
        let bytes = try BoundedFile.read(path, limit: FleetFiles.limit)
        // Read a second time to hear which lists are asked for.
        _ = try ProjectSettings(yaml: bytes, file: path, folder: folder) { list throws(StrataError) in
            lists.append(list)
            return try BoundedFile.read(list, limit: FleetFiles.limit(of: list), following: .inside(folder))
        }
        return (settings, try FleetFiles(configuration: path, folder: folder, named: lists + settings.git.hostKeys))
    }
}
