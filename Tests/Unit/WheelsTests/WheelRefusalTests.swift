import Crypto
import Foundation
import Model
import Testing
import Wheels

@Suite("A wheel's verification")
struct WheelRefusalTests {
    private func wheel(_ edit: (inout CraftedWheel) -> Void) -> CraftedWheel {
        var wheel = CraftedWheel("demo", [CraftedEntry("demo/a.py", "a = 1\n")])
        edit(&wheel)
        return wheel
    }

    @Test("refuses a file that is not what the lock promised, and names both digests")
    func otherFile() async throws {
        let folder = try Folder()
        var source = try wheel { _ in }.write(to: folder)
        let actual = source.sha256
        source.sha256 = ContentDigest.of("something else")
        await expectRefusal(.digestMismatch, source.fileName.text, actual.hex, source.sha256.hex) {
            try await source.verify()
        }
        let recipe = LayerRecipe(wheels: [source], requirements: "")
        await expectRefusal(.digestMismatch, source.fileName.text, actual.hex, source.sha256.hex) {
            try await recipe.splice(to: folder.path + "/layer.zip")
        }
        #expect(folder.names == [source.fileName.text])
    }

    @Test("says what is wrong with a file that cannot be opened, or is none")
    func noFile() async throws {
        let folder = try Folder()
        var source = try wheel { _ in }.write(to: folder)
        source.path += ".gone"
        await expectRefusal(.file, ".gone", "No such file") { try await source.verify() }
        source.path = folder.path
        await expectRefusal(.file, "not a regular file") { try await source.verify() }
    }

    @Test("refuses a wheel whose RECORD lies about a digest or a size")
    func lyingRecord() async throws {
        let digest = [UInt8]("other!".utf8).recordDigest
        try await expectRefused(
            wheel { $0.editRecord = { ["demo/a.py,\(digest),6"] + $0.dropFirst() } }, "demo/a.py",
            "its digest in RECORD",
            bySplice: false)
        try await expectRefused(
            wheel { $0.editRecord = { $0.map { $0.replacing(",6", with: ",7") } } }, "demo/a.py",
            "does not match its size")
    }

    @Test("refuses a wheel without RECORD, one that leaves a file out, and one that names a file too many")
    func incompleteRecord() async throws {
        try await expectRefused(wheel { $0.hasRecord = false }, "has no RECORD")
        try await expectRefused(wheel { $0.editRecord = { Array($0.dropFirst()) } }, "demo/a.py", "not in RECORD")
        try await expectRefused(
            wheel { $0.editRecord = { $0 + ["demo/b.py,\([UInt8]().recordDigest),0"] } }, "demo/b.py",
            "not in the wheel")
    }

    @Test("tells of a wrong RECORD instead, where that is put up with, and of a right one nothing")
    func reportedRecord() async throws {
        func problem(_ edit: @escaping ([String]) -> [String]) async throws -> String? {
            let folder = try Folder()
            var source = try wheel { $0.editRecord = edit }.write(to: folder)
            source.allowsWrongRecord = true
            return try await source.verify().recordProblem
        }
        #expect(try await problem { $0 } == nil)
        let digest = [UInt8]("other!".utf8).recordDigest
        #expect(
            try await problem { ["demo/a.py,\(digest),6"] + $0.dropFirst() }
                == "'demo/a.py' does not match its digest in RECORD")
        #expect(try await problem { Array($0.dropFirst()) } == "'demo/a.py' is not in RECORD")
        #expect(try await problem { $0 + ["x.py,\(digest),6"] } == "'x.py' is in RECORD, but not in the wheel")
        #expect(try await problem { ["demo/a.py,md5=AAAA,6"] + $0.dropFirst() }?.contains("SHA-256") == true)
    }

    @Test(
        "refuses a second folder that tells of an installed project, however it is written, and another version's",
        arguments: ["other-2.0.dist-info", "demo-2.0.dist-info", "other-2.0.DIST-INFO", "Demo-1.0.Dist-Info"])
    func secondProject(folder: String) async throws {
        try await expectRefused(
            wheel { $0.files.append(CraftedEntry("\(folder)/METADATA", "Name: other\n")) }, "dist-info folder")
        try await expectRefused(
            wheel { $0.files.append(CraftedEntry("demo-1.0.data/purelib/\(folder)/METADATA", "x")) },
            "would write into a dist-info folder")
    }

    @Test("refuses a dist-info folder of another version than the file name's")
    func otherVersion() async throws {
        let made = wheel {
            $0.version = "2.0"
            $0.metadata = "Metadata-Version: 2.1\nName: demo\nVersion: 2.0\n"
        }
        let folder = try Folder()
        var source = try made.write(to: folder)
        source.fileName = try #require(WheelFileName("demo-1.0-py3-none-any.whl"))
        await expectRefusal(.badWheel, "demo-1.0", "another version") { [source] in try await source.verify() }
    }

    @Test("refuses digests that are missing, weak or unknown, and rows that contradict each other")
    func badRows() async throws {
        for digest in ["", "md5=1B2M2Y8AsgTpgAmY7PhCfg", "sha1=2jmj7l5rSw0yVb_vlWAYkK_YBwk", "crc32=1"] {
            try await expectRefused(
                wheel { $0.editRecord = { ["demo/a.py,\(digest),6"] + $0.dropFirst() } }, "demo/a.py", "no SHA-256")
        }
        try await expectRefused(
            wheel { $0.editRecord = { $0 + ["demo/a.py,sha256=x,6"] } }, "demo/a.py", "different rows")
        try await expectRefused(wheel { $0.editRecord = { $0 + ["demo/a.py,sha256=x,6,7"] } }, "damaged row")
        try await expectRefused(wheel { $0.editRecord = { $0 + ["\"demo/b.py,sha256=x,6"] } }, "RECORD")
        try await expectRefused(
            wheel { $0.editRecord = { ["demo/a.py,sha256=x,-6"] + $0.dropFirst() } }, "demo/a.py", "bad size")
    }

    @Test("refuses two dist-info folders, none, and another package's")
    func infos() async throws {
        try await expectRefused(
            wheel { $0.files.append(CraftedEntry("other-1.0.dist-info/METADATA", "x")) }, "more than one dist-info",
            "other-1.0.dist-info")
        try await expectRefused(
            wheel {
                $0.edit = { $0.entries.removeAll { String(decoding: $0.name, as: UTF8.self).contains("dist-info") } }
            },
            "no dist-info")
        let folder = try Folder()
        var source = try wheel { _ in }.write(to: folder)
        source.fileName = try #require(WheelFileName("other-1.0-py3-none-any.whl"))
        await expectRefusal(.badWheel, "other-1.0-py3-none-any.whl", "another package") { try await source.verify() }
    }

    @Test("refuses METADATA that is missing, unreadable, or of another package or version")
    func metadata() async throws {
        try await expectRefused(wheel { $0.metadata = nil }, "no METADATA", bySplice: false)
        try await expectRefused(wheel { $0.metadata = "Summary: x\n" }, "no Name", bySplice: false)
        try await expectRefused(wheel { $0.metadata = "Name: other\nVersion: 1.0\n" }, "'other'", bySplice: false)
        try await expectRefused(wheel { $0.metadata = "Name: demo\nVersion: 2.0\n" }, "'2.0'", bySplice: false)
    }

    @Test("refuses a wheel of an unknown format")
    func wheelFile() async throws {
        try await expectRefused(wheel { $0.wheel = nil }, "no WHEEL")
        try await expectRefused(wheel { $0.wheel = "Wheel-Version: 2.0\n" }, "unsupported version")
    }

    @Test("refuses .data folders that are unknown, files beside them, and paths into dist-info")
    func dataFolders() async throws {
        func file(_ path: String) -> CraftedWheel {
            CraftedWheel("demo", [CraftedEntry("demo-1.0.data/\(path)", "x")])
        }
        try await expectRefused(file("secrets/x"), "unknown folder 'secrets'")
        try await expectRefused(file("x"), "not in one of its folders")
        try await expectRefused(file("scripts/../../x"), "climbs out")
        try await expectRefused(file("purelib//x"), "empty component")
        try await expectRefused(file("purelib/other-1.0.dist-info/RECORD"), "dist-info")
    }

    @Test(
        "refuses scripts whose name or reference would do harm",
        arguments: [
            "../x = demo:main", "/x = demo:main", ".. = demo:main", "a\\b = demo:main", " = demo:main",
            "x = demo", "x = demo:main()", "x = demo;import os:main", "x = demo:1main", "x = demo..a:main", "x = :main",
            "x = demo:main:more", "x = demo\u{85}import os:main", "x",
        ])
    func scripts(line: String) async throws {
        try await expectRefused(wheel { $0.entryPoints = "[console_scripts]\n\(line)\n" }, "entry_points.txt")
    }

    @Test("refuses one script with two meanings")
    func scriptTwice() async throws {
        try await expectRefused(
            wheel { $0.entryPoints = "[console_scripts]\nx = a:b\n[gui_scripts]\nx = a:c\n" }, "'x' twice")
    }

    @Test("tells what is in a wheel, and remembers it as JSON")
    func contents() async throws {
        let folder = try Folder()
        var made = CraftedWheel("Demo_Tool", [CraftedEntry("demo/a.py", "a = 1\n", deflated: true)])
        made.files.append(CraftedEntry("Demo_Tool-1.0.dist-info/licenses/LICENSE.txt", "MIT"))
        made.metadata = """
            Metadata-Version: 2.4\r
            Name: demo.tool\r
            Version: 1.0.0\r
            Summary: Shows things
            License: UNKNOWN
            License-Expression: MIT
            License-File: LICENSE.txt
            Requires-Python: >=3.9
            Project-URL: Source Code, https://example.invalid/src
            Project-URL: Homepage, https://example.invalid
            Classifier: License :: OSI Approved :: MIT License
            Description: one
              two

            Name: not a header any more

            """
        made.entryPoints = "# comment\n[console_scripts]\ndemo = demo.a:Main.run [extra]\n[other]\nx = y\n"
        let contents = try await made.write(to: folder).verify()
        #expect(contents.metadata.name == "demo.tool")
        #expect(contents.metadata.version == "1.0.0")
        #expect(contents.metadata.summary == "Shows things")
        #expect(contents.metadata.homepage == "https://example.invalid")
        #expect(contents.metadata.license == nil)
        #expect(contents.metadata.licenseExpression == "MIT")
        #expect(contents.metadata.licenseClassifiers == ["License :: OSI Approved :: MIT License"])
        #expect(contents.scripts == [WheelContents.Script(name: "demo", reference: "demo.a:Main.run")])
        #expect(contents.distInfo == "Demo_Tool-1.0.dist-info")
        #expect(contents.libraries.isEmpty)
    }

    @Test(
        "takes a homepage from the label for it in any spelling, else from the field of old",
        arguments: [
            ("Home-page: https://old.invalid\nProject-URL: home page, https://new.invalid\n", "https://new.invalid"),
            ("Project-URL: Home-Page,https://a.invalid/?b,c\n", "https://a.invalid/?b,c"),
            ("Home-page: https://old.invalid\nProject-URL: Docs, https://docs.invalid\n", "https://old.invalid"),
            ("Project-URL: Homepage\nProject-URL: Homepage,\nHome-page: UNKNOWN\n", nil), ("", nil),
        ] as [(String, String?)])
    func homepage(_ fields: String, _ homepage: String?) async throws {
        let folder = try Folder()
        var made = CraftedWheel("demo", [CraftedEntry("demo.py", "")])
        made.metadata = "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n" + fields
        let contents = try await made.write(to: folder).verify()
        #expect(contents.metadata.homepage == homepage)
    }

    @Test("reads RECORD rows with quotes, CRLF, padding and SHA-512")
    func tolerantRecord() async throws {
        let folder = try Folder()
        let a = Array("a = 1\n".utf8)
        let c = Array("c".utf8)
        var made = CraftedWheel("demo", [CraftedEntry("demo/a, \"b\".py", a), CraftedEntry("demo/c.py", c)])
        let sha512 = Data(SHA512.hash(data: c)).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_")
        made.editRecord = { rows in
            ["\"demo/a, \"\"b\"\".py\",\(a.recordDigest)=,6\r", "demo/c.py,sha512=\(sha512),\r"]
                + rows.dropFirst(2).map { $0 + "\r" } + ["\r"]
        }
        let source = try made.write(to: folder)
        #expect(try await source.verify().files.map(\.path).suffix(2) == ["demo/a, \"b\".py", "demo/c.py"])
        let layer = try await SplicedZip(LayerRecipe(wheels: [source], requirements: ""), in: folder)
        #expect(
            layer.text("python/demo-1.0.dist-info/RECORD")?.contains("\"demo/a, \"\"b\"\".py\",\(a.recordDigest),6\n")
                == true)
    }
}
