import Testing
import Wheels

@Suite("Path patterns")
struct PathPatternTests {
    @Test(
        "match as .gitignore does",
        arguments: [
            ("tests", "pandas/tests/a.py", true), ("tests", "tests", true), ("tests", "pandas/mytests/a.py", false),
            ("tests/", "pandas/tests/a.py", true), ("tests/", "pandas/tests", false), ("*.pyi", "a/b/c.pyi", true),
            ("*.pyi", "a/b.pyi/c", true), ("*.pyi", "a/b.py", false), ("a/b", "a/b/c/d.py", true),
            ("a/b", "x/a/b", false), ("/a", "a/b", true), ("/a", "b/a", false), ("a/*/c", "a/b/c", true),
            ("a/*/c", "a/b/b/c", false), ("a/**/c", "a/b/b/c", true), ("a/**/c", "a/c", true), ("**/c", "a/b/c", true),
            ("a/b/", "a/b", false), ("a/b/", "a/b/c", true), ("?.py", "x.py", true), ("?.py", "xy.py", false),
            ("a*b*c", "aXbXbXc", true), ("a*b*c", "aXcXb", false), ("*", "anything", true), ("**", "a/b", true),
        ])
    func matching(pattern: String, path: String, isMatch: Bool) throws {
        #expect(try #require(PathPattern(pattern)).matches(EntryPath(path)) == isMatch)
    }

    @Test("are refused when they mean nothing", arguments: ["", "/", "//", "../x", "a/./b", "a\\b", "a\nb", "a//b"])
    func refused(text: String) {
        #expect(PathPattern(text) == nil)
    }

    @Test("with many wildcards are refused, since they cannot be matched quickly")
    func wildcards() {
        #expect(PathPattern(String(repeating: "**/", count: 9) + "x") == nil)
        #expect(PathPattern(String(repeating: "*a", count: 16)) != nil)
    }
}
