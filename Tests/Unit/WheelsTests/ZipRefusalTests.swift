import Foundation
import Model
import Testing
import Wheels

@Suite("The zip reader")
struct ZipRefusalTests {
    /// A wheel with one file, whose zip the test damages. The file is the first entry.
    private func wheel(_ edit: @escaping (inout CraftedZip) -> Void) -> CraftedWheel {
        var wheel = CraftedWheel("demo", [CraftedEntry("demo/a.py", "a = 1\n"), CraftedEntry("demo/b.py", "b = 2\n")])
        wheel.edit = edit
        return wheel
    }

    @Test("reads a good wheel")
    func good() async throws {
        let folder = try Folder()
        let contents = try await wheel { _ in }.write(to: folder).verify()
        #expect(contents.files.map(\.path).prefix(2) == ["demo-1.0.dist-info/METADATA", "demo-1.0.dist-info/RECORD"])
        #expect(contents.files.last == WheelContents.File(path: "demo/b.py", size: ByteCount(6)))
    }

    @Test(
        "refuses names that lead elsewhere or cannot be trusted",
        arguments: [
            ("../up.py", "climbs out"), ("demo/../../up.py", "climbs out"), ("demo/..", "climbs out"),
            ("/etc/passwd", "absolute"), ("C:/up.py", "drive letter"), ("demo\\up.py", "backslash"),
            ("demo/a\nb.py", "control character"), ("demo/a\u{1B}[2Jb.py", "control character"),
            ("demo/a\u{7F}.py", "control character"), ("demo//a.py", "empty component"), ("./a.py", "'.' component"),
            ("demo/" + String(repeating: "x", count: 256), "more than 255 bytes"), ("", "empty name"),
            (String(repeating: "folder/", count: 600) + "a", "more than 4000 bytes"),
        ])
    func names(name: String, reason: String) async throws {
        try await expectRefused(CraftedWheel("demo", [CraftedEntry(name, "x")]), reason)
    }

    @Test("prints refused names without what a terminal would obey")
    func printableNames() async throws {
        let folder = try Folder()
        let source = try CraftedWheel("demo", [CraftedEntry("demo/\u{1B}]0;x", "x")]).write(to: folder)
        await expectRefusal(.badWheel, "\\x1b]0;x") { try await source.verify() }
    }

    @Test("refuses C1 control characters, bytes that are not UTF-8, and names not marked as UTF-8")
    func encodings() async throws {
        var entry = CraftedEntry("demo/a\u{9B}b", "x")
        entry.flags = 1 << 11
        try await expectRefused(CraftedWheel("demo", [entry]), "control character")
        entry.name = Array("demo/".utf8) + [0xFF, 0xFE]
        try await expectRefused(CraftedWheel("demo", [entry]), "not UTF-8")
        try await expectRefused(CraftedWheel("demo", [CraftedEntry("demo/é.py", "x")]), "not marked as UTF-8")
    }

    @Test("refuses a name that occurs twice, also as a folder")
    func duplicates() async throws {
        try await expectRefused(wheel { $0.entries.append($0.entries[0]) }, "demo/a.py", "occurs twice")
        try await expectRefused(
            wheel {
                var folder = CraftedEntry("demo/a.py/", "")
                folder.mode = 0o040755
                $0.entries.append(folder)
            }, "demo/a.py", "occurs twice")
    }

    @Test("takes names apart that only Unicode calls equal")
    func canonicalEquivalence() async throws {
        var composed = CraftedEntry("demo/\u{E9}.py", "1")
        var decomposed = CraftedEntry("demo/e\u{301}.py", "2")
        composed.flags = 1 << 11
        decomposed.flags = 1 << 11
        let folder = try Folder()
        let contents = try await CraftedWheel("demo", [composed, decomposed]).write(to: folder).verify()
        #expect(contents.files.count == 5)
    }

    @Test("refuses a file that is also a folder")
    func fileAndFolder() async throws {
        let files = [CraftedEntry("demo/a", "x"), CraftedEntry("demo/a-b", "x"), CraftedEntry("demo/a/b/c.py", "x")]
        try await expectRefused(CraftedWheel("demo", files), "'demo/a'", "a file and a folder")
    }

    @Test("refuses links, devices and folders with contents")
    func kinds() async throws {
        try await expectRefused(wheel { $0.entries[0].mode = 0o120777 }, "demo/a.py", "symbolic link")
        try await expectRefused(wheel { $0.entries[0].mode = 0o060644 }, "demo/a.py", "not a regular file")
        try await expectRefused(wheel { $0.entries[0].mode = 0o040755 }, "demo/a.py", "not a regular file")
        try await expectRefused(CraftedWheel("demo", [CraftedEntry("demo/x/", "contents")]), "demo/x", "regular file")
        var folder = CraftedEntry("demo/x/", "contents")
        folder.mode = 0o040755
        try await expectRefused(CraftedWheel("demo", [folder]), "demo/x", "folder with contents")
    }

    @Test("refuses encrypted entries and unknown methods", arguments: [1, 1 << 6, 1 << 13] as [UInt16])
    func encrypted(flag: UInt16) async throws {
        try await expectRefused(wheel { $0.entries[0].flags |= flag }, "demo/a.py", "encrypted")
        for method: UInt16 in [1, 9, 12, 14, 93, 99] {
            try await expectRefused(wheel { $0.entries[0].method = method }, "demo/a.py", "method \(method)")
        }
    }

    @Test("refuses bytes before the first record, between records, and after the last")
    func strayBytes() async throws {
        try await expectRefused(wheel { $0.prefix = [0, 1, 2] }, "demo/a.py", "3 bytes before it")
        try await expectRefused(wheel { $0.entries[0].trailer = [0] }, "demo/b.py", "1 bytes before it")
        try await expectRefused(wheel { $0.beforeDirectory = [0] }, "between its last entry and its directory")
        try await expectRefused(wheel { $0.afterDirectory = [0] }, "does not end where the end record begins")
        try await expectRefused(wheel { $0.suffix = [0] }, "bytes after its end record")
        try await expectRefused(wheel { $0.comment = Array(CraftedZip().bytes) + [0] }, "bytes after its end record")
    }

    @Test("reads a wheel with a comment, and one with zip64 records")
    func harmless() async throws {
        let folder = try Folder()
        _ = try await wheel { $0.comment = Array("made by hand".utf8) }.write(to: folder).verify()
        _ = try await wheel { $0.hasZip64End = true }.write(to: folder).verify()
    }

    @Test("refuses overlapping entries")
    func overlap() async throws {
        try await expectRefused(wheel { $0.entries[1].offsetError = -1 }, "demo/b.py", "overlaps")
        try await expectRefused(
            wheel { zip in
                // The second record's header lies inside the first one's data.
                let inner = CraftedZip(entries: [zip.entries[1]]).bytes.prefix(30 + 9 + 6)
                zip.entries[0] = CraftedEntry("demo/a.py", Array(inner))
                zip.entries[1].offsetError = -Int(inner.count)
            }, "demo/b.py", "overlaps")
    }

    @Test("refuses headers that differ")
    func differences() async throws {
        try await expectRefused(
            wheel { $0.entries[0].localName = Array("demo/c.py".utf8) }, "demo/a.py", "a different name")
        try await expectRefused(wheel { $0.entries[0].localMethod = 8 }, "demo/a.py", "a different method")
        try await expectRefused(wheel { $0.entries[0].localFlags = 1 << 11 }, "demo/a.py", "different flags")
        try await expectRefused(wheel { $0.entries[0].localCRC = 7 }, "demo/a.py", "a different CRC")
        try await expectRefused(wheel { $0.entries[0].localSize = 5 }, "demo/a.py", "different sizes")
        try await expectRefused(wheel { $0.entries[0].localCompressedSize = 5 }, "demo/a.py", "different sizes")
    }

    @Test("refuses a directory that is cut short, miscounted or too long")
    func damagedDirectory() async throws {
        try await expectRefused(wheel { $0.countError = 1 }, "damaged directory")
        try await expectRefused(wheel { $0.countError = -1 }, "after the last record of its directory")
        try await expectRefused(wheel { $0.directorySizeError = -1 }, "does not end where the end record begins")
        let whole = wheel { _ in }.bytes
        for length in stride(from: 0, to: whole.count, by: 7) {
            let folder = try Folder()
            let path = folder.path + "/cut.whl"
            try Data(whole.prefix(length)).write(to: URL(fileURLWithPath: path))
            await expectRefusal(.badWheel, "cut.whl") { try ZipDirectory(of: WheelFile(path: path, name: "cut.whl")) }
        }
    }

    @Test("refuses another name in an extra field, and damaged extra fields")
    func extraFields() async throws {
        try await expectRefused(wheel { $0.entries[0].extra = 0x7075.le16 + 0.le16 }, "demo/a.py", "extra fields")
        try await expectRefused(wheel { $0.entries[0].extra = 1.le16 + 50.le16 + [0] }, "demo/a.py", "extra fields")
        try await expectRefused(wheel { $0.entries[0].localExtra = [1] }, "demo/a.py", "extra fields")
        try await expectRefused(wheel { $0.entries[0].size = .max }, "demo/a.py", "extra fields")
    }

    @Test("reads zip64 extra fields, as protobuf's wheels carry them in local headers")
    func zip64Extras() async throws {
        let folder = try Folder()
        let good = wheel {
            $0.entries[0].localSize = .max
            $0.entries[0].localCompressedSize = .max
            $0.entries[0].localExtra = 1.le16 + 16.le16 + 6.le64 + 6.le64
            $0.entries[1].extra = 1.le16 + 16.le16 + 6.le64 + 6.le64
            $0.entries[1].size = .max
            $0.entries[1].compressedSize = .max
            $0.entries[1].localSize = 6
            $0.entries[1].localCompressedSize = 6
        }
        _ = try await good.write(to: folder).verify()
        try await expectRefused(
            wheel {
                $0.entries[0].localSize = .max
                $0.entries[0].localExtra = 1.le16 + 8.le16 + 7.le64
            }, "demo/a.py", "different sizes")
        try await expectRefused(
            wheel {
                $0.entries[0].size = .max
                $0.entries[0].compressedSize = .max
                $0.entries[0].extra = 1.le16 + 16.le16 + Int.max.le64 + Int.max.le64
            }, "demo/a.py", "larger than the whole wheel")
    }

    @Test("reads data descriptors of every shape, and refuses wrong ones", arguments: [true, false], [true, false])
    func descriptors(isSigned: Bool, isWide: Bool) async throws {
        func described(_ crcError: UInt32) -> CraftedWheel {
            wheel {
                for index in $0.entries.indices {
                    let entry = $0.entries[index]
                    let sizes = [Int(entry.compressedSize), Int(entry.size)]
                    $0.entries[index].flags = 1 << 3
                    $0.entries[index].localCRC = 0
                    $0.entries[index].localSize = 0
                    $0.entries[index].localCompressedSize = 0
                    $0.entries[index].trailer =
                        (isSigned ? 0x0807_4B50.le32 : []) + Int(entry.crc32 &+ crcError).le32
                        + sizes.flatMap { isWide ? $0.le64 : $0.le32 }
                }
            }
        }
        let folder = try Folder()
        _ = try await described(0).write(to: folder).verify()
        try await expectRefused(described(1), "demo/a.py", "belong to no entry")
    }

    @Test("refuses sizes beyond what deflate can do, before inflating")
    func bombs() async throws {
        var bomb = CraftedEntry("demo/bomb", [0], deflated: true)
        bomb.size = 1 << 20
        try await expectRefused(CraftedWheel("demo", [bomb]), "demo/bomb", "more than deflate can hold")
        var stored = CraftedEntry("demo/stored", "abc")
        stored.size = 4
        try await expectRefused(CraftedWheel("demo", [stored]), "demo/stored", "two different sizes")
    }

    @Test("refuses more bytes or entries than the caps, by the directory alone")
    func caps() async throws {
        let folder = try Folder()
        let source = try wheel { _ in }.write(to: folder)
        var caps = WheelCaps()
        caps.unzipped = 10
        await expectRefusal(.tooLarge, source.fileName.text, "10 B") { try await source.verify(caps: caps) }
        caps = WheelCaps()
        caps.entries = 4
        await expectRefusal(.badWheel, "5 entries") { try await source.verify(caps: caps) }
        caps = WheelCaps()
        caps.directory = 100
        await expectRefusal(.badWheel, "directory of") { try await source.verify(caps: caps) }
        caps = WheelCaps()
        caps.record = 10
        await expectRefusal(.badWheel, "RECORD", "larger than") { try await source.verify(caps: caps) }
    }

    @Test("refuses damaged contents")
    func contents() async throws {
        let entry = CraftedEntry("demo/d.py", "0123456789", deflated: true)
        func damaged(_ edit: (inout CraftedEntry) -> Void) -> CraftedWheel {
            var damaged = entry
            edit(&damaged)
            damaged.compressedSize = UInt32(damaged.data.count)
            let good = [UInt8]("0123456789".utf8)
            var wheel = CraftedWheel("demo", [damaged])
            wheel.editRecord = { rows in ["demo/d.py,\(good.recordDigest),\(damaged.size)"] + rows.dropFirst() }
            return wheel
        }
        // The splice copies entries as they are: it relies on the verification and on the digest.
        try await expectRefused(damaged { $0.crc32 ^= 1 }, "demo/d.py", "does not match the CRC", bySplice: false)
        try await expectRefused(damaged { $0.data.append(0) }, "demo/d.py", "after the end", bySplice: false)
        try await expectRefused(damaged { $0.data.removeLast() }, "demo/d.py", "does not end", bySplice: false)
        try await expectRefused(damaged { $0.data[0] = 7 }, "demo/d.py", "invalid", bySplice: false)
        try await expectRefused(damaged { $0.size = 9 }, "demo/d.py", "more than its size", bySplice: false)
        try await expectRefused(damaged { $0.size = 11 }, "demo/d.py", "less than its size", bySplice: false)
    }
}
