import Contracts
import Foundation
import Model
import Testing

@Suite("Build keys")
struct BuildKeyTests {
    private func wheel(_ package: String, _ content: String, url: String = "https://a.invalid/x.whl") throws
        -> LockedWheel
    {
        LockedWheel(
            package: try Samples.required(PackageName(package)), version: "1.0",
            fileName: "\(package)-1.0-py3-none-any.whl",
            url: url, size: nil, sha256: .of(content))
    }

    @Test("depend on neither the wheels' order, nor where they were found")
    func independence() throws {
        let target = try Samples.required(Target("python3.12"))
        let wheels = [try wheel("a", "1"), try wheel("b", "2"), try wheel("c", "3")]
        let mirrored = try ["c": "3", "a": "1", "b": "2"].map {
            try wheel($0.key, $0.value, url: "https://mirror.invalid/\($0.key)")
        }
        let here = ContentsKey(Lock(target: target, wheels: wheels), BuildOptions(prune: [.tests, .stubs]))
        let there = ContentsKey(Lock(target: target, wheels: mirrored), BuildOptions(prune: [.stubs, .tests, .stubs]))
        #expect(here == there)
        #expect(BuildKey(here) == BuildKey(there))
    }

    @Test("of builds that are recorded stay what they are: options that came later count only where they are used")
    func stable() throws {
        let target = try Samples.required(Target("python3.12"))
        let options = BuildOptions(prune: [.tests], exclude: ["*.md"], dropConflicts: ["docs"])
        let key = ContentsKey(Lock(target: target, wheels: [try wheel("a", "1")]), options)
        #expect(key.description == "590a3fc56f810225c41a42c33dc0b17c452cdbe0ccd4cf1dc106efd204eab3ba")
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let text = #"{"dropConflicts":["docs"],"exclude":["*.md"],"prune":["tests"]}"#
        #expect(String(decoding: try encoder.encode(options), as: UTF8.self) == text)
        #expect(try JSONDecoder().decode(BuildOptions.self, from: Data(text.utf8)) == options)
        let all = BuildOptions(
            prefer: [
                .init("x/*", try Samples.required(PackageName("b"))),
                .init("x/*", try Samples.required(PackageName("a"))),
            ],
            allowShadowing: ["typing", "enum", "enum"],
            allowRecord: [try Samples.required(PinnedPackage("docopt == 0.6.2"))], bin: ["ruff", "just"],
            bytecode: .init(.reached, python: "3.12.1", packages: [try Samples.required(PackageName("b"))]))
        #expect(try JSONDecoder().decode(BuildOptions.self, from: JSONEncoder().encode(all)) == all)
        #expect(all.allowShadowing == ["enum", "typing"] && all.prefer.map(\.package.text) == ["a", "b"])
    }

    private func source(_ path: String, _ contents: String = "1", arm: String = "3", to place: String = "bin/")
        -> FileSource
    {
        FileSource(
            [
                .init(.x86_64, url: "https://a.example/\(path)", sha256: .of(contents)),
                .init(.arm64, url: "https://a.example/\(path)", sha256: .of(arm)),
            ], take: [.init("*", to: place)])
    }

    @Test("change with the target, any wheel's bytes, any option and the recipe")
    func sensitivity() throws {
        let (x86, arm) = (try Samples.required(Target("python3.12")), try Samples.required(Target("python3.12-arm64")))
        let wheels = [try wheel("a", "1")]
        let keys = [
            ContentsKey(Lock(target: x86, wheels: wheels), .init()),
            ContentsKey(Lock(target: arm, wheels: wheels), .init()),
            ContentsKey(Lock(target: x86, wheels: [try wheel("a", "2")]), .init()),
            ContentsKey(Lock(target: x86, wheels: wheels + [try wheel("b", "1")]), .init()),
            ContentsKey(Lock(target: x86, wheels: wheels), .init(prune: [.tests])),
            ContentsKey(Lock(target: x86, wheels: wheels), .init(exclude: ["tests"])),
            ContentsKey(Lock(target: x86, wheels: wheels), .init(dropConflicts: ["tests"])),
            ContentsKey(Lock(target: x86, wheels: wheels), .init(prefer: [.init("tests/*", wheels[0].package)])),
            ContentsKey(Lock(target: x86, wheels: wheels), .init(allowShadowing: ["tests"])),
            ContentsKey(Lock(target: x86, wheels: wheels), .init(allowRecord: [.init(wheels[0].package, "1.0")])),
            ContentsKey(Lock(target: x86, wheels: wheels), .init(bin: ["tests"])),
            ContentsKey(Lock(target: x86, wheels: wheels), .init(files: [source("a.zip")])),
            ContentsKey(Lock(target: x86, wheels: wheels), .init(files: [source("b.zip")])),
            ContentsKey(Lock(target: x86, wheels: wheels), .init(files: [source("a.zip", "2")])),
            ContentsKey(Lock(target: x86, wheels: wheels), .init(files: [source("a.zip", to: "lib/")])),
            ContentsKey(Lock(target: x86, wheels: wheels), .init(files: [source("a.zip"), source("b.zip")])),
            ContentsKey(Lock(target: x86, wheels: wheels), .init(exclude: ["a", "b"])),
            ContentsKey(Lock(target: x86, wheels: wheels), .init(bytecode: .init(.all, python: "3.12.1"))),
            ContentsKey(Lock(target: x86, wheels: wheels), .init(bytecode: .init(.all, python: "3.12.2"))),
            ContentsKey(Lock(target: x86, wheels: wheels), .init(bytecode: .init(.reached, python: "3.12.1"))),
            ContentsKey(
                Lock(target: x86, wheels: wheels),
                .init(bytecode: .init(.reached, python: "3.12.1", packages: [wheels[0].package]))),
            ContentsKey(Lock(target: x86, wheels: wheels), .init(exclude: ["a\nexclude b"])),
        ]
        #expect(Set(keys).count == keys.count)
        // The same from a mirror, in another order, or with another file for the other architecture: the same contents.
        let lock = Lock(target: x86, wheels: wheels)
        #expect(
            ContentsKey(lock, .init(files: [source("a.zip"), source("b.zip")]))
                == ContentsKey(lock, .init(files: [source("mirror/b.zip"), source("mirror/a.zip", arm: "9")])))
        #expect(BuildKey(keys[0], recipe: 1) != BuildKey(keys[0], recipe: 2))
    }
}
