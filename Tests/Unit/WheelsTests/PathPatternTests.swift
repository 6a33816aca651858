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

    @Test("decide about a path of a thousand folders without trying every way to divide it")
    func deep() throws {
        let pattern = try #require(PathPattern("**/a/**/a/**/a/**/a/**/b"))
        let path = EntryPath(String(repeating: "a/", count: 1000) + "c")
        // Divided in every way, this would be some 10^13 steps.
        for _ in 0..<20 { #expect(!pattern.matches(path)) }
        #expect(pattern.matches(EntryPath(String(repeating: "a/", count: 1000) + "b")))
    }

    @Test(
        "say with several stars of any depth what trying all ways says",
        arguments: [
            ("**/a/**/b", "a/b"), ("**/a/**/b", "x/a/y/b/z"), ("**/a/**/b", "b/a"), ("a/**/b/c", "a/b/b/c"),
            ("a/**/b/c/", "a/b/c"), ("a/**/b/c/", "a/b/c/d"), ("a/**/", "a"), ("a/**/", "a/b"), ("a/**", "a"),
            ("**/b/**/b/", "b/b"), ("**/b/**/b/", "b/b/b"), ("**/**/c", "c"), ("a/**/*/c", "a/c"),
            ("a/**/*/c", "a/b/c"),
        ])
    func exhaustive(text: String, path: String) throws {
        let isFolderOnly = text.hasSuffix("/")
        let wanted = text.split(separator: "/").map(String.init)
        let parts = path.split(separator: "/").map(String.init)
        func matches(_ part: Int, _ index: Int) -> Bool {
            if index == wanted.count { return !isFolderOnly || part < parts.count }
            if wanted[index] == "**" { return (part...parts.count).contains { matches($0, index + 1) } }
            return part < parts.count && (wanted[index] == "*" || wanted[index] == parts[part])
                && matches(part + 1, index + 1)
        }
        #expect(try #require(PathPattern(text)).matches(EntryPath(path)) == matches(0, 0))
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
