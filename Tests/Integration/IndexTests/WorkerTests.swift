import FoundationEssentials
import Glibc
import HTTP
import Model
import Packaging
import Subprocess
import Synchronization
import Testing

@Suite("The worker")
struct WorkerTests {
    private static let catalogue: [String: [LoopbackIndex.Release]] = [
        "alpha": [.init(version: "1.0", requires: ["beta"])], "beta": [.init(version: "1.5")],
    ]

    /// The executable beside the tests' own.
    static func worker() throws -> String {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return own[..<(try #require(own.lastIndex(of: "/")))] + "/packaging-worker"
    }

    private func client(_ variables: [String: String] = [:], deadline: Duration = .seconds(600)) throws -> WorkerClient
    {
        WorkerClient(
            executable: try Self.worker(), arguments: [],
            environment: ProcessInfo.processInfo.environment.merging(variables) { $1 }, deadline: deadline)
    }

    /// A worker that is a shell script.
    private func imposter(_ script: String, deadline: Duration = .seconds(600)) -> WorkerClient {
        WorkerClient(
            executable: "/bin/sh", arguments: ["-c", "read request\n" + script],
            environment: ProcessInfo.processInfo.environment, deadline: deadline)
    }

    @Test("resolves and builds in a child as it would here")
    func works() async throws {
        try await LoopbackIndex.run(Self.catalogue) { index in
            try await BuildService.run { shop in
                let settings = IndexSettings(defaultIndex: index.simple)
                let request = try request("layer", "python3.12", "alpha")
                let gone = try request_("gone", "python3.12", "gone")
                let steps = Mutex<[ResolveProgress]>([])
                let outcomes = try await client().resolve([request, gone], shop.configuration(settings)) { step in
                    steps.withLock { $0.append(step) }
                }
                let lock = try #require(outcomes[request.item]?.resolved?.lock, "\(outcomes)")
                #expect(lock.wheels.map(\.version) == ["1.0", "1.5"])
                #expect(outcomes[gone.item]?.refusal == "the index has no package 'gone'")
                #expect(steps.withLock { $0.contains(.resolving(request.item)) })

                let missing = Lock(
                    target: lock.target,
                    wheels: lock.wheels.map {
                        LockedWheel(
                            package: $0.package, version: $0.version, fileName: $0.fileName, url: $0.url + "x",
                            size: $0.size, sha256: .of($0.fileName))
                    })
                let orders = [order(lock), order(missing)]
                let results = Mutex<[ContentsKey: Result<BuildOutcome, StrataError>]>([:])
                try await client().build(
                    orders, into: "\(shop.folder)/zips",
                    BuilderConfiguration(index: settings, cacheDirectory: shop.cache, now: Timestamp(seconds: 0))
                ) { order, result in
                    results.withLock { $0[ContentsKey(order.lock, order.options)] = result }
                }
                let good = try results.withLock { $0[ContentsKey(lock, .init())] }?.get()
                #expect(good?.packages.map(\.name.text) == ["alpha", "beta"])
                #expect(throws: StrataError.self) { try results.withLock { $0[ContentsKey(missing, .init())] }?.get() }
            }
        }
    }

    @Test("keeps the zips in its cache within the limit, and leaves those in a user's folder alone")
    func trims() async throws {
        try await LoopbackIndex.run(Self.catalogue) { index in
            try await BuildService.run { shop in
                let settings = IndexSettings(defaultIndex: index.simple)
                let request = try request("layer", "python3.12", "alpha")
                let outcomes = try await client().resolve([request], shop.configuration(settings))
                let lock = try #require(outcomes[request.item]?.resolved?.lock, "\(outcomes)")
                let beta = try await shop.resolve("beta", from: settings)
                let other = order(try #require(beta.resolved?.lock))
                let cache = "\(shop.folder)/cache"
                let now = Timestamp(seconds: Int(Date().timeIntervalSince1970))
                for (folder, stays) in [("\(cache)/builds", false), ("\(shop.folder)/mine", true)] {
                    let configuration = BuilderConfiguration(
                        index: settings, cacheDirectory: cache, cacheLimit: ByteCount(1), now: now)
                    let zip = "\(folder)/\(order(lock).key).zip"
                    try await client().build([order(lock)], into: folder, configuration) { _, _ in }
                    #expect(FileManager.default.fileExists(atPath: zip), "what a run has just built stays")
                    try shop.age(zip, by: 2 * 86_400)
                    try await client().build([other], into: folder, configuration) { _, _ in }
                    #expect(FileManager.default.fileExists(atPath: zip) == stays)
                }
            }
        }
    }

    @Test("reaches its cache and nothing of the user's, and uv neither", .enabled(if: WorkerSandbox.isOffered))
    func shutIn() async throws {
        try await BuildService.run { shop in
            // What stands where uv would looks around, as somebody would who had taken it over.
            let (home, tool) = ("\(shop.folder)/home", "\(shop.folder)/tool/bin")
            for folder in [home, tool] {
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            }
            try Data("the user's".utf8).write(to: URL(filePath: "\(home)/secret"))
            let script = """
                #!/bin/sh
                {
                    cat '\(home)/secret' && echo READ
                    ls '\(home)' && echo LISTED
                    echo x > '\(home)/new' && echo WRITTEN
                    cat /etc/hosts > /dev/null && echo hosts
                    cp /bin/true '\(shop.cache)/true' && echo kept
                    '\(shop.cache)/true' && echo RAN
                } > '\(shop.cache)/found' 2> /dev/null
                echo uv 1.2.3
                """
            try Data(script.utf8).write(to: URL(filePath: "\(tool)/uv"))
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(tool)/uv")
            var configuration = shop.configuration(.init())
            configuration.uv = "\(tool)/uv"
            let request = try request("layer", "python3.12", "alpha")
            _ = try await client().resolve([request], configuration)
            let found = try #require(FileManager.default.contents(atPath: "\(shop.cache)/found"))
            #expect(String(decoding: found, as: UTF8.self) == "hosts\nkept\n")
            #expect(try FileManager.default.contentsOfDirectory(atPath: home) == ["secret"])
        }
    }

    @Test("has nothing in its environment but what is on the list")
    func environment() async throws {
        // The child stands where the worker would, and reports what it really got.
        try await BuildService.run { shop in
            let request = try request("layer", "python3.12", "alpha")
            let script = """
                tr '\\0' '\\n' < /proc/$$/environ > '\(shop.folder)/environ'
                exit 3
                """
            let variables = [
                "AWS_ACCESS_KEY_ID": "canary-1", "AWS_SECRET_ACCESS_KEY": "canary-2", "GITHUB_TOKEN": "canary-3",
                "STRATA_DEPLOY_KEY": "canary-4", "SSH_AUTH_SOCK": "canary-5", "UV_INDEX_X_PASSWORD": "allowed",
            ]
            let client = WorkerClient(
                executable: "/bin/sh", arguments: ["-c", script],
                environment: ProcessInfo.processInfo.environment.merging(variables) { $1 })
            _ = await #expect(throws: StrataError.self) {
                try await client.resolve([request], shop.configuration(.init()))
            }
            let written = try #require(FileManager.default.contents(atPath: "\(shop.folder)/environ"))
            let text = String(decoding: written, as: UTF8.self)
            #expect(text.contains("UV_INDEX_X_PASSWORD=allowed"))
            #expect(!text.contains("canary"))
            let names = Set(text.split(separator: "\n").compactMap { $0.split(separator: "=").first.map(String.init) })
            let expected = WorkerEnvironment.scrubbed(
                ProcessInfo.processInfo.environment.merging(variables) { $1 })
            // Its rules, and what a shell adds by itself.
            #expect(
                names.subtracting(["STRATA_WORKER_MAY", "TMPDIR", "PWD", "OLDPWD", "SHLVL", "_"]).isSubset(
                    of: Set(expected.keys)), "\(names)")
        }
    }

    @Test(
        "refuses answers that it did not ask for",
        arguments: [
            #"{"resolving":{"_0":{"resolved":{"_0":{"layer":"other","target":"python3.12"},"_1":{"refused":{"reason":"x"}},"isUnchanged":false}}}}"#,
            #"{"resolving":{"_0":{"resolved":{"_0":{"layer":"layer","target":"python3.12"},"_1":{"locked":{"_0":{"lock":{"target":"python3.13","wheels":[]},"remarks":[],"young":[]}}},"isUnchanged":false}}}}"#,
            #"{"resolving":{"_0":{"resolved":{"_0":{"layer":"layer","target":"python3.12"},"_1":{"locked":{"_0":{"lock":{"target":"python3.12","wheels":[{"package":"a","version":"1","fileName":"../../a-1-py3-none-any.whl","url":"https://x/a","sha256":"DIGEST"}]},"remarks":[],"young":[]}}},"isUnchanged":false}}}}"#,
            #"{"resolving":{"_0":{"resolved":{"_0":{"layer":"layer","target":"python3.12"},"_1":{"locked":{"_0":{"lock":{"target":"python3.12","wheels":[{"package":"a","version":"1","fileName":"a-1-py3-none-any.whl","url":"ssh://x/a","sha256":"DIGEST"}]},"remarks":[],"young":[]}}},"isUnchanged":false}}}}"#,
            #"{"failed":{"_0":0,"_1":{"code":"file","message":"x","place":{},"details":[]}}}"#, #"{"done":{}}"#,
            "nonsense",
            "",
        ])
    func hostile(_ answer: String) async throws {
        let request = try request("layer", "python3.12", "a")
        let digest = String(repeating: "ab", count: 32)
        let client = imposter("cat <<'END'\n\(answer.replacing("DIGEST", with: digest))\nEND\necho '{\"done\":{}}'")
        let error = await #expect(throws: StrataError.self) {
            try await client.resolve([request], ResolverConfiguration(now: Timestamp(seconds: 0), cacheDirectory: "/x"))
        }
        #expect(error?.code == .inconsistent, "\(String(describing: error))")
    }

    @Test("accepts a good answer from the same imposter, with its texts made harmless")
    func harmless() async throws {
        let request = try request("layer", "python3.12", "a")
        let answer =
            #"{"resolving":{"_0":{"resolved":{"_0":{"layer":"layer","target":"python3.12"},"_1":{"refused":{"reason":"x\u001b[31m\ny"}},"isUnchanged":false}}}}"#
        let outcomes = try await imposter("cat <<'END'\n\(answer)\nEND\necho '{\"done\":{}}'").resolve(
            [request], ResolverConfiguration(now: Timestamp(seconds: 0), cacheDirectory: "/x"))
        #expect(outcomes[request.item]?.refusal == "x [31m y")
    }

    @Test("accepts a good lock from the same imposter")
    func lock() async throws {
        let request = try request("layer", "python3.12", "a")
        let digest = String(repeating: "ab", count: 32)
        let answer = """
            {"resolving":{"_0":{"resolved":{"_0":{"layer":"layer","target":"python3.12"},"_1":{"locked":{"_0":{"lock":\
            {"target":"python3.12","wheels":[{"package":"a","version":"1","fileName":"a-1-py3-none-any.whl",\
            "url":"https://x/a","sha256":"\(digest)"}]},"remarks":[],"young":[]}}},"isUnchanged":false}}}}
            """
        let outcomes = try await imposter("cat <<'END'\n\(answer)\nEND\necho '{\"done\":{}}'").resolve(
            [request], ResolverConfiguration(now: Timestamp(seconds: 0), cacheDirectory: "/x"))
        #expect(outcomes[request.item]?.pins == ["a==1"])
    }

    @Test("refuses a zip that is not where it should be")
    func zips() async throws {
        try await BuildService.run { shop in
            let target = try #require(Target("python3.12"))
            let order = order(Lock(target: target, wheels: []))
            for path in ["/etc/passwd", "\(shop.folder)/\(order.key).zip"] {
                let answer = """
                    {"built":{"_0":0,"_1":{"item":{"layer":"layer","target":"python3.12"},"key":"\(order.key)","path":"\(path)",\
                    "sha256":"\(order.key)","zipped":1,"unzipped":1,"packages":[],"largest":[],"pruningWouldSave":[],\
                    "droppedConflicts":[]}}}
                    """
                let client = imposter("cat <<'END'\n\(answer)\nEND\necho '{\"done\":{}}'")
                let error = await #expect(throws: StrataError.self) {
                    try await client.build(
                        [order], into: shop.folder,
                        BuilderConfiguration(cacheDirectory: shop.cache, now: Timestamp(seconds: 0))
                    ) { _, _ in Issue.record("a result was handed over") }
                }
                #expect(error?.code == .inconsistent, "\(String(describing: error))")
            }
        }
    }

    @Test("says what a worker complained of that died")
    func died() async throws {
        let request = try request("layer", "python3.12", "a")
        let error = await #expect(throws: StrataError.self) {
            try await imposter("echo 'out of luck' >&2; exit 7").resolve(
                [request], ResolverConfiguration(now: Timestamp(seconds: 0), cacheDirectory: "/x"))
        }
        #expect(error?.code == .tool)
        #expect(error?.description.contains("out of luck") == true)
    }

    @Test(
        "ends the worker and what it started at the deadline, and when the run is cancelled", arguments: [true, false])
    func ends(_ byDeadline: Bool) async throws {
        try await BuildService.run { shop in
            let request = try request("layer", "python3.12", "a")
            // The grandchild would write a file if it outlived the worker.
            let script = "(sleep 600 & echo $! > '\(shop.folder)/pid'; wait)"
            // A deadline may come before there is a grandchild; a longer one does not.
            for seconds in byDeadline ? [1, 10, 100] : [600] {
                let client = imposter(script, deadline: .seconds(seconds))
                let task = Task {
                    try await client.resolve(
                        [request], ResolverConfiguration(now: Timestamp(seconds: 0), cacheDirectory: shop.cache))
                }
                var pid: Int32?
                if !byDeadline {
                    pid = try await shop.number(in: "pid")
                    task.cancel()
                }
                let error = await #expect(throws: StrataError.self) { try await task.value }
                #expect(error?.code == (byDeadline ? .timedOut : .cancelled))
                if FileManager.default.contents(atPath: "\(shop.folder)/pid")?.last == UInt8(ascii: "\n") {
                    pid = try await shop.number(in: "pid")
                }
                guard let pid else { continue }
                return try await shop.waitForEnd(of: pid)
            }
            Issue.record("there never was a grandchild")
        }
    }

    @Test("dies, and uv with it, when its parent does")
    func orphaned() async throws {
        try await LoopbackIndex.run(Self.catalogue, .init(latency: 30)) { index in
            try await BuildService.run { shop in
                // Something else than uv, which tells its number and sleeps.
                let slow = "\(shop.folder)/uv"
                let script = "#!/bin/sh\necho $$ > '\(shop.folder)/pid'\nexec sleep 600\n"
                try Data(script.utf8).write(to: URL(filePath: slow))
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: slow)
                var configuration = shop.configuration(.init(defaultIndex: index.simple))
                configuration.uv = slow
                let request = try request("layer", "python3.12", "alpha")
                let line = try WorkerProtocol.line(WorkerProtocol.Request.resolve(configuration, [request]))
                var platform = PlatformOptions()
                platform.processGroupID = 0
                let result = try await Subprocess.run(
                    .path(.init(Self.worker())),
                    // What it cannot remove when it is killed goes with the shop's folder.
                    environment: .inherit.updating(["TMPDIR": shop.folder]), platformOptions: platform,
                    input: .inputWriter, output: .discarded,
                    error: .discarded
                ) { execution in
                    _ = try await execution.standardInputWriter.write(line)
                    let pid = try await shop.number(in: "pid")
                    // What the kernel does with a dead parent's descriptors.
                    try await execution.standardInputWriter.finish()
                    return pid
                }
                #expect(result.terminationStatus == .signaled(SIGKILL))
                try await shop.waitForEnd(of: result.closureResult)
            }
        }
    }

    private func request_(_ layer: String, _ target: String, _ requirement: String) throws -> ResolveRequest {
        try request(layer, target, requirement)
    }
}
