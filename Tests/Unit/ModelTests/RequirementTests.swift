import Contracts
import Model
import Testing

@Suite("Requirements")
struct RequirementTests {
    @Test("are read back as they are written", arguments: seeds(4))
    func roundTrip(seed: UInt64) throws {
        var chance = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            let requirement = try Self.random(&chance)
            let text = requirement.description
            #expect(try Requirement(parsing: text) == requirement, "seed \(seed): \(text)")
            // Spaces between the parts say nothing.
            let loose = "  " + text.replacing(",", with: " , ").replacing("[", with: " [ ")
            if requirement.marker == nil {
                #expect(try Requirement(parsing: loose) == requirement, "seed \(seed): \(loose)")
            }
        }
    }

    @Test(
        "no text crashes the reading, and what passes holds nothing that a stranger must not say", arguments: seeds(4))
    func hostile(seed: UInt64) throws {
        var chance = SeededGenerator(seed: seed)
        for _ in 0..<2000 {
            let text = chance.text("aZ0-_.[],;<>=!~@/:\\# '\"()\n\t\r\u{0}é*+-", length: 0...24)
            guard let requirement = try? Requirement(parsing: text) else { continue }
            let written = requirement.description
            #expect(!written.contains { $0.isNewline }, "seed \(seed): \(text.debugDescription)")
            #expect(!written.contains("\\") && !written.contains("#"), "seed \(seed): \(text.debugDescription)")
            #expect(!written.contains("@") && !written.hasPrefix("-"), "seed \(seed): \(text.debugDescription)")
            #expect(try Requirement(parsing: written) == requirement, "seed \(seed): \(text.debugDescription)")
        }
    }

    @Test(
        "are read in all the forms that people write",
        arguments: [
            ("requests", "requests"), ("  Requests ", "requests"), ("psycopg[pool, Binary]", "psycopg[binary,pool]"),
            ("a.b_c-D>=1", "a-b-c-d>=1"), ("x (>=1, <2)", "x>=1,<2"), ("x ~= 1.0 , != 1.0.1", "x~=1.0,!=1.0.1"),
            ("x===1.0", "x===1.0"), ("x==1.*", "x==1.*"), ("x>=1!2.0+local.1", "x>=1!2.0+local.1"),
            ("x ; python_version < '3.14'", "x ; python_version < '3.14'"), ("x[a,a,A]", "x[a]"), ("x[]", "x"),
        ])
    func forms(text: String, expected: String) throws {
        #expect(try Requirement(parsing: text).description == expected)
    }

    @Test(
        "refuse what strangers must not say",
        arguments: [
            "", " ", "-r other.txt", "--index-url=x", "x @ https://example.invalid/x.whl",
            "https://example.invalid/x.whl",
            "./x", "../x", "/x", "x/y", ".x", "x\ny", "x\r", "x\u{0}", "é", "x>=", "x>=1,", "x>=1,,<2", "x 1.0", "x>>1",
            "x[a", "x[a]]", "x[-]", "x;", "x ; ", "x==1 2", "-x", "x-", "_x", "x>=$(id)", "x==`id`", "x>=é",
            "x ; python_version < '3' --hash=sha256:00", "x ; os_name == 'a' \\", "x ; os_name == 'a' # note",
        ])
    func refusals(text: String) async {
        let error = await expect(.configuration) { _ = try Requirement(parsing: text) }
        #expect(error?.description.contains { $0.isNewline } == false)
    }

    @Test("longer than 512 bytes are refused")
    func length() async throws {
        let specifiers = Array(repeating: "!=1.11", count: 72).joined(separator: ",")
        #expect(try Requirement(parsing: "package-x" + specifiers).specifiers == specifiers)
        await expect(.configuration) { _ = try Requirement(parsing: "package-xx" + specifiers) }
    }

    private static func random(_ chance: inout SeededGenerator) throws -> Requirement {
        func name(_ chance: inout SeededGenerator) throws -> PackageName {
            let inside = chance.text("abcXYZ019-_.", length: 0...12)
            return try Samples.required(PackageName("a\(inside)z"))
        }
        let signs = ["===", "~=", "==", "!=", "<=", ">=", "<", ">"]
        var specifiers: [String] = []
        for _ in 0..<Int.random(in: 0...3, using: &chance) {
            specifiers.append((signs.randomElement(using: &chance) ?? "") + "1" + chance.text("0.9ab", length: 0...6))
        }
        var extras: [PackageName] = []
        for _ in 0..<Int.random(in: 0...3, using: &chance) { extras.append(try name(&chance)) }
        let markers = [
            nil, "python_version < \"3.14\"", "(os_name == 'nt' or extra == 'x-y') and platform_machine != ''",
        ]
        return Requirement(
            package: try name(&chance), extras: extras, specifiers: specifiers.joined(separator: ","),
            marker: markers.randomElement(using: &chance) ?? nil)
    }
}
