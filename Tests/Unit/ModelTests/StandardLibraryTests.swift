import Model
import Testing

@Suite("The standard library's modules")
struct StandardLibraryTests {
    private func modules(_ minor: Int) throws -> Set<String> {
        try #require(StandardLibrary.modules(of: PythonVersion(3, minor)))
    }

    @Test("are known for every Python that can be built for", arguments: Target.buildable)
    func known(target: Target) throws {
        let modules = try #require(StandardLibrary.modules(of: target.python))
        for name in ["dataclasses", "enum", "typing", "pathlib", "concurrent", "asyncio", "_io", "json"] {
            #expect(modules.contains(name), "\(name)")
        }
        for name in ["test", "tests", "typing_extensions", "pkg_resources", "winreg", ""] {
            #expect(!modules.contains(name), "\(name)")
        }
    }

    @Test(
        "are those of the version: what was removed is not there any more, what is new was not before",
        arguments: [
            ("binhex", 10...10), ("distutils", 10...11), ("asyncore", 10...11), ("imp", 10...11), ("cgi", 10...12),
            ("telnetlib", 10...12), ("tomllib", 11...15), ("annotationlib", 14...15), ("sre_parse", 10...14),
        ])
    func versions(name: String, minors: ClosedRange<Int>) throws {
        #expect(try (10...15).filter { try modules($0).contains(name) } == Array(minors))
    }

    @Test("are not guessed for other versions")
    func unknown() {
        #expect(StandardLibrary.modules(of: PythonVersion(3, 9)) == nil)
        #expect(StandardLibrary.modules(of: PythonVersion(4, 12)) == nil)
    }
}
