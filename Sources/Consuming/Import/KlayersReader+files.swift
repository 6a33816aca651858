import Files
import FoundationEssentials
import Model

extension KlayersReader {
    /// Reads a file, or every `.csv`, `.json` and `.jsonl` file in a folder and below it, in the order of their names.
    /// Blocks the thread.
    /// - Throws: `notFound` or `file` if the path cannot be read. What a file holds is never an error: see `result`.
    public static func read(path: String) throws(StrataError) -> ImportResult {
        var reader = KlayersReader()
        try reader.read(path: path)
        return reader.result
    }

    /// Reads on, as `read(path:)` does.
    public mutating func read(path: String) throws(StrataError) {
        var isFolder = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw StrataError(.notFound, "there is nothing to import", place: .init(file: path))
        }
        for file in isFolder ? try Self.files(in: path) : [path] { try read(file: file) }
    }

    private static func files(in folder: String) throws(StrataError) -> [String] {
        do {
            return try FileManager.default.subpathsOfDirectory(atPath: folder)
                .filter { name in [".csv", ".json", ".jsonl"].contains { name.hasSuffix($0) } }
                .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
                .map { "\(folder)/\($0)" }
        } catch {
            throw StrataError(.file, "the folder cannot be read", place: .init(file: folder), cause: error)
        }
    }

    private mutating func read(file: String) throws(StrataError) {
        begin(file)
        defer { end() }
        do {
            try OpenFile(file).forEachPiece { read($0) }
        } catch {
            throw StrataError.wrapping(error, .file, "the file cannot be read")
        }
    }
}
