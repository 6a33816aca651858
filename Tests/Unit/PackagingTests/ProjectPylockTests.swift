import Model
import Packaging
import Testing

@Suite("Locks of projects")
struct ProjectPylockTests {
    private func wheel(_ file: String, hash: String? = nil) -> String {
        let digest = hash ?? String(repeating: "a", count: 64)
        return "{ url = \"https://f.example/\(file)\", size = 10, hashes = { sha256 = \"\(digest)\" } }"
    }

    private func package(_ name: String, _ version: String, _ lines: String..., wheels: [String]? = nil) -> String {
        let own = wheels ?? [wheel("\(name)-\(version)-py3-none-any.whl")]
        return "[[packages]]\nname = \"\(name)\"\nversion = \"\(version)\"\n" + lines.joined(separator: "\n")
            + "\nwheels = [\(own.joined(separator: ", "))]\n\n"
    }

    private func locked(
        _ body: String, head: String = "", target: String = "python3.12", groups: [String] = [], extras: [String] = []
    ) throws -> [String] {
        let pylock = try Pylock("lock-version = \"1.0\"\n\(head)\n\(body)", from: .project(file: "pylock.toml"))
        let lock = try pylock.locked(
            for: try #require(Target(target)), groups: groups.compactMap { PackageName($0) },
            extras: extras.compactMap { PackageName($0) }, file: "pylock.toml")
        return lock.wheels.map { "\($0.package) \($0.version)" }
    }

    private func refusal(_ body: String, head: String = "", target: String = "python3.12") throws -> String {
        let error = #expect(throws: StrataError.self) { try locked(body, head: head, target: target) }
        return error?.description ?? ""
    }

    @Test("one package in several versions: the marker decides for each target")
    func forks() throws {
        let body =
            package("numpy", "1.26.4", "marker = \"python_full_version < '3.12'\"")
            + package("numpy", "2.5.5", "marker = \"python_full_version >= '3.12'\"")
        #expect(try locked(body) == ["numpy 2.5.5"])
        #expect(try locked(body, target: "python3.11") == ["numpy 1.26.4"])
        #expect(try refusal(body.replacing("< '3.12'", with: "< '3.14'")).contains("1.26.4 and 2.5.5"))
    }

    @Test("groups and extras take what is theirs; default groups are taken by themselves")
    func groups() throws {
        let head = "extras = [\"fast\"]\ndependency-groups = [\"dev\", \"data\"]\ndefault-groups = [\"data\"]"
        let body =
            package("a", "1") + package("b", "1", "marker = \"'fast' in extras\"")
            + package("c", "1", "marker = \"'dev' in dependency_groups or 'fast' in extras\"")
            + package("d", "1", "marker = \"'data' in dependency_groups\"")
            + package("e", "1", "marker = \"'data' not in dependency_groups\"")
        #expect(try locked(body, head: head) == ["a 1", "d 1"])
        #expect(try locked(body, head: head, groups: ["Dev"]) == ["a 1", "c 1", "d 1"])
        #expect(try locked(body, head: head, extras: ["fast"]) == ["a 1", "b 1", "c 1", "d 1"])
        let error = #expect(throws: StrataError.self) { try locked(body, head: head, extras: ["fest"]) }
        #expect(error?.description.contains("did you mean 'fast'?") == true)
    }

    @Test("what is not for the target may be anything; what is, is refused by its name")
    func refusals() throws {
        let source = "sdist = { url = \"https://f.example/docopt-0.6.2.tar.gz\", hashes = { sha256 = \"00\" } }"
        let body = package("docopt", "0.6.2", source, wheels: [])
        let message = try refusal(body)
        #expect(message.contains("docopt 0.6.2") && message.contains("source only (docopt-0.6.2.tar.gz)"))
        #expect(
            try locked(
                package("a", "1") + package("docopt", "0.6.2", source, "marker = \"os_name == 'nt'\"", wheels: [])) == [
                    "a 1"
                ])
        #expect(
            try refusal(package("a", "1", wheels: [wheel("a-1-py3-none-any.whl", hash: "")])).contains("no SHA-256"))
        #expect(
            try refusal(package("a", "1", wheels: [wheel("a-1-cp312-cp312-win_amd64.whl")])).contains(
                "a 1 has no wheel"))
        #expect(
            try refusal(package("a", "1", "vcs = { type = \"git\", url = \"https://g.example/a\" }", wheels: []))
                .contains("address"))
        #expect(try refusal(package("a", "1"), head: "requires-python = \">=3.13\"").contains(">=3.13"))
        #expect(
            try refusal(package("a", "1"), head: "environments = [\"sys_platform == 'darwin'\"]").contains(
                "other systems"))
        #expect(try locked(package("a", "1"), head: "requires-python = \">=3.12.4\"") == ["a 1"])
    }

    @Test("of several wheels the one that an installer would take")
    func wheels() throws {
        let files = [
            "a-1-py3-none-any.whl", "a-1-cp312-cp312-manylinux_2_17_x86_64.whl",
            "a-1-cp312-cp312-manylinux_2_28_x86_64.whl",
            "a-1-cp312-cp312-manylinux_2_39_x86_64.whl", "a-1-cp310-abi3-manylinux_2_17_x86_64.whl",
            "a-1-cp312-cp312-manylinux_2_28_aarch64.whl", "a-1-cp312-cp312-musllinux_1_2_x86_64.whl",
        ]
        for order in [files, files.reversed()] {
            let pylock = try Pylock(
                "lock-version = \"1.0\"\n" + package("a", "1", wheels: order.map { wheel($0) }),
                from: .project(file: "p"))
            let names = try ["python3.12", "python3.12-arm64", "python3.11", "python3.13"].map { target in
                try pylock.locked(for: try #require(Target(target)), groups: [], extras: [], file: "p").wheels[0]
                    .fileName
            }
            #expect(names == [files[2], files[5], files[4], files[4]])
        }
    }
}
