import Model
import Testing
import Wheels

/// A layer that was spliced, read back entry by entry.
struct SplicedZip {
    let layer: SplicedLayer
    let bytes: [UInt8]
    let entries: [ZipEntry]
    let contents: [String: [UInt8]]

    init(_ recipe: LayerRecipe, in folder: Folder, name: String = "layer.zip") async throws {
        let path = folder.path + "/" + name
        layer = try await recipe.splice(to: path)
        bytes = try folder.bytes(name)
        let file = try WheelFile(path: path, name: name)
        entries = try ZipDirectory(of: file).entries
        let reader = try EntryReader(file)
        contents = try Dictionary(
            uniqueKeysWithValues: entries.map { ($0.path.text, try reader.contents(of: $0, cap: 1 << 24)) })
    }

    var paths: [String] { entries.map(\.path.text) }
    func text(_ path: String) -> String? { contents[path].map { String(decoding: $0, as: UTF8.self) } }
    func isExecutable(_ path: String) -> Bool? { entries.first { $0.path.text == path }?.isExecutable }
}
