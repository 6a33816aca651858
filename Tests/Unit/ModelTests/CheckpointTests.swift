import Model
import Testing

@Suite("A checkpoint and the digests under it")
struct CheckpointTests {
    private let text = """
        strata checkpoint 1
        registry 01M8EEPCT3A81PBWRE7AKNTXBX
        revision 42
        previous none
        time 2026-11-27T12:11:45Z
        files d7f7feb34bc5c697de5776dcb6b7fa8202b178b477dd66ddf0a3c50c934215cb
        listed 4 86ebc2baea3049647737ff1f0df24d4075a535e68f7160976cb9f1f390794e26

        """

    @Test("are read as they are written")
    func roundTrip() throws {
        let checkpoint = try #require(RegistryCheckpoint(Array(text.utf8)))
        #expect(checkpoint.registry == "01M8EEPCT3A81PBWRE7AKNTXBX")
        #expect(checkpoint.revision == 42)
        #expect(checkpoint.previous == nil)
        #expect(checkpoint.releases == 4)
        #expect(String(decoding: checkpoint.bytes, as: UTF8.self) == text)
        let next = RegistryCheckpoint(
            registry: checkpoint.registry, revision: 43, previous: .of(checkpoint.bytes), time: checkpoint.time,
            files: checkpoint.files, releases: 5, listed: checkpoint.listed)
        #expect(RegistryCheckpoint(next.bytes) == next)
    }

    @Test("may grow at the end, and in no other way")
    func growth() {
        #expect(RegistryCheckpoint(Array((text + "later 1\n").utf8)) != nil)
        for (old, new) in [
            ("checkpoint 1", "checkpoint 2"), ("revision 42", "revision 042"), ("revision 42", "revision 0"),
            ("revision 42", "revision -1"), ("previous none", "previous"), ("previous none", "previous NONE"),
            ("files d7", "files D7"), ("listed 4 ", "listed  4 "), ("listed 4", "listed +4"),
            ("registry 01", "registry ../"),
            ("revision 42\n", ""), ("time 2026-11-27T12:11:45Z", "time yesterday"), ("e26\n", "e26"), ("\n", "\r\n"),
        ] {
            #expect(RegistryCheckpoint(Array(text.replacing(old, with: new).utf8)) == nil, "\(old) → \(new)")
        }
        #expect(RegistryCheckpoint(Array((text + String(repeating: "x", count: 5000) + "\n").utf8)) == nil)
    }

    // hashlib.sha256(b"".join(sorted(lines))).hexdigest() of the three lines, each ended by a line feed
    @Test("the digest of a layer's pairs is that of its sorted lines, as Python computes it")
    func vector() throws {
        let arn = "arn:aws:lambda:us-east-1:111122223333:layer:t-p312-six:"
        let entry = ListedDigests.Entry([
            (arn + "2", ContentDigest.of("b")), (arn + "10", nil), (arn + "1", ContentDigest.of("a")),
        ])
        #expect(entry.count == 3)
        #expect(entry.digest.hex == "737241bfe8fdfba365403cbbbca4d36b9e14cca07310835c7b89333664b825ab")
        var listed = ListedDigests()
        listed[try #require(LayerName("six"))] = entry
        listed[try #require(LayerName("Six"))] = entry
        listed[try #require(LayerName("none"))] = .init([])
        #expect(
            String(decoding: listed.bytes, as: UTF8.self).split(separator: "\n").map { $0.prefix(5) } == [
                "Six 3", "six 3",
            ])
        #expect(listed.count == 6)
        #expect(ListedDigests(listed.bytes) == listed)
        #expect(ListedDigests(Array("six 0 \(entry.digest)\n".utf8)) == nil)
        #expect(ListedDigests(listed.bytes + listed.bytes) == nil)
    }

    @Test("the files of digests are what sha256sum writes; a path that climbs or stands twice is refused")
    func sums() throws {
        var sums = FileDigests()
        sums["layers/six/SHA256SUMS"] = .of("a")
        sums["README.md"] = .of("b")
        let bytes = sums.bytes
        #expect(String(decoding: bytes, as: UTF8.self).hasPrefix("\(ContentDigest.of("b"))  README.md\n"))
        #expect(FileDigests(bytes) == sums)
        #expect(FileDigests([]) == FileDigests())
        let digest = ContentDigest.of("a").hex
        for line in [
            "\(digest)  ../a", "\(digest)  /a", "\(digest)  a//b", "\(digest)  a/./b", "\(digest) a", "\(digest) *a",
            "\(digest)  ",
            "\(digest.uppercased())  a", "\(digest)  a\u{1b}", "\(digest)  a b", "x", "",
        ] {
            #expect(FileDigests(Array("\(line)\n".utf8)) == nil, "\(line)")
        }
        #expect(FileDigests(bytes + bytes) == nil)
    }

    @Test(
        "each file belongs to its layer's digests, or to the root's",
        arguments: [
            ("layers/six/releases.json", "six"), ("layers/six/python3.12/1.json", "six"),
            ("layers/six/SHA256SUMS", nil), ("deployments/python3.12/packages/six/requirements.txt", "six"),
            ("deployments/python3.12/arns/us-east-1.csv", nil), ("registry.json", nil), ("layers/x", nil),
            ("layers/44/six/releases.json", "six"), ("layers/44/six/python3.12/1.json", "six"),
            ("layers/44/six/SHA256SUMS", nil), ("deployments/python3.12/packages/44/six/requirements.txt", "six"),
            ("layers/44/releases.json", "44"), ("layers/44/SHA256SUMS", nil), ("layers/44/python3.12/1.json", "44"),
            ("deployments/python3.12/packages/44/requirements.txt", "44"), ("layers/00/six/releases.json", "00"),
        ] as [(String, String?)])
    func belonging(path: String, layer: String?) {
        #expect(FileDigests.layer(of: path)?.text == layer)
    }

    @Test("a layer's files are its own in either layout, whatever it is called", arguments: LayerFolders.allCases)
    func folders(_ folders: LayerFolders) throws {
        // The names that a shard could have, and those of targets, are layers' names too.
        let names = (0..<256).map { [UInt8($0)].hex } + ["any", "x_y", "1"]
        for name in names {
            let layer = try #require(LayerName(name))
            for target in Target.buildable + [.any, Target(Target.any.python, .arm64)] {
                let (folder, item) = (folders.folder(of: layer), Item(layer, target))
                for path in [
                    "\(folder)/releases.json", "\(folder)/advisories.json", "\(folder)/\(target)/1.json",
                    "\(folder)/\(target)/12.pylock.toml", "\(folders.requirements(of: item))/requirements.txt",
                ] {
                    #expect(LayerFolders.layer(of: path) == layer, "\(path)")
                    #expect(FileDigests.layer(of: path) == layer, "\(path)")
                }
            }
            #expect(FileDigests.layer(ofSums: FileDigests.path(of: layer, folders)) == layer)
        }
    }

    @Test("damaged bytes are refused, or read as what writes them again")
    func damaged() throws {
        let digest = ContentDigest.of("a")
        var sums = FileDigests()
        sums["layers/six/SHA256SUMS"] = digest
        sums["registry.json"] = digest
        var listed = ListedDigests()
        listed[try #require(LayerName("six"))] = .init([("arn", digest)])
        for good in [Array(text.utf8), sums.bytes, listed.bytes] {
            for round in 0..<3000 {
                var bytes = good
                for _ in 0...round % 3 {
                    bytes[.random(in: bytes.indices)] =
                        [0x0a, 0x20, 0x2f, 0x30, 0x61, .random(in: 0 ... .max)].randomElement() ?? 0
                }
                if round % 5 == 0 { bytes.removeLast(.random(in: 1..<bytes.count)) }
                if let read = RegistryCheckpoint(bytes) { #expect(RegistryCheckpoint(read.bytes) == read) }
                if let read = FileDigests(bytes) { #expect(FileDigests(read.bytes) == read) }
                if let read = ListedDigests(bytes) { #expect(read.bytes.count == bytes.count) }
            }
        }
    }
}
