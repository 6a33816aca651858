import FoundationEssentials
import Glibc
import Model
import Packaging
import Testing

/// Source packages, built by back-ends that tests bring along.
@Suite("A wheel that is built from a source distribution")
struct SdistTests {
    private typealias Release = LoopbackIndex.Release

    /// A back-end that packs `alpha.py` into a wheel, with the same bytes each time.
    private static let backend = """
        import base64, hashlib, os, zipfile
        def record(files):
            rows = ""
            for path, data in files.items():
                value = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
                rows += f"{path},sha256={value},{len(data)}\\n"
            return rows + "alpha-1.0.dist-info/RECORD,,\\n"
        def pack(folder, files, name="alpha-1.0-py3-none-any.whl", pure="true"):
            tag = name[:-4].split("-", 2)[2]
            files = dict(files)
            files["alpha-1.0.dist-info/METADATA"] = b"Metadata-Version: 2.1\\nName: alpha\\nVersion: 1.0\\nRequires-Dist: beta\\n"
            files["alpha-1.0.dist-info/WHEEL"] = f"Wheel-Version: 1.0\\nGenerator: t\\nRoot-Is-Purelib: {pure}\\nTag: {tag}\\n".encode()
            files["alpha-1.0.dist-info/RECORD"] = record(files).encode()
            with zipfile.ZipFile(os.path.join(folder, name), "w") as archive:
                for path, data in files.items():
                    entry = zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0))
                    entry.external_attr = 0o100644 << 16
                    archive.writestr(entry, data)
            return name

        """

    private static let plain = """
        def build_wheel(folder, settings=None, metadata=None):
            return pack(folder, {"alpha.py": open("alpha.py", "rb").read()})
        """

    private static func release(_ build: String, requires: String = "[]", more: [String: String] = [:]) -> Release {
        var sources = [
            "alpha.py": "value = 1\n", "PKG-INFO": "Metadata-Version: 2.1\nName: alpha\nVersion: 1.0\n",
            "backend.py": backend + build,
            "pyproject.toml": """
            [build-system]
            requires = \(requires)
            build-backend = "backend"
            backend-path = ["."]
            """,
        ]
        sources.merge(more) { $1 }
        return Release(version: "1.0", tags: [], sdist: true, sources: sources)
    }

    /// Resolves a layer of `alpha`, which may be built.
    private func build(
        _ release: Release, patience: Duration = .seconds(120), in shop: BuildService, _ index: LoopbackIndex,
        more: [String: [Release]] = [:], secrets: [String: String] = [:]
    ) async throws -> ResolveOutcome {
        var catalogue = more
        catalogue["alpha"] = [release]
        catalogue["beta"] = [Release(version: "2.0")]
        try await index.set(catalogue)
        let python = try await TestPython.find()
        let environment = ProcessInfo.processInfo.environment.merging(secrets) { $1 }
        let client = WorkerClient(executable: try WorkerTests.worker(), arguments: [], environment: environment)
        let prover = try Self.prover(python, environment, patience)
        let item = Item(try #require(LayerName("layer")), python.target)
        let request = ResolveRequest(
            item: item, requires: [try Requirement(parsing: "alpha")], sdists: [try #require(PackageName("alpha"))])
        let configuration = shop.configuration(IndexSettings(defaultIndex: index.simple))
        return try #require(
            try await client.resolve([request], configuration, building: prover.sdists)[item])
    }

    private static func prover(
        _ python: TestPython, _ environment: [String: String], _ patience: Duration = .seconds(120)
    ) throws -> ImportProver {
        ImportProver(
            executable: try WorkerTests.worker(),
            interpreters: Interpreters(named: [python.target: python.path], environment: environment),
            environment: environment, kinds: [.root], patience: patience)
    }

    private func refusal(
        _ build: String, patience: Duration = .seconds(120), requires: String = "[]", more: [String: [Release]] = [:]
    ) async throws -> String {
        let found = Box()
        try await LoopbackIndex.run { index in
            try await BuildService.run { shop in
                let outcome = try await self.build(
                    Self.release(build, requires: requires), patience: patience, in: shop, index, more: more)
                await found.set(try #require(outcome.refusal ?? outcome.failure, "\(outcome)"))
            }
        }
        return try #require(await found.value)
    }

    private actor Box {
        private(set) var value: String?
        func set(_ text: String) { value = text }
    }

    @Test("is locked with what it was built from and with what, is built once, and comes out the same from its record")
    func works() async throws {
        try await LoopbackIndex.run { index in
            try await BuildService.run { shop in
                let tool = Release(version: "3.0", files: ["tool/marker.py": "word = 'tool'\n"])
                let release = Self.release(
                    "import tool.marker\n" + Self.plain
                        + "\ndef get_requires_for_build_wheel(settings=None):\n    return ['more>=1']\n",
                    requires: "[\"tool\"]")
                let more = ["tool": [tool], "more": [Release(version: "1.5")]]
                let outcome = try await build(release, in: shop, index, more: more)
                let resolved = try #require(outcome.resolved, "\(outcome)")
                #expect(outcome.pins == ["alpha==1.0", "beta==2.0"], "what it asks for is resolved, too")
                let wheel = try #require(resolved.lock.wheels.first)
                let built = try #require(wheel.built)
                #expect(wheel.fileName == "alpha-1.0-py3-none-any.whl")
                #expect(built.fileName == "alpha-1.0.tar.gz" && built.backend == "backend")
                #expect(built.tools.map(\.fileName) == ["more-1.5-py3-none-any.whl", "tool-3.0-py3-none-any.whl"])
                #expect(wheel.url == built.url && wheel.url.hasSuffix("/files/alpha-1.0.tar.gz"))
                #expect(
                    resolved.remarks.first?.hasPrefix("alpha 1.0 was built from alpha-1.0.tar.gz, with Python 3")
                        == true)

                // Newer tools change nothing of what was built here once.
                var newer = more
                newer["tool"] = [tool, Release(version: "4.0")]
                let again = try await build(release, in: shop, index, more: newer)
                #expect(again.resolved?.lock == resolved.lock)

                // Another machine has nothing but the record.
                try FileManager.default.removeItem(atPath: shop.cache)
                let python = try await TestPython.find()
                let environment = ProcessInfo.processInfo.environment
                let client = WorkerClient(executable: try WorkerTests.worker(), arguments: [], environment: environment)
                let results = Results()
                for lock in [resolved.lock, Self.forged(resolved.lock)] {
                    try await client.build(
                        [order(lock)], into: "\(shop.folder)/zips",
                        BuilderConfiguration(
                            index: IndexSettings(defaultIndex: index.simple), cacheDirectory: shop.cache,
                            now: Timestamp(seconds: 1_800_000_000)),
                        proving: try Self.prover(python, environment)
                    ) { await results.add($1) }
                }
                let made = await results.values
                #expect(try made[0].get().packages.map(\.name.text) == ["alpha", "beta"])
                let error = #expect(throws: StrataError.self) { try made[1].get() }
                #expect(error?.code == .digestMismatch && error?.message.contains("built again") == true)
            }
        }
    }

    private actor Results {
        private(set) var values: [Result<BuiltLayer, StrataError>] = []
        func add(_ result: Result<BuiltLayer, StrataError>) { values.append(result) }
    }

    /// A record that promises another wheel.
    private static func forged(_ lock: Lock) -> Lock {
        Lock(
            target: lock.target,
            wheels: lock.wheels.map {
                $0.built == nil
                    ? $0
                    : LockedWheel(
                        package: $0.package, version: $0.version, fileName: $0.fileName, url: $0.url, size: $0.size,
                        sha256: .of("another"), built: $0.built)
            })
    }

    @Test("is not built where nobody named it, nor where the newest release has a wheel")
    func needless() async throws {
        try await LoopbackIndex.run { index in
            try await BuildService.run { shop in
                var both = Self.release("raise SystemExit('nobody runs this')\n")
                both.tags = ["py3-none-any"]
                let outcome = try await build(both, in: shop, index)
                #expect(outcome.resolved?.lock.wheels.allSatisfy { $0.built == nil } == true, "\(outcome)")
                try await index.set(["alpha": [Self.release(Self.plain)]])
                let unnamed = try await shop.resolve("alpha", from: IndexSettings(defaultIndex: index.simple))
                #expect(unnamed.refusal?.contains("name it under 'sdists'") == true, "\(unnamed)")
            }
        }
    }

    @Test(
        "is refused, with what differs, if two builds are not the same",
        arguments: [
            ("os.getcwd().encode()", "'alpha.py'"), ("str(os.stat('alpha.py').st_mtime).encode()", "'alpha.py'"),
            ("' '.join(sorted({'a','b','c','d','e','f'}, key=hash)).encode()", "'alpha.py'"),
            ("os.environ['TZ'].encode()", "'alpha.py'"), ("os.environ['LC_ALL'].encode()", "'alpha.py'"),
            ("os.urandom(8)", "'alpha.py'"),
        ])
    func differs(value: String, says: String) async throws {
        let reason = try await refusal(
            "def build_wheel(folder, settings=None, metadata=None):\n    return pack(folder, {'alpha.py': \(value)})\n")
        #expect(reason.contains("cannot be built twice alike") && reason.contains(says), "\(reason)")
    }

    @Test(
        "is refused if it is not for every machine, of another name, damaged, or not there",
        arguments: [
            ("return pack(folder, {}, 'alpha-1.0-cp311-cp311-linux_x86_64.whl', 'false')", "no builder for that here"),
            ("return pack(folder, {}, 'omega-1.0-py3-none-any.whl')", "no wheel of this package"),
            ("return pack(folder, {}, 'alpha-2.0-py3-none-any.whl')", "alpha-2.0"),
            ("pack(folder, {}); return '../../../etc/passwd'", "made no wheel"),
            ("return 'alpha-1.0-py3-none-any.whl'", "made no wheel"),
            (
                "os.symlink('/etc/passwd', folder + '/alpha-1.0-py3-none-any.whl'); return 'alpha-1.0-py3-none-any.whl'",
                "made no wheel"
            ),
            (
                "open(folder + '/alpha-1.0-py3-none-any.whl', 'w').write('x'); return 'alpha-1.0-py3-none-any.whl'",
                "alpha-1.0"
            ),
            ("raise ValueError('\\x1b[31mred\\u202e')", "ValueError:  [31mred"),
            ("os._exit(3)", "status 3"),
            ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "status -11"),
        ])
    func badWheel(body: String, says: String) async throws {
        let reason = try await refusal("def build_wheel(folder, settings=None, metadata=None):\n    \(body)\n")
        #expect(reason.contains(says), "\(reason)")
        #expect(!reason.contains("\u{1b}") && !reason.contains("\u{202e}"))
    }

    @Test("is refused if its archive is hostile, or what builds it cannot be had")
    func badArchive() async throws {
        #expect(try await refusal(Self.plain, requires: "[\"gone>=1\"]").contains("what builds it cannot be had"))
        #expect(
            try await refusal(Self.plain, requires: "[\"x @ https://example.org/x.whl\"]").contains(
                "URLs are not allowed"))
        try await LoopbackIndex.run { index in
            try await BuildService.run { shop in
                let climbing = Self.release(Self.plain, more: ["../../../../escaped": "x"])
                let outcome = try await build(climbing, in: shop, index)
                #expect(outcome.refusal != nil, "\(outcome)")
                #expect(!FileManager.default.fileExists(atPath: "/escaped"))
                var empty = Self.release(Self.plain)
                empty.sources = nil
                #expect(try await build(empty, in: shop, index).refusal != nil)
            }
        }
    }

    @Test("that hangs is ended, with what it began")
    func hangs() async throws {
        let reason = try await refusal(
            "import subprocess, sys, time\ndef build_wheel(folder, settings=None, metadata=None):\n"
                + "    subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(4711.5)'])\n    time.sleep(600)\n",
            patience: .seconds(1))
        #expect(reason.contains("did not end within"), "\(reason)")
        let processes = try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { Int($0) != nil }
        for process in processes {
            let line = FileManager.default.contents(atPath: "/proc/\(process)/cmdline").map {
                String(decoding: $0, as: UTF8.self)
            }
            #expect(line?.contains("4711.5") != true)
        }
    }

    @Test(
        "can have so many processes, and so much memory and room, and no more",
        arguments: [
            (
                "import time\n    for _ in range(2000):\n        if os.fork() == 0:\n            time.sleep(60)\n            os._exit(0)",
                "Resource temporarily unavailable"
            ),
            ("x = bytearray(5 << 30)", "MemoryError"),
            (
                "for n in range(40):\n        open(f'/tmp/{n}', 'wb').write(bytes(100 << 20))",
                "No space left on device"
            ),
            ("open('/tmp/large', 'wb').truncate(1 << 40)", "File too large"),
        ])
    func bounded(body: String, says: String) async throws {
        let reason = try await refusal("def build_wheel(folder, settings=None, metadata=None):\n    \(body)\n")
        #expect(reason.contains(says), "\(reason)")
    }

    @Test(
        "reaches neither files nor network, processes, environment nor rights, and writes nowhere but in its own place")
    func shutIn() async throws {
        try await LoopbackIndex.run { index in
            try await BuildService.run { shop in
                try Data("secret".utf8).write(to: URL(filePath: "\(shop.folder)/secret"))
                let thief = """
                    import socket, subprocess
                    def build_wheel(folder, settings=None, metadata=None):
                        got = []
                        def attempt(name, what):
                            try:
                                if what() is not None: got.append(name)
                            except BaseException: pass
                        attempt("secret", lambda: open("\(shop.folder)/secret").read())
                        attempt("home", lambda: os.listdir("/root") + os.listdir("/home"))
                        attempt("shadow", lambda: open("/etc/shadow").read())
                        attempt("network", lambda: socket.create_connection(("127.0.0.1", \(index.port)), 2))
                        attempt("name", lambda: socket.getaddrinfo("example.org", 80))
                        attempt("environment", lambda: os.environ.get("CANARY"))
                        attempt("tools", lambda: open("/opt/x", "w"))
                        attempt("source", lambda: open("/var/task/x", "w"))
                        attempt("python", lambda: open(os.__file__, "a"))
                        attempt("root", lambda: open("/x", "w"))
                        attempt("parents", lambda: open("/proc/%d/environ" % os.getppid()).read().count("CANARY") or None)
                        attempt("others", lambda: [p for p in os.listdir("/proc") if p.isdigit() and "strata" in open("/proc/" + p + "/cmdline").read()] or None)
                        attempt("rights", lambda: os.setuid(0) or True)
                        attempt("mount", lambda: subprocess.check_output(["/bin/mount", "-t", "tmpfs", "x", "/opt"]))
                        attempt("device", lambda: os.mknod("/tmp/device", 0o60600, os.makedev(8, 0)) or True)
                        raise ValueError("reached " + ",".join(got) + ".")
                    """
                let outcome = try await build(
                    Self.release(thief), in: shop, index,
                    secrets: ["CANARY": "canary", "AWS_SECRET_ACCESS_KEY": "canary"])
                #expect(outcome.refusal?.contains("ValueError: reached .") == true, "\(outcome)")
                #expect(try await !index.log().contains { $0.path == "/" })
            }
        }
    }
}
