import FoundationEssentials
import Model
import Packaging
import Subprocess
import Testing

@Suite("A layer with bytecode")
struct BytecodeTests {
    private typealias Release = LoopbackIndex.Release

    private static let files = [
        "alpha/__init__.py": "from .inner import value\ntry:\n    import beta\nexcept ImportError:\n    beta = None\n",
        "alpha/inner.py": "value = {'a', 'b', 'c'} and (lambda: 1)\n", "alpha/lazy.py": "value = 2\n",
        "alpha/broken.py": "print 'no'\n", "alpha/not-a-module.py": "1\n",
    ]

    /// What builds of the package `alpha`, with `beta` beside it, came to.
    private struct Made: Sendable {
        var results: [Result<BuiltLayer, StrataError>] = []
        /// The bytecode in the last zip: path, flags, the code's file, and whether RECORD tells of it.
        var compiled: [String] = []
    }

    /// - Parameters:
    ///   - python: the version that the order asks for.
    ///   - times: how often it is built, each time in another folder.
    private func build(
        _ scope: BuildOptions.Bytecode.Scope?, python: String? = nil, times: Int = 1
    ) async throws -> Made {
        let here = try await TestPython.find()
        let catalogue = [
            "alpha": [Release(version: "1.0", requires: ["beta"], files: Self.files)],
            "beta": [Release(version: "1.0", files: ["beta/__init__.py": "", "beta/other.py": ""])],
        ]
        let made = Collected()
        try await LoopbackIndex.run(catalogue) { index in
            try await BuildService.run { shop in
                let settings = IndexSettings(defaultIndex: index.simple)
                let request = try request("layer", here.target.description, "alpha")
                let lock = try #require(
                    await shop.resolver(shop.configuration(settings)).resolve([request])[request.item]?.resolved?.lock)
                let alpha = try #require(PackageName("alpha"))
                let order = BuildOrder(
                    item: request.item, buildNumber: 1, version: "1.0", lock: lock,
                    options: BuildOptions(
                        bytecode: scope.map { .init($0, python: python ?? here.version, packages: [alpha]) }),
                    requirements: ["alpha"], checks: Checks(imports: .init(.sandbox)), isNew: true)
                let environment = ProcessInfo.processInfo.environment
                let worker = try WorkerTests.worker()
                let prover = ImportProver(
                    executable: worker, arguments: [],
                    interpreters: Interpreters(named: [here.target: here.path], environment: environment),
                    environment: environment)
                for number in 0..<times {
                    try await WorkerClient(executable: worker, arguments: [], environment: environment).build(
                        [order], into: "\(shop.folder)/zips\(number)",
                        BuilderConfiguration(index: settings, cacheDirectory: shop.cache, now: Timestamp(seconds: 0)),
                        proving: prover
                    ) { _, result in await made.add(result) }
                }
                if let path = try? await made.value.results.last?.get().path {
                    await made.set(compiled: try await Self.compiled(path, here))
                }
            }
        }
        return await made.value
    }

    private actor Collected {
        private(set) var value = Made()
        func add(_ result: Result<BuiltLayer, StrataError>) { value.results.append(result) }
        func set(compiled: [String]) { value.compiled = compiled }
    }

    private static func run(_ program: String, _ arguments: [String], seed: String = "0") async throws -> String {
        let here = try await TestPython.find()
        let result = try await Subprocess.run(
            .path(.init(here.path)), arguments: Arguments(["-S", "-s", "-W", "ignore", "-c", program] + arguments),
            environment: .custom(["PYTHONHASHSEED": seed]), output: .string(limit: 1 << 20),
            error: .string(limit: 1 << 16))
        try #require(result.terminationStatus.isSuccess, "\(result.standardError)")
        return result.standardOutput
    }

    private static func compiled(_ zip: String, _ python: TestPython) async throws -> [String] {
        let program = """
            import marshal, struct, sys, zipfile
            zip = zipfile.ZipFile(sys.argv[1])
            records = "".join(zip.read(n).decode() for n in zip.namelist() if n.endswith("/RECORD"))
            for name in zip.namelist():
                if name.endswith(".pyc"):
                    data = zip.read(name)
                    path = name.removeprefix("python/")
                    print(path, struct.unpack("<I", data[4:8])[0], marshal.loads(data[16:]).co_filename, path + "," in records)
            """
        return try await run(program, [zip]).split(separator: "\n").map(String.init)
    }

    @Test(
        "has that of the modules that imports reach, taken without a look at its source, by the paths that it has in Lambda"
    )
    func reached() async throws {
        let tag = "cpython-\(try await TestPython.find().target.python.description.replacing(".", with: ""))"
        let made = try await build(.reached, times: 2)
        #expect(
            made.compiled == [
                "alpha/__pycache__/__init__.\(tag).pyc 1 /opt/python/alpha/__init__.py True",
                "alpha/__pycache__/inner.\(tag).pyc 1 /opt/python/alpha/inner.py True",
                "beta/__pycache__/__init__.\(tag).pyc 1 /opt/python/beta/__init__.py True",
            ])
        let layers = try made.results.map { try $0.get() }
        #expect(layers.count == 2 && layers[0].sha256 == layers[1].sha256, "equal orders, equal bytes")
        #expect(layers[0].imports?.modules == 1 && layers[0].imports?.remark == nil)
        let plain = try #require(try await build(nil).results.first).get()
        #expect(plain.unzipped < layers[0].unzipped, "it counts")
    }

    @Test("has that of all modules but for those that are for another Python")
    func all() async throws {
        let paths = try await build(.all).compiled.map { $0.prefix { $0 != " " }.split(separator: ".")[0] }
        #expect(
            paths == [
                "alpha/__pycache__/__init__", "alpha/__pycache__/inner", "alpha/__pycache__/lazy",
                "beta/__pycache__/__init__", "beta/__pycache__/other",
            ])
    }

    @Test("is not made by another compiler than the one that its key names")
    func otherCompiler() async throws {
        let made = try await build(.reached, python: "3.12.999")
        let error = #expect(throws: StrataError.self) { try made.results[0].get() }
        #expect(error?.code == .unsupported)
        #expect(error?.message.contains("Python 3.12.999, and this machine has Python 3.") == true)
    }

    @Test("has the same bytes whatever the seed of the hashes is")
    func seeds() async throws {
        let program = try String(
            contentsOf: URL(filePath: #filePath).deletingLastPathComponent().appending(
                path: "../../../probe/bytecode.py"), encoding: .utf8)
        // The standard library's own modules, as a layer's.
        let prepare = """
            import os, shutil, sys, sysconfig
            folder, source = sys.argv[1], sysconfig.get_path("stdlib")
            names = sorted(n for part in ("", "asyncio", "email", "json", "xml/dom") for n in
                [os.path.join(part, f) for f in os.listdir(os.path.join(source, part)) if f.endswith(".py")])
            for index, name in enumerate(names):
                shutil.copy(os.path.join(source, name), folder + "/%d.py" % index)
            open(folder + "/names", "w").write("".join(n + "\\n" for n in names))
            """
        let digest = """
            import hashlib, os, sys
            names = sorted(n for n in os.listdir(sys.argv[1]) if n.endswith(".pyc"))
            print(len(names), hashlib.sha256(b"".join(open(sys.argv[1] + "/" + n, "rb").read() for n in names)).hexdigest())
            """
        let here = try await TestPython.find()
        var digests: Set<String> = []
        // Sets in code are written in order from 3.11 on; before, the seed is what keeps them.
        for seed in here.target.python < PythonVersion(3, 11) ? ["0", "0"] : ["0", "1", "4294967295"] {
            let line = Line()
            try await BuildService.run { shop in
                _ = try await Self.run(prepare, [shop.folder])
                _ = try await Self.run(program, [shop.folder], seed: seed)
                await line.set(try await Self.run(digest, [shop.folder]))
            }
            digests.insert(await line.text)
        }
        #expect(digests.count == 1, "\(digests)")
        #expect((digests.first?.split(separator: " ").first.flatMap { Int($0) } ?? 0) > 150, "\(digests)")
    }

    private actor Line {
        private(set) var text = ""
        func set(_ text: String) { self.text = text }
    }
}
