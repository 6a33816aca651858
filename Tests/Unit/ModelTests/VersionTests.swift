import Model
import Testing

@Suite("Versions and specifiers (PEP 440)")
struct VersionTests {
    @Test("orders versions as PEP 440 does")
    func order() throws {
        let sorted = [
            "1.dev0", "1.0.dev456", "1.0a1", "1.0a2.dev456", "1.0a12.dev456", "1.0a12", "1.0b1.dev456", "1.0b2",
            "1.0b2.post345.dev456", "1.0b2.post345", "1.0rc1.dev456", "1.0rc1", "1.0", "1.0+abc.5", "1.0+abc.7",
            "1.0+5", "1.0.post456.dev34", "1.0.post456", "1.1.dev1", "1.1", "1.10", "2024.1.31", "1!0.1",
        ].compactMap { PackageVersion($0) }
        #expect(sorted.count == 23)
        for (index, left) in sorted.enumerated() {
            for right in sorted[(index + 1)...] {
                #expect(left < right, "\(left) < \(right)")
                #expect(!(right < left), "\(right) < \(left)")
            }
        }
    }

    @Test(
        "reads every spelling of the same version",
        arguments: [
            ("1.0", "1"), ("v1.0.0", "1.0"), ("1.0-alpha.1", "1.0a1"), ("1.0.RC1", "1.0rc1"), ("1.0c1", "1.0rc1"),
            ("1.0preview1", "1.0rc1"), ("1.0-1", "1.0.post1"), ("1.0.rev2", "1.0.post2"), ("1.0a", "1.0a0"),
            ("1.0_dev", "1.0.dev0"), ("1.0+Ubuntu-1", "1.0+ubuntu.1"), ("01.02", "1.2"),
        ])
    func spellings(_ written: String, _ normal: String) throws {
        let left = try #require(PackageVersion(written))
        let right = try #require(PackageVersion(normal))
        #expect(left == right)
        #expect(left.hashValue == right.hashValue)
    }

    @Test(
        "refuses what is no version", arguments: ["", "abc", "1.0x", "1..0", "1.0+", "1.0+a..b", "==1", "1 0", "1.0+ü"])
    func refused(_ text: String) { #expect(PackageVersion(text) == nil) }

    @Test(
        "says which versions a specifier means",
        arguments: [
            (">=2,<3", "2.0", true), (">=2,<3", "3.0", false), (">=2,<3", "2.99.1", true), (">=2,<3", "3.0rc1", false),
            ("==1.4.*", "1.4.7", true), ("==1.4.*", "1.40", false), ("==1.4.*", "1.4", true),
            ("!=1.4.*", "1.4.2", false),
            ("~=1.4.5", "1.4.9", true), ("~=1.4.5", "1.5", false), ("~=1.4.5", "1.4.4", false), ("~=2.2", "2.9", true),
            ("==1.0", "1.0.0", true), ("==1.0", "1.0+local", true), ("==1.0+local", "1.0", false),
            (">1.0", "1.0.post1", false), (">1.0", "1.0+x", false), (">1.0", "1.0.1", true),
            ("<1.0", "1.0.dev1", false),
            ("<=1.0", "1.0+x", true), ("===1.0", "1.0", true), ("===1.0", "1.0.0", false), ("", "0.1", true),
            (">=3.8, !=3.9.*", "3.10", true), (">=3.8,!=3.9.*", "3.9.1", false),
        ])
    func specifiers(_ text: String, _ version: String, _ expected: Bool) throws {
        let specifiers = try #require(VersionSpecifiers(text))
        #expect(specifiers.contains(try #require(PackageVersion(version))) == expected)
    }

    @Test("refuses specifiers that it does not understand", arguments: ["3", ">=a", ">=1.*", "=>1"])
    func refusedSpecifiers(_ text: String) { #expect(VersionSpecifiers(text) == nil) }

    @Test("counts pre-releases in only where a specifier names one")
    func preReleases() throws {
        #expect(try #require(VersionSpecifiers(">=2.0rc1")).allowsPreReleases)
        #expect(!(try #require(VersionSpecifiers(">=2.0"))).allowsPreReleases)
    }
}
