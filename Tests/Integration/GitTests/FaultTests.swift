import Foundation
import Git
import Model
import Testing

/// How long anything takes is nobody's concern here but that it ends, for which the suite's own limit stands.
@Suite("Failures of the connection", .bounded, .timeLimit(.minutes(30)))
struct FaultTests {
    private struct Bench {
        let place: Workplace
        let server: LoopbackSSH
        let key: TestKey

        init() throws {
            place = try Workplace()
            try RegistryRepository.createIfMissing(place.path("remote.git"))
            key = try place.sshKey()
            server = try LoopbackSSH(place, keys: [try key.publicKey])
        }

        func hook(_ name: String, _ script: String) throws {
            try place.write("remote.git/hooks/\(name)", "#!/bin/sh\n\(script)\n")
            try place.run("chmod", "+x", "remote.git/hooks/\(name)")
        }

        /// What a connection carries in each direction when nothing goes wrong, for the fetch and for the push.
        func measure(_ registry: RegistryRepository) async throws -> (up: Int, down: Int) {
            _ = try await registry.publish(try .of([.write("first", "0")]))
            return server.lastTraffic
        }
    }

    /// Runs something that must end by itself, and says how it failed.
    private func failure(_ body: () async throws -> Void) async throws -> StrataError? {
        do { try await body() } catch let error as StrataError { return error }
        return nil
    }

    @Test("a server that is silent in any phase is cut", arguments: [0, 1, 25, 50, 75, 90])
    func silentServer(percent: Int) async throws {
        let bench = try Bench()
        defer { bench.server.stop() }
        _ = try await bench.server.registry(bench.key, cache: "other").publish(try .of([.write("a", "1")]))
        for _ in 0..<2 { _ = try await bench.server.registry(bench.key).fetch(["main"]) }
        let registry = try await bench.server.registry(bench.key, deadline: .seconds(20), patience: .seconds(4))
        bench.server.fault = .stall(down: bench.server.lastTraffic.down * percent / 100)
        let error = try await failure { _ = try await registry.fetch(["main"]) }
        #expect(error?.code == .timedOut, "\(String(describing: error))")
    }

    @Test("a server that never reads is cut", arguments: [0, 10, 50, 75])
    func deafServer(percent: Int) async throws {
        let bench = try Bench()
        defer { bench.server.stop() }
        _ = try await bench.server.registry(bench.key).fetch(["main"])
        let registry = try await bench.server.registry(bench.key, deadline: .seconds(20), patience: .seconds(4))
        bench.server.fault = .stall(up: bench.server.lastTraffic.up * percent / 100)
        let error = try await failure { _ = try await registry.fetch(["main"]) }
        #expect(error?.code == .timedOut, "\(String(describing: error))")
    }

    @Test("a hook that never ends is cut at the deadline, with the phase named")
    func endlessHook() async throws {
        let bench = try Bench()
        defer { bench.server.stop() }
        try bench.place.write("endless", "")
        defer { unlink(bench.place.path("endless")) }
        try bench.hook("pre-receive", "cat >/dev/null; while test -e '\(bench.place.path)/endless'; do sleep 0.1; done")
        let registry = try await bench.server.registry(bench.key, deadline: .seconds(15), patience: .seconds(8))
        let error = try await failure {
            _ = try await registry.publish(try .of([.write("a", "1")], attempts: 1))
        }
        #expect(error?.code == .timedOut)
        #expect(error?.description.contains("push") == true, "\(String(describing: error))")
    }

    @Test("cancelling the task kills the worker")
    func cancelled() async throws {
        let bench = try Bench()
        defer { bench.server.stop() }
        bench.server.fault = .stall(down: 0)
        let registry = try await bench.server.registry(bench.key, deadline: .seconds(600), patience: .seconds(600))
        let task = Task { try await registry.fetch(["main"]) }
        while bench.server.connections == 0 { try await Task.sleep(for: .milliseconds(10)) }
        let error = try await failure {
            task.cancel()
            _ = try await task.value
        }
        #expect(error?.code == .cancelled, "\(String(describing: error))")
    }

    @Test("an answer that was lost after the server took the push: looked up, not repeated", arguments: [1, 5])
    func lostAnswer(attempts: Int) async throws {
        let bench = try Bench()
        defer { bench.server.stop() }
        let marker = bench.place.path("taken")
        // The answer waits until the connection was cut and somebody has noticed.
        let held = bench.place.path("held")
        try Data().write(to: URL(filePath: held))
        defer { unlink(held) }
        try bench.hook("post-receive", "touch '\(marker)'; while test -e '\(held)'; do sleep 0.1; done")
        let notes = Notes()
        let registry = try await bench.server.registry(
            bench.key,
            note: { line in
                notes.add(line)
                // What cut the connection is over when the registry looks again.
                bench.server.fault = .none
                unlink(held)
            })
        bench.server.fault = .cutWhen(file: marker)
        let outcome = try await registry.publish(try .of([.write("a", "1")], attempts: attempts))
        guard case .pushed(let pushed) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(pushed.attempts == 1)
        #expect(!notes.all.isEmpty)
        #expect(try bench.place.count() == 1)
        #expect(try bench.place.run("git", "-C", "remote.git", "rev-parse", "main") == pushed.commit.description)
    }

    @Test("a worker that cannot be started, or dies, is said to be so")
    func noWorker() async throws {
        let place = try Workplace()
        let key = try place.sshKey()
        for (executable, arguments, code) in [
            (place.path("absent"), [], StrataError.Code.tool), ("/bin/false", [], .unavailable),
            ("/bin/sh", ["-c", "echo rubbish"], .inconsistent),
            ("/bin/sh", ["-c", "echo oops >&2; kill -9 $$"], .unavailable),
        ] as [(String, [String], StrataError.Code)] {
            let access = SSHAccess(hosts: KnownHosts(), worker: .init(executable: executable, arguments: arguments)) {
                try SSHKey(Secret(text: key.text))
            }
            let registry = try await RegistryRepository.open(
                .init(
                    cache: place.path("cache-\(UUID().uuidString)"), remote: try RemoteAddress("git@127.0.0.1:x"),
                    author: try .tests(),
                    access: access))
            let error = try await failure { _ = try await registry.fetch(["main"]) }
            #expect(error?.code == code, "\(executable) \(arguments): \(String(describing: error))")
        }
    }

    /// The invariant that counts: whatever happens to connections, a run that follows finishes the work, and every
    /// release is committed exactly once.
    /// `STRATA_FAULTS=200` for the long run, `STRATA_SEED` to see one again.
    @Test("failures at random moments: never a hang, every release committed exactly once")
    func injected() async throws {
        let variables = ProcessInfo.processInfo.environment
        let count = variables["STRATA_FAULTS"].flatMap(Int.init) ?? 48
        let seed = variables["STRATA_SEED"].flatMap(UInt64.init) ?? .random(in: 1 ... .max)
        let lanes = 4
        let kinds = try await withThrowingTaskGroup(of: [String: Int].self) { group in
            for lane in 0..<lanes {
                group.addTask { try await inject(count / lanes, seed: seed &+ UInt64(lane)) }
            }
            return try await group.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
        }
        let table = kinds.sorted { $0.key < $1.key }.map { "\($0.value) × \($0.key)" }.joined(separator: ", ")
        print("injected \(table); STRATA_SEED=\(seed)")
    }

    /// Fails so many publications of one remote, each finished by the next run. Returns how often what was injected.
    private func inject(_ count: Int, seed: UInt64) async throws -> [String: Int] {
        var random = Seeded(state: seed)
        let bench = try Bench()
        defer { bench.server.stop() }
        let marker = bench.place.path("marker")
        try bench.hook("pre-receive", "cat >/dev/null; test -e '\(marker).pre' && touch '\(marker)'; exit 0")
        try bench.hook("post-receive", "cat >/dev/null; test -e '\(marker).post' && touch '\(marker)'; exit 0")
        let limit = try await bench.measure(try await bench.server.registry(bench.key, cache: "measure"))
        let deadline = Duration.seconds(8)
        var kinds: [String: Int] = [:]
        for injection in 1...count {
            for name in ["", ".pre", ".post"] { unlink(marker + name) }
            let fault = Self.fault(limit, marker, &random)
            kinds[fault.name, default: 0] += 1
            if let file = fault.arms { try Data().write(to: URL(filePath: file)) }
            let release = try Publication.of(
                [.write("releases/\(injection)", "x")], message: "\(injection)", attempts: 2)
            let label = "STRATA_SEED=\(seed), injection \(injection), \(fault.fault)"
            bench.server.fault = fault.fault
            // The cache is opened anew after whatever happened to the last run, as by a new process.
            let error = try await failure {
                _ = try await bench.server.registry(bench.key, deadline: deadline, patience: .seconds(3)).publish(
                    release)
            }
            let expected: [StrataError.Code] = [.timedOut, .connection, .unavailable, .git, .accessDenied]
            #expect(error.map { expected.contains($0.code) } ?? true, "\(label): \(String(describing: error))")
            bench.server.fault = .none
            for name in ["", ".pre", ".post"] { unlink(marker + name) }
            _ = try await bench.server.registry(bench.key).publish(release)
            #expect(try bench.place.count() == injection + 1, "\(label)")
        }
        let subjects = try bench.place.run("git", "-C", "remote.git", "log", "--format=%s", "main").split(
            separator: "\n")
        #expect(subjects.count == count + 1, "STRATA_SEED=\(seed)")
        #expect(Set(subjects).count == count + 1, "STRATA_SEED=\(seed)")
        #expect(try bench.place.files().count == count + 1)
        try bench.place.expectSound()
        return kinds
    }

    private struct Injection {
        let name: String
        let fault: LoopbackSSH.Fault
        /// A file that makes a hook set the marker.
        var arms: String?
    }

    private static func fault(_ limit: (up: Int, down: Int), _ marker: String, _ random: inout Seeded) -> Injection {
        let up = Int.random(in: 0...(limit.up + 200), using: &random)
        let down = Int.random(in: 0...(limit.down + 200), using: &random)
        switch Int.random(in: 0..<12, using: &random) {
        case 0...3: return Injection(name: "cut to the server", fault: .cut(up: up))
        case 4...7: return Injection(name: "cut from the server", fault: .cut(down: down))
        case 8: return Injection(name: "stall to the server", fault: .stall(up: up))
        case 9: return Injection(name: "stall from the server", fault: .stall(down: down))
        case 10:
            return Injection(name: "cut before it was taken", fault: .cutWhen(file: marker), arms: marker + ".pre")
        default:
            return Injection(name: "cut after it was taken", fault: .cutWhen(file: marker), arms: marker + ".post")
        }
    }
}

/// SplitMix64: the same numbers for the same seed.
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
