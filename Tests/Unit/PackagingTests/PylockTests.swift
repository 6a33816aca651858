import Model
import Packaging
import Testing

@Suite("Locks as uv writes them")
struct PylockTests {
    private let digest = String(repeating: "ab", count: 32)

    /// A lock of one package with these wheels, the later ones with other digests.
    private func lock(_ wheels: [String], name: String = "pkg", version: String = "1.0", extra: String = "") -> String {
        let rows = wheels.enumerated().map { index, file in
            let digest = String(repeating: "0", count: 62) + (index < 10 ? "0\(index)" : "\(index)")
            return "    { url = \"https://files.example/\(file)\", upload-time = 2026-11-15T21:30:21Z, size = 12,"
                + " hashes = { sha256 = \"\(digest)\" } },\n"
        }
        return """
            lock-version = "1.0"
            created-by = "uv"
            requires-python = ">=3.12"

            [[packages]]
            name = "\(name)"
            version = "\(version)"
            marker = "python_full_version < '3.14'"
            \(extra)wheels = [
            \(rows.joined())]

            """
    }

    private func target(_ text: String) throws -> Target { try #require(Target(text)) }

    private func code(_ text: String, for target: String = "python3.12") throws -> StrataError.Code? {
        let target = try self.target(target)
        do throws(StrataError) {
            _ = try Pylock(text).lock(for: target)
            return nil
        } catch {
            return error.code
        }
    }

    @Test("refuses a size that no wheel has, and names the package", arguments: [Int.max, 920_000_000_000_000_000, 0])
    func absurdSizes(size: Int) throws {
        let text = lock(["pkg-1.0-py3-none-any.whl"]).replacing("size = 12", with: "size = \(size)")
        let error = #expect(throws: StrataError.self) { try Pylock(text) }
        #expect(error?.description.contains("pkg") == true && error?.description.contains("\(size)") == true)
    }

    @Test("reads the packages in the forms that uv writes, one line or many")
    func reads() throws {
        let text = """
            lock-version = "1.0"
            [[packages]]
            name = "idna"
            version = "3.20"
            wheels = [{ url = "https://f.example/a/idna-3.20-py3-none-any.whl", size = 69583, hashes = { sha256 = "\(digest)" } }]

            [[packages]]
            name = "Local_Thing"
            version = "2.0+cpu"
            wheels = [
                { url = "https://f.example/local_thing-2.0%2Bcpu-py3-none-any.whl", hashes = { sha256 = "\(digest)" } },
            ]
            """
        let lock = try Pylock(text).lock(for: target("python3.12"))
        #expect(lock.wheels.map(\.package.text) == ["idna", "local-thing"])
        #expect(lock.wheels.map(\.fileName) == ["idna-3.20-py3-none-any.whl", "local_thing-2.0+cpu-py3-none-any.whl"])
        #expect(lock.wheels.map(\.size) == [ByteCount(69583), nil])
        #expect(lock.wheels[0].sha256.hex == digest)
    }

    @Test("takes the best wheel, wherever it stands in the list", arguments: 0..<4)
    func ranks(_ turns: Int) throws {
        var wheels = [
            "pkg-1.0-py3-none-any.whl", "pkg-1.0-cp39-abi3-manylinux_2_28_x86_64.whl",
            "pkg-1.0-cp312-cp312-manylinux_2_17_x86_64.whl", "pkg-1.0-cp312-cp312-manylinux_2_28_x86_64.whl",
        ]
        wheels = Array(wheels[turns...] + wheels[..<turns])
        let lock = try Pylock(lock(wheels)).lock(for: target("python3.12"))
        #expect(lock.wheels.map(\.fileName) == ["pkg-1.0-cp312-cp312-manylinux_2_28_x86_64.whl"])
    }

    @Test("never takes a wheel that the target cannot run")
    func fits() throws {
        let wheels = [
            "pkg-1.0-cp311-cp311-manylinux_2_28_x86_64.whl", "pkg-1.0-cp311-cp311-manylinux_2_17_x86_64.whl",
            "pkg-1.0-cp311-cp311-manylinux_2_17_aarch64.whl",
        ]
        let x86 = try Pylock(lock(wheels)).lock(for: target("python3.11"))
        #expect(x86.wheels.map(\.fileName) == ["pkg-1.0-cp311-cp311-manylinux_2_17_x86_64.whl"])
        let arm = try Pylock(lock(wheels)).lock(for: target("python3.11-arm64"))
        #expect(arm.wheels.map(\.fileName) == ["pkg-1.0-cp311-cp311-manylinux_2_17_aarch64.whl"])
        #expect(try code(lock(wheels), for: "python3.12") == .inconsistent)
    }

    @Test("removes credentials, queries and fragments from URLs")
    func credentials() throws {
        let text = lock(["x"]).replacing(
            "https://files.example/x", with: "https://user:secret@files.example/pkg-1.0-py3-none-any.whl?sig=1#frag")
        let lock = try Pylock(text).lock(for: target("python3.12"))
        #expect(lock.wheels.map(\.url) == ["https://files.example/pkg-1.0-py3-none-any.whl"])
    }

    @Test("refuses a wheel without SHA-256")
    func noDigest() throws {
        let text = lock(["pkg-1.0-py3-none-any.whl"]).replacing("sha256 =", with: "md5 =")
        #expect(try code(text) == .inconsistent)
    }

    @Test("refuses a wheel of another package, of another version, and what is no wheel")
    func otherWheels() throws {
        #expect(try code(lock(["other-1.0-py3-none-any.whl"])) == .inconsistent)
        #expect(try code(lock(["pkg-1.1-py3-none-any.whl"])) == .inconsistent)
        #expect(try code(lock(["pkg-1.0.tar.gz"])) == .inconsistent)
        #expect(try code(lock(["pkg-1.0-py3-none-any.whl"])) == nil)
    }

    @Test("refuses URLs of other kinds", arguments: ["git+https://h", "ftp://h", "file://host", "javascript:", "/tmp"])
    func kinds(_ start: String) throws {
        let text = lock(["pkg-1.0-py3-none-any.whl"]).replacing("https://files.example", with: start)
        #expect(try code(text) == .inconsistent)
    }

    @Test("refuses packages from repositories and folders", arguments: ["vcs", "directory", "archive"])
    func sources(_ kind: String) throws {
        #expect(try code(lock(["pkg-1.0-py3-none-any.whl"], extra: "\(kind) = { url = \"x\" }\n")) == .resolution)
    }

    @Test("refuses a package without wheels, and one that comes twice")
    func twice() throws {
        #expect(try code(lock([])) == .inconsistent)
        let one = lock(["pkg-1.0-py3-none-any.whl"])
        let rest = String(one.split(separator: "\n\n", maxSplits: 1)[1])
        #expect(try code(one + "\n" + rest) == .inconsistent)
    }

    @Test(
        "refuses TOML that it does not understand",
        arguments: [
            "lock-version = ", "a = \"\"\"x\"\"\"", "a = 1 b = 2", "a = \"x", "a = [1,, 2]", "a = {b = 1",
            "a = 1\na = 2", "[a\nb = 1", "a = maybe", "a = \"\\q\"", "= 1",
            "a = " + String(repeating: "[", count: 50),
        ])
    func malformed(_ text: String) {
        #expect(throws: StrataError.self) { try TOMLDocument.parse(text) }
    }

    @Test("reads the values that lock files hold")
    func values() throws {
        let document = try TOMLDocument.parse(
            """
            # a comment
            text = "a \\"quoted\\" \\u00e9" # behind
            plain = 'C:\\path'
            date = 2026-11-15T21:30:21Z
            spaced = 2026-11-15 21:30:21Z
            number = 1_000
            yes = true
            [tool.uv]
            list = [
              1, # one
              2,
            ]
            """)
        #expect(document["text"] == .string("a \"quoted\" é"))
        #expect(document["plain"] == .string("C:\\path"))
        #expect(document["date"] == .other("2026-11-15T21:30:21Z"))
        #expect(document["spaced"] == .other("2026-11-15 21:30:21Z"))
        #expect(document["number"] == .integer(1000))
        #expect(document["yes"] == .boolean(true))
        #expect(document["tool"]?["uv"]?["list"] == .array([.integer(1), .integer(2)]))
    }
}
