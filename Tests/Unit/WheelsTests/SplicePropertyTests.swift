import Foundation
import Model
import Testing
import Wheels

@Suite("Properties of the splice")
struct SplicePropertyTests {
    @Test("random wheels in random order give the same bytes, which read back as the files that went in")
    func orderAndContents() async throws {
        var generator = Seeded()
        for _ in 0..<10 {
            let folder = try Folder()
            let wheels = (0..<Int.random(in: 1...8, using: &generator)).map { Self.wheel($0, &generator) }
            let sources = try wheels.map { try $0.write(to: folder) }
            for source in sources { _ = try await source.verify() }
            let recipe = LayerRecipe(wheels: sources, requirements: "seed \(generator.seed)\n")
            let zip = try await SplicedZip(recipe, in: folder)
            for round in 0..<3 {
                var shuffled = recipe
                shuffled.wheels.shuffle(using: &generator)
                let again = try await SplicedZip(shuffled, in: folder, name: "again-\(round).zip")
                #expect(again.bytes == zip.bytes, "seed \(generator.seed)")
                #expect(again.layer == zip.layer, "seed \(generator.seed)")
            }
            #expect(zip.paths.map(EntryPath.init) == zip.paths.map(EntryPath.init).sorted(), "seed \(generator.seed)")
            for entry in wheels.flatMap(\.files) where entry.name.last != UInt8(ascii: "/") {
                let contents = entry.method == 8 ? entry.data.inflatedFromStored : entry.data
                let path = "python/" + String(decoding: entry.name, as: UTF8.self)
                #expect(zip.contents[path] == contents, "seed \(generator.seed): \(path)")
            }
        }
    }

    @Test("a wheel with bytes changed is refused or read, and never ends the process")
    func mutations() async throws {
        var generator = Seeded()
        let folder = try Folder()
        var made = Self.wheel(0, &generator)
        made.entryPoints = "[console_scripts]\nrun = demo:main\n"
        let whole = made.bytes
        let name = try #require(WheelFileName(made.fileName))
        for round in 0..<200 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                // Mostly in the headers at the end, where it hurts.
                let tail = max(0, bytes.count - 600)
                let index = Int.random(
                    in: Bool.random(using: &generator) ? tail..<bytes.count : 0..<bytes.count, using: &generator)
                bytes[index] = [0, 0xFF, .random(in: 0...255, using: &generator)].randomElement(using: &generator) ?? 0
            }
            let path = folder.path + "/\(round).whl"
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            let source = WheelSource(path: path, fileName: name, sha256: ContentDigest.of(bytes))
            let recipe = LayerRecipe(wheels: [source], requirements: "")
            for step in [{ _ = try await source.verify() }, { _ = try await recipe.splice(to: path + ".zip") }] {
                do { try await step() } catch let error as StrataError {
                    #expect([.badWheel, .tooLarge].contains(error.code), "seed \(generator.seed): \(error)")
                }
            }
        }
    }

    private static func wheel(_ index: Int, _ generator: inout Seeded) -> CraftedWheel {
        let package = "package\(index)"
        var paths: Set<String> = []
        for _ in 0..<Int.random(in: 0...30, using: &generator) {
            let depth = Int.random(in: 0...3, using: &generator)
            let folders = (0..<depth).map { _ in
                ["sub", "data", "lib-x", "é"].randomElement(using: &generator) ?? "sub"
            }
            let name = "file\(Int.random(in: 0...20, using: &generator)).py"
            paths.insert(([package] + folders + [name]).joined(separator: "/"))
        }
        let files = paths.sorted().shuffled(using: &generator).map { path in
            // Now and then more than one of deflate's stored blocks.
            let size = Int.random(
                in: 0...(Int.random(in: 0..<10, using: &generator) == 0 ? 70_000 : 2000), using: &generator)
            let byte = UInt8.random(in: 0...255, using: &generator)
            var entry = CraftedEntry(
                path, [UInt8](repeating: byte, count: size), deflated: Bool.random(using: &generator))
            entry.flags = path.utf8.allSatisfy { $0 < 0x80 } ? 0 : 1 << 11
            entry.mode = [0o100644, 0o100600, 0o100755, 0].randomElement(using: &generator) ?? 0
            return entry
        }
        return CraftedWheel(package, files)
    }
}
