import Foundation
import Model
import Testing
import Wheels

@Suite("Programs in the layer's own bin")
struct ProgramTests {
    private var tool: CraftedWheel {
        var tool = CraftedWheel(
            "tool",
            [
                CraftedEntry("tool/__init__.py", "def main():\n    import sys\n    print('tool', sys.argv[1:])\n"),
                CraftedEntry("tool-1.0.data/scripts/native", "\u{7f}ELF, or so"),
                CraftedEntry("tool-1.0.data/scripts/old", "#!python\nimport tool\nprint('old', tool.__name__)\n"),
            ])
        tool.entryPoints = "[console_scripts]\ntool-run = tool:main\n"
        return tool
    }

    private func splice(_ programs: [String]) async throws -> SplicedZip {
        let folder = try Folder()
        var recipe = LayerRecipe(wheels: [try tool.write(to: folder)], requirements: "tool==1.0\n")
        recipe.programs = programs
        return try await SplicedZip(recipe, in: folder)
    }

    @Test("are those that are named, beside python/, and executable")
    func named() async throws {
        let zip = try await splice(["native", "tool-run"])
        #expect(zip.paths.prefix(2) == ["bin/native", "bin/tool-run"])
        #expect(zip.paths.dropFirst(2).allSatisfy { $0.hasPrefix("python/") })
        #expect(zip.isExecutable("bin/native") == true && zip.isExecutable("bin/tool-run") == true)
        #expect(zip.contents["bin/native"] == zip.contents["python/bin/native"])
        #expect(zip.text("python/bin/tool-run")?.hasPrefix("#!/usr/bin/env python3\n") == true)
        #expect(zip.layer.entries == zip.entries.count)
        #expect(zip.layer.unzipped.bytes == zip.contents.values.reduce(0) { $0 + $1.count })
    }

    @Test("change nothing of the rest, and nothing at all where none is named")
    func unnamed() async throws {
        let plain = try await splice([])
        let named = try await splice(["old"])
        #expect(plain.paths.allSatisfy { $0.hasPrefix("python/") })
        #expect(named.paths == ["bin/old"] + plain.paths)
        #expect(named.contents.filter { $0.key.hasPrefix("python/") } == plain.contents)
    }

    @Test("find the layer's packages wherever it lies, without PYTHONPATH", arguments: ["tool-run", "old"])
    func run(program: String) async throws {
        let zip = try await splice(["old", "tool-run"])
        let folder = try Folder()
        for (path, bytes) in zip.contents {
            let url = URL(fileURLWithPath: "\(folder.path)/some where/\(path)")
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(bytes).write(to: url)
            let mode = zip.isExecutable(path) == true ? 0o755 : 0o644
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: url.path)
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "\(folder.path)/some where/bin/\(program)")
        process.arguments = ["one", "two"]
        process.environment = ["PATH": "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin"]
        process.currentDirectoryURL = URL(fileURLWithPath: "/")
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let said = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        #expect(said == (program == "old" ? "old tool\n" : "tool ['one', 'two']\n"))
    }

    @Test("are refused with the nearest name and what there is if no wheel brings them")
    func unknown() async throws {
        await expectRefusal(.unbuildable, "'tool-rum'", "did you mean 'tool-run'?", "native, old, tool-run") {
            try await splice(["tool-rum"])
        }
    }
}
