import Model
import Packaging
import Testing

@Suite("Environment markers")
struct MarkerTests {
    private func holds(_ text: String, on target: String = "python3.12", extras: Set<String> = []) throws -> Bool? {
        let environment = MarkerEnvironment(try #require(Target(target)))
        return Marker(text)?.holds(environment, extras: Set(extras.compactMap { PackageName($0) }))
    }

    @Test(
        "hold as PEP 508 says",
        arguments: [
            (#"python_version < "3.8""#, false), (#"python_version >= '3.8'"#, true),
            (#"'3.9' <= python_version"#, true),
            (#"python_version == "3.*""#, true), (#"python_version ~= "3.10""#, true),
            (#"python_full_version < "3.12.1""#, true), (#"python_version in "2.7 3.12""#, true),
            (#"python_version not in "2.7 3.11""#, true), (#"sys_platform == "win32""#, false),
            (#"os.name == 'posix' and platform_system != "Windows""#, true), (#"platform_machine == "aarch64""#, false),
            (#"sys_platform == "win32" or (python_version > "3" and implementation_name == "cpython")"#, true),
            (#"python_version < "3" and sys_platform == "linux" or extra == "x""#, false), (#"extra == "test""#, false),
        ])
    func holds(text: String, expected: Bool) throws {
        #expect(try holds(text) == expected)
    }

    @Test("know the extras that were asked for, and the target's machine")
    func context() throws {
        #expect(try holds(#"extra == "My_Extra""#, extras: ["my-extra"]) == true)
        #expect(try holds(#"extra != "my-extra""#, extras: ["my-extra"]) == false)
        #expect(try holds(#"platform_machine == "aarch64""#, on: "python3.12-arm64") == true)
    }

    @Test(
        "are none if they are not understood",
        arguments: [
            "", "python_version", "python_version <", "(python_version < '3'", "python_version < '3", "and",
            "'a' 'b' 'c'",
            String(repeating: "(", count: 2000), "a == 'b' and", "a not 'b'", "python_version < '3' )",
        ])
    func malformed(text: String) throws {
        #expect(try holds(text) == nil)
    }
}
