import Files
import Foundation
import Model
import Testing
import Wheels

@Suite("The splice")
struct SpliceTests {
    private func splice(
        _ wheels: [CraftedWheel], requirements: String = "demo==1.0\n", prune: PruneRules = PruneRules(),
        dropOnConflict: [String] = [], prefer: [(String, String)] = [], allowsWrongRecord: Bool = false,
        inspect: @escaping @Sendable (LayerListing, LayerSources) throws -> [Finding] = { _, _ in [] }
    ) async throws -> SplicedZip {
        let folder = try Folder()
        let sources = try wheels.map { wheel in
            var source = try wheel.write(to: folder)
            source.allowsWrongRecord = allowsWrongRecord
            return source
        }
        let patterns = try dropOnConflict.map { try #require(PathPattern($0)) }
        var recipe = LayerRecipe(
            wheels: sources, requirements: requirements, prune: prune, dropOnConflict: Set(patterns),
            prefer: try prefer.map { LayerPreference(try #require(PathPattern($0.0)), package: $0.1) })
        recipe.inspect = inspect
        return try await SplicedZip(recipe, in: folder)
    }

    @Test("lays files out under python/, sorted, with the requirements and an INSTALLER")
    func layout() async throws {
        var made = CraftedWheel(
            "demo", [CraftedEntry("demo/b.py", "b"), CraftedEntry("demo/a.py", "a", deflated: true)])
        made.files.append(CraftedEntry("demo/", ""))
        made.files[2].mode = 0o040755
        made.files.append(CraftedEntry("demo-b.py", "x"))
        let zip = try await splice([made])
        #expect(
            zip.paths == [
                "python/demo-1.0.dist-info/INSTALLER", "python/demo-1.0.dist-info/METADATA",
                "python/demo-1.0.dist-info/RECORD", "python/demo-1.0.dist-info/WHEEL", "python/demo-b.py",
                "python/demo/a.py", "python/demo/b.py", "python/requirements.txt",
            ])
        #expect(zip.text("python/requirements.txt") == "demo==1.0\n")
        #expect(zip.text("python/demo-1.0.dist-info/INSTALLER") == "strata\n")
        #expect(zip.text("python/demo/a.py") == "a")
        #expect(zip.entries.first { $0.path.text == "python/demo/a.py" }?.method == .deflated)
    }

    @Test("writes headers without dates, owners, extras, descriptors or comments")
    func headers() async throws {
        var made = CraftedWheel("demo", [CraftedEntry("demo/é.py", "x"), CraftedEntry("demo/run", "x")])
        made.files[0].flags = 1 << 11
        made.files[0].mode = 0o100600
        made.files[1].mode = 0o100700
        made.files[1].extra = 0x5455.le16 + 1.le16 + [0]
        made.files[1].localExtra = 0x5455.le16 + 1.le16 + [0]
        made.files[1].comment = [65]
        let zip = try await splice([made])
        let expected = CraftedZip(
            entries: zip.entries.map { entry in
                var crafted = CraftedEntry(entry.path.text, zip.contents[entry.path.text] ?? [])
                crafted.mode = entry.path.text == "python/demo/run" ? 0o100755 : 0o100644
                crafted.flags = entry.path.text.contains("é") ? 1 << 11 : 0
                return crafted
            })
        // The crafted writer dates its entries 0; otherwise it writes what is expected here.
        #expect(zip.bytes == Self.dated(expected.bytes, entries: expected.entries))
        #expect(zip.layer.sha256 == ContentDigest.of(zip.bytes))
        #expect(zip.layer.zipped == ByteCount(zip.bytes.count))
        #expect(zip.layer.entries == zip.entries.count)
        #expect(zip.layer.unzipped.bytes == zip.contents.values.reduce(0) { $0 + $1.count })
    }

    /// Sets all dates to 1980-01-01.
    private static func dated(_ bytes: [UInt8], entries: [CraftedEntry]) -> [UInt8] {
        var bytes = bytes
        var offset = 0
        for entry in entries {
            bytes[offset + 12] = 0x21
            offset += 30 + entry.name.count + entry.data.count
        }
        for entry in entries {
            bytes[offset + 14] = 0x21
            offset += 46 + entry.name.count
        }
        return bytes
    }

    @Test("moves .data to its places, drops C headers, and replaces the first line of scripts")
    func dataFolders() async throws {
        let data = "demo-1.0.data"
        let zip = try await splice([
            CraftedWheel(
                "demo",
                [
                    CraftedEntry("\(data)/purelib/demo/a.py", "a"), CraftedEntry("\(data)/platlib/demo/b.py", "b"),
                    CraftedEntry("\(data)/data/share/c.txt", "c"), CraftedEntry("\(data)/headers/demo.h", "d"),
                    CraftedEntry("\(data)/scripts/tool", "#!python\nprint(1)\n"),
                    CraftedEntry("\(data)/scripts/gui", "#!pythonw -x\nprint(2)\n", deflated: true),
                    CraftedEntry("\(data)/scripts/program", "\u{7F}ELF"),
                    CraftedEntry("\(data)/scripts/shell", "#!/bin/sh\n"),
                ])
        ])
        #expect(zip.text("python/demo/a.py") == "a")
        #expect(zip.text("python/demo/b.py") == "b")
        #expect(zip.text("python/share/c.txt") == "c")
        #expect(zip.text("python/bin/tool") == "#!/usr/bin/env python3\nprint(1)\n")
        #expect(zip.text("python/bin/gui") == "#!/usr/bin/env python3\nprint(2)\n")
        #expect(zip.text("python/bin/program") == "\u{7F}ELF")
        #expect(zip.text("python/bin/shell") == "#!/bin/sh\n")
        for name in ["tool", "gui", "program", "shell"] { #expect(zip.isExecutable("python/bin/\(name)") == true) }
        #expect(zip.layer.pruned.files == 1)
        #expect(!zip.paths.contains { $0.hasSuffix("demo.h") || $0.contains(".data/") })
    }

    @Test("makes console scripts")
    func consoleScripts() async throws {
        var made = CraftedWheel("demo")
        made.entryPoints = "[console_scripts]\ndemo-run=demo.cli:App.main\n"
        let zip = try await splice([made])
        #expect(
            zip.text("python/bin/demo-run") == """
                #!/usr/bin/env python3
                import sys
                from demo.cli import App
                if __name__ == "__main__":
                    sys.exit(App.main())

                """)
        #expect(zip.isExecutable("python/bin/demo-run") == true)
    }

    @Test("writes a RECORD that names exactly the files of the wheel in the layer")
    func record() async throws {
        var made = CraftedWheel("demo", [CraftedEntry("demo/a.py", "a"), CraftedEntry("demo/tests/t.py", "t")])
        made.files.append(CraftedEntry("demo-1.0.data/scripts/tool", "#!python\n"))
        made.entryPoints = "[console_scripts]\nrun=demo:main\n"
        let zip = try await splice([made, CraftedWheel("other")], prune: PruneRules(kinds: [.tests]))
        let record = try Record(try #require(zip.contents["python/demo-1.0.dist-info/RECORD"]), of: "demo")
        let expected = zip.contents.filter {
            $0.key != "python/requirements.txt" && !$0.key.hasPrefix("python/other-1.0.dist-info")
        }
        #expect(Set(record.rows.keys.map { "python/\($0.text)" }) == Set(expected.keys))
        for (path, row) in record.rows where !path.text.hasSuffix("/RECORD") {
            let contents = try #require(expected["python/\(path.text)"])
            #expect(row == Record.Row(digest: contents.recordDigest, size: contents.count))
        }
        #expect(record.rows[EntryPath("demo-1.0.dist-info/RECORD")] == Record.Row(digest: "", size: nil))
    }

    @Test("merges equal files of two wheels, and refuses different ones, naming both")
    func conflicts() async throws {
        let shared = CraftedEntry("shared/a.py", "same")
        var executable = shared
        executable.mode = 0o100755
        let merged = try await splice([CraftedWheel("one", [shared]), CraftedWheel("two", [executable])])
        #expect(merged.text("python/shared/a.py") == "same")
        #expect(merged.isExecutable("python/shared/a.py") == true)
        #expect(merged.text("python/one-1.0.dist-info/RECORD")?.contains("shared/a.py") == true)
        #expect(merged.text("python/two-1.0.dist-info/RECORD")?.contains("shared/a.py") == true)

        let other = CraftedWheel("two", [CraftedEntry("shared/a.py", "else")])
        await expectRefusal(
            .unbuildable, "one-1.0-py3-none-any.whl", "two-1.0-py3-none-any.whl", "'shared/a.py'",
            #"'prefer: { "shared/**": one }'"#, #"'drop-conflicts: ["shared"]'"#, #"'exclude: ["shared/**"]'"#
        ) {
            try await splice([CraftedWheel("one", [shared]), other])
        }
        let dropped = try await splice([CraftedWheel("one", [shared]), other], dropOnConflict: ["shared"])
        #expect(dropped.layer.droppedConflicts == ["shared/a.py"])
        #expect(!dropped.paths.contains("python/shared/a.py"))
        #expect(dropped.text("python/one-1.0.dist-info/RECORD")?.contains("shared/a.py") == false)
    }

    @Test("compares files by digest: an equal CRC and size do not make them the same")
    func forgedCRC() async throws {
        // Two texts of eight bytes with the CRC 0x4DDB0C25.
        let texts = ["plumless", "buckeroo"]
        #expect(Array(texts[0].utf8).crc32 == Array(texts[1].utf8).crc32)
        let wheels = zip(["one", "two"], texts).map { CraftedWheel($0, [CraftedEntry("shared.py", $1)]) }
        await expectRefusal(.unbuildable, "shared.py") { try await splice(wheels) }
    }

    @Test("refuses a file of one wheel that is a folder of another")
    func fileAndFolder() async throws {
        let wheels = [
            CraftedWheel("one", [CraftedEntry("shared", "x")]), CraftedWheel("two", [CraftedEntry("shared/a.py", "x")]),
        ]
        await expectRefusal(.unbuildable, "one-1.0", "two-1.0", "'shared'") { try await splice(wheels) }
    }

    @Test(
        "takes the side that is preferred, also before what is dropped, and only for the files that it is preferred for"
    )
    func preference() async throws {
        let one = CraftedWheel("one", [CraftedEntry("testing/a.py", "1"), CraftedEntry("testing/b.py", "1")])
        let two = CraftedWheel("two", [CraftedEntry("testing/a.py", "2"), CraftedEntry("testing/b.py", "2")])
        let zip = try await splice([one, two], dropOnConflict: ["testing"], prefer: [("testing/a.py", "two")])
        #expect(zip.text("python/testing/a.py") == "2")
        #expect(!zip.paths.contains("python/testing/b.py"))
        #expect(zip.layer.droppedConflicts == ["testing/b.py"])
        #expect(zip.text("python/one-1.0.dist-info/RECORD")?.contains("testing/") == false)
        #expect(zip.text("python/two-1.0.dist-info/RECORD")?.contains("testing/a.py") == true)
        #expect(try await splice([one, two], prefer: [("testing/*", "one")]).text("python/testing/b.py") == "1")
        // A package that does not bring the file has no side.
        await expectRefusal(.unbuildable, "testing/a.py", "testing/b.py") {
            try await splice([one, two], prefer: [("testing/*", "three")])
        }
    }

    @Test("shows an inspection the layer as it will be, and writes nothing if that refuses it")
    func inspection() async throws {
        let made = CraftedWheel(
            "demo",
            [
                CraftedEntry("demo/a.py", "1"), CraftedEntry("demo/tests/b.py", "2"),
                CraftedEntry("demo-1.0.data/purelib/c.py", "3"),
            ])
        let zip = try await splice([made], prune: PruneRules(kinds: [.tests])) { listing, sources in
            try listing.files.enumerated().filter { $0.element.wheel == 0 && !$0.element.path.contains("dist-info") }
                .map { index, file in
                    let text = String(decoding: try sources.contents(of: index, limit: 100) ?? [], as: UTF8.self)
                    #expect(try sources.contents(of: index, limit: 0) == nil)
                    return Finding(.paths, .note, "\(file.path) \(file.source ?? "-") \(text)")
                }
        }
        #expect(zip.layer.findings.map(\.message) == ["c.py demo-1.0.data/purelib/c.py 3", "demo/a.py demo/a.py 1"])
        await expectRefusal(.unbuildable, "no") {
            try await splice([made]) { _, _ in throw StrataError(.unbuildable, "no") }
        }
    }

    @Test("writes what the files are where a wrong RECORD is put up with")
    func wrongRecord() async throws {
        var made = CraftedWheel("demo", [CraftedEntry("demo/a.py", "a = 1\n"), CraftedEntry("demo/b.py", "b")])
        made.editRecord = { _ in ["demo/a.py,sha256=AAAA,1", "gone.py,,", "demo-1.0.dist-info/RECORD,,"] }
        await expectRefusal(.badWheel, "demo-1.0", "RECORD") { try await splice([made]) }
        let zip = try await splice([made], allowsWrongRecord: true)
        let record = try #require(zip.text("python/demo-1.0.dist-info/RECORD"))
        #expect(record.contains("demo/a.py,\([UInt8]("a = 1\n".utf8).recordDigest),6\n"))
        #expect(record.contains("demo/b.py,\([UInt8]("b".utf8).recordDigest),1\n"))
        #expect(!record.contains("gone.py"))
        // The bytes are checked all the same.
        made.edit = { $0.entries[0].crc32 = 1 }
        await expectRefusal(.badWheel, "demo/a.py", "CRC") { try await splice([made], allowsWrongRecord: true) }
    }

    @Test("lets the layer's own requirements.txt win over a wheel's")
    func requirements() async throws {
        let made = CraftedWheel("demo", [CraftedEntry("requirements.txt", "evil")])
        for drop in [[], ["requirements.txt"]] {
            let zip = try await splice([made], dropOnConflict: drop)
            #expect(zip.text("python/requirements.txt") == "demo==1.0\n")
            #expect(zip.text("python/demo-1.0.dist-info/RECORD")?.contains("requirements.txt") == false)
        }
    }

    @Test("refuses two wheels of one package")
    func samePackage() async throws {
        var newer = CraftedWheel("Demo")
        newer.version = "2.0"
        await expectRefusal(.badWheel, "demo-1.0", "Demo-2.0", "same package") {
            try await splice([CraftedWheel("demo"), newer])
        }
    }

    @Test("prunes what it is told to and counts the rest; licences always stay")
    func pruning() async throws {
        let made = CraftedWheel(
            "demo",
            [
                CraftedEntry("demo/__init__.py", "1"), CraftedEntry("demo/tests/a.py", "22"),
                CraftedEntry("demo/sub/test/a.pyi", "333"), CraftedEntry("demo/conftest.py", "4444"),
                CraftedEntry("demo/a.pyi", "55555"), CraftedEntry("demo-stubs/b.py", "666666"),
                CraftedEntry("demo/include/a.h", "7777777"), CraftedEntry("demo/testing.py", "8"),
                CraftedEntry("demo/data/big.bin", "999999999"),
                CraftedEntry("demo-1.0.dist-info/licenses/tests/LICENSE", "MIT"),
            ])
        let whole = try await splice([made])
        #expect(whole.layer.pruned.files == 0)
        #expect(whole.layer.prunable[.tests]?.unzipped == ByteCount(9))
        #expect(whole.layer.prunable[.stubs]?.unzipped == ByteCount(11))
        #expect(whole.layer.prunable[.headers]?.unzipped == ByteCount(7))
        let pattern = try #require(PathPattern("*.bin"))
        let small = try await splice(
            [made], prune: PruneRules(kinds: [.tests, .headers], patterns: [pattern]))
        let names = small.paths.filter { !$0.contains("dist-info") }
        #expect(
            names == [
                "python/demo-stubs/b.py", "python/demo/__init__.py", "python/demo/a.pyi", "python/demo/testing.py",
                "python/requirements.txt",
            ])
        #expect(small.text("python/demo-1.0.dist-info/licenses/tests/LICENSE") == "MIT")
        #expect(small.layer.pruned.unzipped == ByteCount(9 + 7 + 9))
        #expect(small.layer.prunable == [.stubs: try #require(whole.layer.prunable[.stubs])])
        #expect(whole.layer.unzipped.bytes - small.layer.unzipped.bytes >= 25)
    }

    @Test("no rule takes a licence's text or a bill of materials away", arguments: ["*", "*LICENSE*", "*/licenses/*"])
    func licencesStay(_ pattern: String) async throws {
        let kept = [
            "licenses/LICENSE", "licenses/tests/COPYING.h", "licenses/vendor/test/x.pyi", "AUTHORS", "LICENSE.txt",
            "sboms/tests/made.cdx.json",
        ]
        let made = CraftedWheel(
            "demo",
            [CraftedEntry("demo/tests/LICENSE", "1")]
                + kept.map { CraftedEntry("demo-1.0.dist-info/\($0)", "text of \($0)") })
        let zip = try await splice(
            [made],
            prune: PruneRules(kinds: Set(PruneKind.allCases), patterns: [try #require(PathPattern(pattern))]))
        for name in kept { #expect(zip.text("python/demo-1.0.dist-info/\(name)") == "text of \(name)") }
        #expect(!zip.paths.contains("python/demo/tests/LICENSE"))
    }

    @Test("counts each package's bytes")
    func packages() async throws {
        let wheels = [
            CraftedWheel("two", [CraftedEntry("two.py", [UInt8](repeating: 1, count: 5000))]),
            CraftedWheel("one", [CraftedEntry("one.py", [UInt8](repeating: 1, count: 100))]),
        ]
        let zip = try await splice(wheels)
        #expect(zip.layer.packages.map(\.name) == ["one", "two"])
        #expect(zip.layer.packages[1].unzipped.bytes > 5000)
        let own = "demo==1.0\n".utf8.count
        #expect(zip.layer.packages.reduce(own) { $0 + $1.unzipped.bytes } == zip.layer.unzipped.bytes)
    }

    @Test("replaces an older layer, and leaves nothing behind when it cannot write")
    func files() async throws {
        let folder = try Folder()
        let source = try CraftedWheel("demo").write(to: folder)
        let recipe = LayerRecipe(wheels: [source], requirements: "")
        let first = try await recipe.splice(to: folder.path + "/layer.zip")
        let second = try await recipe.splice(to: folder.path + "/layer.zip")
        #expect(first == second)
        #expect(folder.names == [source.fileName.text, "layer.zip"])
        await expectRefusal(.file, "No such file") { try await recipe.splice(to: folder.path + "/none/layer.zip") }
        try FileManager.default.createDirectory(atPath: folder.path + "/taken/x", withIntermediateDirectories: true)
        await expectRefusal(.file, "taken") { try await recipe.splice(to: folder.path + "/taken") }
        #expect(folder.names == [source.fileName.text, "layer.zip", "taken"])
    }

    @Test("says that the disk is full")
    func fullDisk() throws {
        let output = OutputFile(OpenFile(owning: open("/dev/full", O_WRONLY), path: "layer.zip"))
        do {
            try output.append([1, 2, 3])
            _ = try output.finish()
            Issue.record("nothing was refused")
        } catch let error as StrataError {
            #expect(error.code == .file)
            #expect("\(error)".contains("layer.zip: the file cannot be written (No space left on device)"))
        }
    }

    @Test("stops when it is cancelled, and leaves nothing behind")
    func cancellation() async throws {
        let folder = try Folder()
        let big = CraftedEntry("demo/big", [UInt8](repeating: 7, count: 1 << 20))
        let source = try CraftedWheel("demo", [big]).write(to: folder)
        let recipe = LayerRecipe(wheels: [source], requirements: "")
        let path = folder.path + "/layer.zip"
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await recipe.splice(to: path)
        }
        await expectRefusal(.cancelled) { try await task.value }
        #expect(folder.names == [source.fileName.text])
    }
}
