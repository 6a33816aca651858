import FoundationEssentials
import Glibc
import Model
import Packaging
import Subprocess
import Testing

/// A Python of this machine, and the target whose layers it can import.
struct TestPython: Sendable {
    let path: String
    let version: String
    let target: Target

    static func find() async throws -> TestPython {
        let named = ProcessInfo.processInfo.environment["STRATA_TEST_PYTHON"] ?? "python3"
        let program = "import platform, sys; print(sys.executable, platform.python_version(), platform.machine())"
        let result = try await Subprocess.run(
            named.contains("/") ? .path(.init(named)) : .name(named), arguments: ["-c", program],
            output: .string(limit: 4096))
        let words = result.standardOutput.split(whereSeparator: \.isWhitespace).map(String.init)
        try #require(words.count == 3, "\(named) does not run")
        let minor = words[1].split(separator: ".").prefix(2).joined(separator: ".")
        let target = try #require(Target("python\(minor)" + (words[2] == "aarch64" ? "-arm64" : "")))
        try #require(target.platform != nil, "the tests' own Python has to be one that layers are built for")
        return TestPython(path: words[0], version: words[1], target: target)
    }
}

@Suite("A layer that is imported before it is published")
struct ProofTests {
    private typealias Release = LoopbackIndex.Release

    /// Builds the package `alpha` with these files, and imports it.
    private func prove(
        _ files: [String: String], _ checks: Checks = Checks(imports: .init(.sandbox)),
        in kinds: [Confinement.Kind] = [.root], patience: Duration = .seconds(60), interpreter: String? = nil,
        secrets: [String: String] = [:], requires: [String] = [], lambda: ImportProver.Lambda = .untested
    ) async throws -> Result<BuiltLayer, StrataError> {
        let python = try await TestPython.find()
        let catalogue = [
            "alpha": [Release(version: "1.0", requires: requires, files: files)],
            "beta": [Release(version: "1.0", files: ["beta/__init__.py": "raise OSError('nobody asks')\n"])],
        ]
        let result = Box()
        try await LoopbackIndex.run(catalogue) { index in
            try await BuildService.run { shop in
                let settings = IndexSettings(defaultIndex: index.simple)
                let request = try request("layer", python.target.description, "alpha")
                let lock = try #require(
                    await shop.resolver(shop.configuration(settings)).resolve([request])[request.item]?.resolved?.lock)
                let order = BuildOrder(
                    item: request.item, buildNumber: 1, version: "1.0", lock: lock, options: BuildOptions(),
                    requirements: ["alpha"], checks: checks, isNew: true)
                let environment = ProcessInfo.processInfo.environment.merging(secrets) { $1 }
                let client = WorkerClient(executable: try Self.worker(), arguments: [], environment: environment)
                let prover = ImportProver(
                    executable: try Self.worker(),
                    interpreters: Interpreters(
                        named: [python.target: interpreter ?? python.path], environment: environment),
                    environment: environment, kinds: kinds, patience: patience, lambda: lambda)
                try await client.build(
                    [order], into: "\(shop.folder)/zips",
                    BuilderConfiguration(index: settings, cacheDirectory: shop.cache, now: Timestamp(seconds: 0)),
                    proving: prover
                ) { _, made in await result.set(made) }
            }
        }
        return try #require(await result.value)
    }

    private actor Box {
        private(set) var value: Result<BuiltLayer, StrataError>?
        func set(_ made: Result<BuiltLayer, StrataError>) { value = made }
    }

    private static func worker() throws -> String { try WorkerTests.worker() }

    private func expectHeld(_ result: Result<BuiltLayer, StrataError>, _ says: String) {
        let error = #expect(throws: StrataError.self) { try result.get() }
        #expect(error?.code == .unbuildable, "\(String(describing: error))")
        #expect(error?.message.contains(says) == true, "\(String(describing: error))")
    }

    @Test(
        "tells which Python imported how many modules, what they took, and nothing more",
        arguments: Confinement.Kind.allCases)
    func passes(kind: Confinement.Kind) async throws {
        let python = try await TestPython.find()
        let files = [
            "alpha/__init__.py": "import ssl, ctypes, sqlite3, json, alpha.inner\nprint('noise')\n",
            "alpha/inner.py": "",
        ]
        let built = try await prove(files, in: [kind]).get()
        let proof = try #require(built.imports)
        #expect(proof.python == python.version && proof.modules == 1 && proof.place == .sandbox)
        #expect((proof.memory?.bytes ?? 0) > 1 << 20 && proof.milliseconds != nil)
        let errors = built.findings?.filter { $0.verdict > .note } ?? []
        #expect(errors.isEmpty, "\(errors)")
        #expect((proof.remark == nil) == (kind == .root), "where only Landlock helps, that is said")
    }

    @Test(
        "is held if its package fails, crashes, leaves, or never ends",
        arguments: [
            ("from json import gone\n", "ImportError: cannot import name 'gone' from 'json'"),
            (
                "raise OSError('libcairo:\\n\\x1b[31mno such\\u202e library')\n",
                "OSError: libcairo: …  [31mno such  library"
            ),
            ("import os\nos._exit(0)\n", "ended with status 0"), ("raise SystemExit\n", "SystemExit"),
            ("import os\nos.kill(os.getpid(), 11)\n", "ended by signal 11"),
            ("import os\nos.write(1, b'{}\\n' * 100000)\nraise KeyError\n", "KeyError"),
            ("import time\ntime.sleep(600)\n", "it did not end within 3.0 seconds"),
            ("class E(Exception):\n  def __str__(self): raise E()\nraise E()\n", "E"),
            (
                "import ctypes\nctypes.CDLL('libnobody.so.1')\n",
                "OSError: libnobody.so.1: cannot open shared object file"
            ),
        ])
    func fails(source: String, says: String) async throws {
        let result = try await prove(["alpha/__init__.py": source], patience: .seconds(3))
        expectHeld(result, "'alpha' of alpha 1.0 cannot be imported by Python ")
        expectHeld(result, " in the sandbox: \(says)")
    }

    @Test("is published with the finding if nothing is held, or if somebody says why")
    func waived() async throws {
        let files = ["alpha/__init__.py": "from json import gone\n"]
        for checks in [
            Checks(hold: false, imports: .init(.sandbox)), Checks(waive: [.imports: "ours"], imports: .init(.sandbox)),
        ] {
            let built = try await prove(files, checks).get()
            let found = built.findings?.filter { $0.rule == .imports } ?? []
            #expect(found.map(\.verdict) == [.error] && found[0].waived == checks.waive[.imports], "\(found)")
        }
        // Nobody asked.
        #expect(try await prove(files, Checks()).get().imports == nil)
    }

    @Test(
        "needs its own module, all of what bears another name, and what the maintainer names; dependencies count for nothing"
    )
    func modules() async throws {
        let files = [
            "alpha/__init__.py": "", "alpha/inner.py": "from json import gone\n", "other.py": "from json import gone\n",
            "tests/__init__.py": "raise KeyError\n", "_private.py": "raise KeyError\n", "setup.py": "raise KeyError\n",
        ]
        func checks(skip: [String] = [], only: [String] = []) -> Checks {
            Checks(imports: .init(.sandbox, skip: skip, only: only))
        }
        let built = try await prove(files, checks(), requires: ["beta"]).get()
        #expect(built.imports?.modules == 2)
        let warnings = built.findings?.filter { $0.rule == .imports } ?? []
        #expect(warnings.map(\.verdict) == [.warning] && warnings[0].message.hasPrefix("'other' of alpha 1.0"))
        #expect(try await prove(files, checks(skip: ["other"])).get().imports?.modules == 1)
        expectHeld(try await prove(files, checks(only: ["alpha", "alpha.inner"])), "'alpha.inner' cannot be imported")
    }

    @Test("needs a library that the module of its own name in it asks for, and nothing else of that module")
    func innerModule() async throws {
        func files(_ source: String) -> [String: String] { ["alpha/__init__.py": "", "alpha/alpha.py": source] }
        expectHeld(
            try await prove(files("raise ImportError('Unable to find zbar shared library')\n")),
            "'alpha.alpha' of alpha 1.0 cannot be imported")
        let built = try await prove(files("from json import gone\n")).get()
        #expect(built.imports?.modules == 2)
        #expect(built.findings?.filter { $0.rule == .imports }.map(\.verdict) == [.warning])
    }

    @Test("is untested, and says so, without an interpreter, and for what Lambda's own Python brings")
    func untested() async throws {
        let none = try await prove(["alpha/__init__.py": "raise KeyError\n"], interpreter: "/nowhere/python3").get()
        #expect(none.imports?.python == nil && none.imports?.modules == 0)
        #expect(none.imports?.remark?.hasPrefix("this machine has no Python 3.") == true)
        #expect(none.findings?.contains { $0.rule == .imports && $0.verdict == .note } == true)
        let runtime = try await prove(["alpha/__init__.py": "import boto3\n"]).get()
        #expect(runtime.imports?.remark?.contains("'boto3', which Lambda's Python brings") == true, "\(runtime)")
        #expect(runtime.findings?.allSatisfy { $0.verdict == .note } == true)
    }

    // MARK: - In Lambda

    /// Functions that all say the same, or cannot be called.
    private func functions(_ answer: Result<ProbeFunctions.Answer, StrataError>) -> ImportProver.Lambda {
        .functions(
            ProbeFunctions(place: nil) { trial throws(StrataError) in
                #expect(String(decoding: trial.event, as: UTF8.self) == "{\"modules\":[\"alpha\"],\"seconds\":60}\n")
                return try answer.get()
            } clear: { _ throws(StrataError) in
                []
            })
    }

    private func inLambda(_ answer: String, hold: Bool = true) async throws -> Result<BuiltLayer, StrataError> {
        try await prove(
            ["alpha/__init__.py": ""], Checks(hold: hold, imports: .init(.lambda)),
            lambda: functions(.success(.given(Array(answer.utf8)))))
    }

    @Test("believes a function no more than that, and shows nothing of it that forges lines")
    func answers() async throws {
        func answer(_ line: String) throws -> String {
            let lines = try JSONEncoder().encode([line])
            return #"{"python": "3.12.9\u001b[31m", "answers": \#(String(decoding: lines, as: UTF8.self))}"#
        }
        let good = try await inLambda(answer(#"{"module": "alpha", "milliseconds": 7, "memory": 4096}"#)).get()
        #expect(good.imports?.place == .lambda && good.imports?.modules == 1 && good.imports?.milliseconds == 7)
        #expect(good.imports?.python == "3.12.9 [31m" && good.imports?.text.hasSuffix(" in Lambda") == true)
        let bad = try answer(#"{"module": "alpha", "error": "OSError: \u001b[31mno\nsuch", "milliseconds": -1}"#)
        expectHeld(try await inLambda(bad), " in Lambda: OSError:  [31mno such")
        let listed = try await inLambda(bad, hold: false).get()
        #expect(listed.findings?.contains { $0.rule == .imports && $0.verdict == .error } == true)
        // Another module was not asked for.
        let other = try await inLambda(answer(#"{"module": "beta", "error": "no"}"#)).get()
        #expect(other.imports?.remark?.contains("the probe did not answer for 'alpha'") == true)
        for text in ["", "[]", "{\"python\": 3}", "\u{1B}[31m"] {
            let untested = try await inLambda(text).get()
            #expect(untested.imports?.remark == "the function's answer cannot be read")
        }
    }

    @Test("is untested where a function says nothing, and waits where it cannot be asked, unless nothing is held")
    func unanswered() async throws {
        func prove(
            _ answer: Result<ProbeFunctions.Answer, StrataError>, hold: Bool = true
        ) async throws -> Result<BuiltLayer, StrataError> {
            try await self.prove(
                ["alpha/__init__.py": ""], Checks(hold: hold, imports: .init(.lambda)), lambda: functions(answer))
        }
        let ended = try await prove(.success(.missing("Sandbox.Timedout"))).get()
        #expect(ended.imports?.remark == "the function did not answer: Sandbox.Timedout")
        #expect(ended.findings?.allSatisfy { $0.verdict == .note } == true)
        let absent = try await prove(.failure(StrataError(.unsupported, "no such runtime"))).get()
        #expect(absent.imports?.place == .lambda && absent.imports?.remark == "no such runtime")
        for code in [StrataError.Code.unavailable, .accessDenied, .tooLarge] {
            let failure = Result<ProbeFunctions.Answer, StrataError>.failure(StrataError(code, "not now", hint: "wait"))
            let error = await #expect(throws: StrataError.self) { try await prove(failure).get() }
            #expect(error?.isRefusal == false && error?.message == "it could not be tried in Lambda: not now")
            #expect(error?.hint == "wait")
            #expect(try await prove(failure, hold: false).get().imports?.remark == "not now")
        }
        let built = try await self.prove(
            ["alpha/__init__.py": "raise KeyError\n"], Checks(imports: .init(.lambda)), lambda: .untested
        ).get()
        #expect(built.imports?.remark == "it is tried in Lambda when it is published")
        expectHeld(
            try await self.prove(
                ["alpha/__init__.py": "raise KeyError\n"], Checks(imports: .init(.lambda)), lambda: .sandbox),
            " in the sandbox: KeyError")
    }

    /// What somebody would try who wrote the package.
    private static func thief(_ folder: String, port: Int) -> String {
        """
        import os, socket, subprocess, sys, urllib.request
        got = []
        def attempt(name, what):
            try:
                if what() is not None: got.append(name)
            except BaseException: pass
        attempt("secret", lambda: open("\(folder)/secret").read())
        attempt("listing", lambda: os.listdir("\(folder)"))
        attempt("home", lambda: os.listdir("/root") + os.listdir("/home"))
        attempt("shadow", lambda: open("/etc/shadow").read())
        attempt("network", lambda: socket.create_connection(("127.0.0.1", \(port)), 2))
        attempt("layer", lambda: open(os.path.dirname(__file__) + "/x", "w"))
        attempt("environment", lambda: os.environ.get("CANARY"))
        attempt("parents", lambda: open("/proc/%d/environ" % os.getppid()).read().count("CANARY") or None)
        attempt("others", lambda: [p for p in os.listdir("/proc") if p.isdigit() and "strata" in open("/proc/" + p + "/cmdline").read()] or None)
        attempt("rights", lambda: os.setuid(0) or True)
        attempt("mount", lambda: subprocess.check_output(["/bin/mount", "-t", "tmpfs", "x", "/opt"]))
        attempt("device", lambda: os.mknod("/tmp/device", 0o60600, os.makedev(8, 0)) or True)
        raise ImportError("reached " + ",".join(got) + ".")
        """
    }

    @Test("reaches neither files nor network, processes, environment nor rights", arguments: Confinement.Kind.allCases)
    func shutIn(kind: Confinement.Kind) async throws {
        try await LoopbackIndex.run { listener in
            try await BuildService.run { shop in
                try Data("secret".utf8).write(to: URL(filePath: "\(shop.folder)/secret"))
                let result = try await prove(
                    ["alpha/__init__.py": Self.thief(shop.folder, port: listener.port)], in: [kind],
                    secrets: ["CANARY": "canary", "AWS_SECRET_ACCESS_KEY": "canary"])
                // Without namespaces the user stays who he is, and may be root: his rights then end at Landlock.
                let error = #expect(throws: StrataError.self) { try result.get() }
                let rights = kind == .landlock && geteuid() == 0 ? "rights" : ""
                let isShut = error?.message.contains("reached \(rights).") == true
                #expect(isShut, "\(String(describing: error))")
                #expect(!FileManager.default.fileExists(atPath: "\(shop.folder)/x"))
            }
        }
    }
}
