import FoundationEssentials
import Testing

@Suite("A layer")
struct LayerTests {
    @Test("for Python 3.11 imports and works there with nothing but its own folder, and every reader reads it")
    func imports() async throws {
        let place = try Workplace(
            Configuration(layers: ["requests", "numpy", "cryptography"], targets: ["python3.11"]))
        let build = try await place.strata("build", "--output", "out")
        #expect(build.code == 0, "\(build.error)")
        let python = try await Self.python311(place)
        let uses = [
            "requests": "import requests; requests.Request('GET', 'http://localhost/?a=b').prepare()",
            "numpy": "import numpy; assert (numpy.eye(3) @ numpy.arange(3)).sum() == 3; numpy.linalg.inv(numpy.eye(9))",
            "cryptography":
                "from cryptography.fernet import Fernet; f = Fernet(Fernet.generate_key()); "
                + "assert f.decrypt(f.encrypt(b'x')) == b'x'",
        ]
        for (name, use) in uses {
            let zip = "out/python3.11/\(name).zip"
            try await place.run("unzip", "-tqq", zip)
            try await place.run("bsdtar", "-tf", zip)
            try await place.run(
                Program.python, "-c", "import sys, zipfile; assert zipfile.ZipFile(sys.argv[1]).testzip() is None", zip)
            try await place.run("unzip", "-qq", "-d", name, zip)
            // -I: no user's packages, no environment; -S: no site-packages.
            let path = "import sys; sys.path.insert(0, '\(place.folder)/\(name)/python'); "
            try await place.run(python, "-S", "-E", "-I", "-c", path + use)
            // What the installer of the layer left behind is true.
            let check = """
                \(path)import importlib.metadata as m, hashlib, base64
                for d in m.distributions(path=sys.path[:1]):
                    for f in d.files:
                        assert f.locate().exists(), f
                        if f.hash: assert base64.urlsafe_b64encode(hashlib.new(f.hash.mode, f.read_binary()).digest()) \
                .rstrip(b'=').decode() == f.hash.value, f
                print(len(list(m.distributions(path=sys.path[:1]))))
                """
            #expect((Int(try await place.run(python, "-S", "-E", "-I", "-c", check).filter(\.isNumber)) ?? 0) > 0)
        }
    }

    /// A Python 3.11 of this machine.
    private static func python311(_ place: Workplace) async throws -> String {
        let home = Program.variables["HOME"] ?? "/root"
        let managed = (try? FileManager.default.contentsOfDirectory(atPath: "\(home)/.pyenv/versions")) ?? []
        let candidates =
            managed.filter { $0.hasPrefix("3.11") }.map { "\(home)/.pyenv/versions/\($0)/bin/python" }
            + ["python3.11", "/usr/bin/python3"]
        for candidate in candidates {
            let version = try? await place.run(candidate, "-c", "import sys; print(sys.version_info[:2] == (3, 11))")
            if version == "True\n" { return candidate }
        }
        throw MissingPython(searched: candidates)
    }

    private struct MissingPython: Error, CustomStringConvertible {
        let searched: [String]
        var description: String { "this test needs a Python 3.11; there is none among \(searched)" }
    }

    @Test("is the same bytes with a cold cache, another umask, language, time zone, order and parallelism")
    func identity() async throws {
        let layers = ["charset-normalizer", "pyyaml", "markupsafe", "{ name: pair, requires: [six, idna] }"]
        let ways: [(shell: String, layers: [String], more: String)] = [
            ("umask 022; export LANG=C TZ=UTC", layers, "parallel: { resolve: 1, build: 1 }"),
            ("umask 077; export LANG=tr_TR.UTF-8 LC_ALL=C.UTF-8 TZ=Pacific/Chatham", layers.reversed(), ""),
        ]
        let sums = try await withThrowingTaskGroup(of: String.self) { group in
            for way in ways {
                group.addTask {
                    let place = try Workplace(
                        Configuration(layers: way.layers, targets: ["python3.12", "python3.13-arm64"], more: way.more),
                        hasOwnCache: true)
                    let build = try await place.command(["build", "--output", "out"], shell: way.shell).run()
                    #expect(build.code == 0, "\(build.error)")
                    let zips = try place.files("out")
                    #expect(zips.count == 8)
                    return try await place.run("bash", "-c", "cd out && sha256sum */*.zip")
                }
            }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(sums.count == 1, "\(sums)")
    }
}
