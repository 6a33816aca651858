import Contracts
import FoundationEssentials
import Model
import Testing

@Suite("An audience")
struct AudienceTests {
    @Test("says in four digits that its ids have changed, and is the same again from its text")
    func check() throws {
        let one = Audience(.accounts, ["111122223333", "444455556666"])
        #expect(one.check?.count == 4)
        #expect(Audience(.accounts, ["444455556666", "111122223333"]).check == one.check)
        #expect(Audience(.accounts, ["111122223333"]).check != one.check)
        #expect(Audience(.public).check == nil && Audience(.private).check == nil)
        let told = Audience(.accounts, check: one.check)
        for audience in [one, told, Audience(.public), Audience(.accounts), Audience(.accounts, check: nil)] {
            #expect(Audience(audience.description) == audience)
        }
        #expect(told.agrees(with: one) && one.agrees(with: told) && told.isKept(by: one))
        let other = Audience(.accounts, ["111122223333"])
        #expect(!told.agrees(with: other) && !told.isKept(by: other) && told.isKept(by: Audience(.public)))
        #expect(Audience(.accounts).agrees(with: other) && Audience(.accounts).isKept(by: other))
    }

    @Test("is read from the statements that let it read")
    func grants() {
        for visibility: Visibility in [
            .private, .public, .organization("o-a1b2c3d4e5"), .accounts(["111122223333", "444455556666"]),
        ] {
            #expect(Audience(grantedBy: visibility.grants) == Audience(visibility))
        }
        let accounts = Visibility.accounts(["111122223333"]).grants
        #expect(Audience(grantedBy: Visibility.public.grants + accounts).kind == .public)
        let mixed = Audience(grantedBy: Visibility.organization("o-a1b2c3d4e5").grants + accounts)
        #expect(!mixed.agrees(with: Audience(.organization, ["o-a1b2c3d4e5"])))
        #expect(!mixed.isKept(by: Audience(.organization, ["o-a1b2c3d4e5"])))
    }
}

@Suite("Digests, sizes, targets, regions")
struct ValueTests {
    @Test(
        "digests are SHA-256",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ])
    func digests(text: String, hex: String) throws {
        #expect(ContentDigest.of(text).hex == hex)
        #expect(ContentDigest(hex.uppercased()) == ContentDigest.of(text))
        #expect(ContentDigest.of(AnySequence(Array(text.utf8))) == ContentDigest.of(text))
    }

    @Test("a digest is read back from its hexadecimal and equals what base64 says", arguments: seeds(3))
    func digestRoundTrip(seed: UInt64) throws {
        var chance = SeededGenerator(seed: seed)
        let digests = (0..<200).compactMap { _ in
            ContentDigest(bytes: (0..<32).map { _ in UInt8.random(in: 0...255, using: &chance) })
        }
        for digest in digests {
            #expect(ContentDigest(digest.hex) == digest, "seed \(seed)")
            #expect(Data(base64Encoded: digest.base64).map(Array.init) == digest.bytes, "seed \(seed)")
        }
        #expect(digests.sorted().map(\.hex) == digests.map(\.hex).sorted(), "seed \(seed)")
        let decoded = try JSONDecoder().decode([ContentDigest].self, from: JSONEncoder().encode(digests))
        #expect(decoded == digests)
    }

    @Test("what is no digest is none")
    func badDigests() {
        let hex = String(repeating: "a", count: 64)
        for text in [
            "", String(hex.dropLast()), String(hex.dropLast(2)), hex + "aa", hex.dropLast() + "g", hex.dropLast() + "é",
        ] {
            #expect(ContentDigest(text) == nil)
        }
        #expect(ContentDigest(bytes: [UInt8](repeating: 0, count: 31)) == nil)
    }

    @Test(
        "sizes are read with their units",
        arguments: [
            ("0", 0), ("12B", 12), ("50MB", 50_000_000), ("1.5GB", 1_500_000_000), ("300KiB", 307_200),
            ("2 MiB", 2_097_152),
            ("0.5KB", 500), ("7", 7),
        ])
    func sizes(text: String, bytes: Int) {
        #expect(ByteCount(text: text) == ByteCount(bytes))
    }

    @Test("sums of sizes stop at the largest number, and any size can be shown")
    func largestSizes() {
        let largest = ByteCount(.max)
        #expect(largest + ByteCount(1) == largest)
        #expect([largest, largest, ByteCount(5)].reduce(.zero, +) == largest)
        #expect(ByteCount(.min) + ByteCount(-1) == ByteCount(.min))
        #expect("\(largest)" == "9223372037 GB")
        #expect("\(ByteCount(52_428_800))" == "52.4 MB")
        #expect("\(ByteCount(999_999_999))" == "1000 MB")
    }

    @Test("only what the maintainer or the index can mend is a refusal")
    func refusals() {
        let refusals = StrataError.Code.allCases.filter { StrataError($0, "x").isRefusal }
        #expect(Set(refusals) == [.resolution, .badWheel, .tooLarge, .unbuildable])
    }

    @Test("what is no size is none", arguments: ["", "MB", "-1", "1XB", "1e99GB", "nan", "inf", "one", "10000000GB"])
    func badSizes(text: String) {
        #expect(ByteCount(text: text) == nil)
    }

    @Test(
        "sizes are written with at most one decimal",
        arguments: [
            (0, "0 B"), (999, "999 B"), (1000, "1 KB"), (1049, "1 KB"), (1050, "1.1 KB"), (52_428_800, "52.4 MB"),
            (262_144_000, "262 MB"), (999_949, "1000 KB"), (75_000_000_000, "75 GB"),
        ])
    func sizeTexts(bytes: Int, text: String) {
        #expect(ByteCount(bytes).description == text)
    }

    @Test("a written size reads back to within its rounding", arguments: seeds(3))
    func sizeRoundTrip(seed: UInt64) throws {
        var chance = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let bytes = Int.random(in: 0...(1 << Int.random(in: 1...45, using: &chance)), using: &chance)
            let read = try Samples.required(ByteCount(text: ByteCount(bytes).description)).bytes
            #expect(abs(read - bytes) * 10 <= bytes, "seed \(seed): \(bytes)")
        }
    }

    @Test("targets are read as the registry writes them, old ones too")
    func targets() throws {
        for target in Target.buildable { #expect(Target(target.description) == target) }
        #expect(Target.buildable.count == 12)
        let old = try Samples.required(Target("python3.7"))
        #expect(old.platform == nil)
        #expect(try Samples.required(Target("python3.9")) < Samples.required(Target("python3.10")))
        for text in [
            "", "python", "python3", "python3.", "python3.12-x86_64", "python3.12-", "Python3.12", "python3.1.2",
        ] {
            #expect(Target(text) == nil)
        }
    }

    @Test(
        "a Python version has one way to be written",
        arguments: [
            "03.12", "3.012", "+3.12", "3.+12", "3.-12", "-3.12", " 3.12", "3.12 ", "3.１2", "3.99999999999999999999",
        ])
    func pythonVersions(text: String) {
        #expect(PythonVersion(text) == nil)
    }

    @Test("regions tell their partition, and what has no region's shape is none")
    func regions() throws {
        let partitions = [
            "eu-west-1": Partition.aws, "cn-north-1": .china, "us-gov-west-1": .government,
            "eusc-de-east-1": .europeanSovereign,
        ]
        for (code, partition) in partitions { #expect(Region(code)?.partition == partition) }
        for region in Region.known { #expect(Region(region.code) == region) }
        for text in ["", "eu", "eu-west", "eu-west-x", "eu--1", "eu-west-1-", "../a-b-1", "eu-w/st-1", "é-west-1"] {
            #expect(Region(text) == nil)
        }
    }
}
