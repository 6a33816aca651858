import Contracts
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
            ContentsKey(Lock(target: x86, wheels: wheels), .init(exclude: ["a", "b"])),
            ContentsKey(Lock(target: x86, wheels: wheels), .init(exclude: ["a\nexclude b"])),
        ]
        #expect(Set(keys).count == keys.count)
        #expect(BuildKey(keys[0], recipe: 1) != BuildKey(keys[0], recipe: 2))
    }
}
