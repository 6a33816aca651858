import Model
import Testing
import Wheels

@Suite("Bills of materials in wheels")
struct EmbeddedBOMTests {
    private func bundled(_ files: [String: String]) async throws -> [BundledComponent] {
        let folder = try Folder()
        let wheel = CraftedWheel("demo", files.map { CraftedEntry("demo-1.0.dist-info/sboms/\($0.key)", $0.value) })
        return try await wheel.write(to: folder).verify().bundled
    }

    private func bill(_ components: String) -> String {
        "{\"bomFormat\": \"CycloneDX\", \"specVersion\": \"1.6\", \"components\": [\(components)]}"
    }

    @Test("are read, all of them, each part once, without the wheel itself")
    func read() async throws {
        let openssl = """
            {"type": "library", "bom-ref": "a", "name": "openssl", "version": "3.0", "purl": "pkg:rpm/x/openssl@3.0?arch=x",
             "licenses": [{"license": {"id": "Apache-2.0"}}]}
            """
        let found = try await bundled([
            "one.cdx.json":
                bill(openssl + ", {\"type\": \"library\", \"name\": \"Demo\", \"purl\": \"pkg:pypi/Demo@1.0\"}"),
            "two.json": bill(openssl + ", {\"name\": \"zlib\", \"components\": [{\"name\": \"inner\"}]}"),
            "other.spdx": "SPDXVersion: SPDX-2.3",
        ])
        #expect(
            found == [
                BundledComponent(name: "inner", version: nil), BundledComponent(name: "zlib", version: nil),
                BundledComponent(
                    purl: "pkg:rpm/x/openssl@3.0", name: "openssl", version: "3.0", license: "Apache-2.0"),
            ])
    }

    @Test(
        "say nothing if they cannot be read",
        arguments: [
            "", "{", "[]", "null", "{\"bomFormat\": \"SPDX\", \"components\": [{\"name\": \"a\"}]}",
            "{\"bomFormat\": \"CycloneDX\", \"components\": 7}", String(repeating: "[", count: 1_000_000),
            "{\"bomFormat\": \"CycloneDX\", \"components\": [7, null, {\"name\": 1}, {\"name\": \"\"}, {\"name\": \"\\u0007\"}]}",
        ])
    func unreadable(_ text: String) async throws {
        #expect(try await bundled(["x.json": text]).isEmpty)
    }

    @Test("are bounded: in depth, in number, in what a name may be")
    func bounded() async throws {
        let deep =
            String(repeating: "{\"name\": \"a\", \"components\": [", count: 40) + "]"
            + String(repeating: "}]", count: 39) + "}"
        #expect(try await bundled(["x.json": bill(deep)]).isEmpty)
        let many = (0..<3000).map { "{\"name\": \"n\($0)\"}" }.joined(separator: ",")
        #expect(try await bundled(["x.json": bill(many)]).count == 1000)
        let long =
            "{\"name\": \"\(String(repeating: "x", count: 5000))\", \"purl\": \"pkg:\(String(repeating: "y", count: 5000))\"}"
        let found = try await bundled(["x.json": bill(long)])
        #expect(found.count == 1 && found[0].name.count == 200 && found[0].purl == nil)
    }

    @Test("whatever bytes they are", arguments: 0..<200 as Range<UInt64>)
    func mangled(_ seed: UInt64) async throws {
        var random = Seeded(seed: seed + 1)
        var bytes = Array(
            bill("{\"name\": \"a\", \"licenses\": [{\"expression\": \"MIT\"}], \"components\": [{\"name\": \"b\"}]}")
                .utf8)
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0x20...0x7e, using: &random)
        }
        #expect(try await bundled(["x.json": String(decoding: bytes, as: UTF8.self)]).count <= 2)
    }
}
