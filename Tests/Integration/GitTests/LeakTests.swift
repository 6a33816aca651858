import Foundation
import Git
import Model
import Testing

@Suite("Where the key must never be", .bounded)
struct LeakTests {
    /// What would give the key away: pieces of its text and of the bytes inside, and the passphrase.
    private struct Traces {
        let needles: [[UInt8]]

        init(_ key: TestKey, passphrase: String) throws {
            let lines = key.text.split(separator: "\n").dropFirst().dropLast()
            let inside = try #require(Data(base64Encoded: lines.joined()))
            // The public half is no secret: only what lies behind it counts.
            let secretLines = lines.dropFirst(3).filter { $0.count >= 16 }
            var needles = secretLines.map { Array($0.utf8.prefix(24)) }
            needles.append(Array(inside.suffix(100).prefix(32)))
            if !passphrase.isEmpty { needles.append(Array(passphrase.utf8)) }
            #expect(needles.count >= 3)
            self.needles = needles
        }

        func found(in bytes: some Collection<UInt8>) -> Bool {
            let data = Data(bytes)
            return needles.contains { data.range(of: Data($0)) != nil }
        }
    }

    @Test("not in a file, an argument, an environment, a log or an error", arguments: ["", "a passphrase to look for"])
    func searched(passphrase: String) async throws {
        let place = try Workplace()
        try RegistryRepository.createIfMissing(place.path("remote.git"))
        let key = try place.sshKey(passphrase: passphrase)
        let traces = try Traces(key, passphrase: passphrase)
        #expect(traces.found(in: Array(key.text.utf8)))
        let server = try LoopbackSSH(place, keys: [try key.publicKey])
        defer { server.stop() }
        let notes = Notes()
        let registry = try await server.registry(
            key, passphrase: passphrase.isEmpty ? nil : passphrase, note: notes.add)

        // While it runs, every worker's arguments, environment and open files are looked at.
        let watcher = Watcher(traces: { traces.found(in: $0) })
        let watching = Task.detached { watcher.watch() }
        _ = try await registry.publish(try .of([.write("a", "1")]))
        server.fault = .cut(down: 2500)
        var told: [String] = notes.all
        do { _ = try await registry.publish(try .of([.write("a", "2")], attempts: 1)) } catch let error as StrataError {
            told += error.causes
        }
        server.fault = .none
        let other = try place.sshKey()
        let refused = try await server.registry(other, cache: "refused")
        do { _ = try await refused.publish(try .of([.write("a", "2")])) } catch let error as StrataError {
            told += error.causes
        }
        watcher.stop()
        await watching.value
        #expect(watcher.seen > 0, "no worker was seen")
        #expect(watcher.finds == [])
        #expect(!traces.found(in: told.joined(separator: "\n").utf8))
        #expect(!told.isEmpty)

        var files = 0
        let everything = try #require(FileManager.default.enumerator(atPath: place.path))
        for case let name as String in everything {
            guard let bytes = FileManager.default.contents(atPath: place.path(name)) else { continue }
            files += 1
            #expect(!traces.found(in: bytes), "\(name) holds the key")
        }
        #expect(files > 10)
    }

    @Test("not in any file that the worker opens or writes, by its system calls")
    func traced() async throws {
        let place = try Workplace()
        let probe = try place.attempt(["strace", "-o", place.path("probe"), "true"])
        try #require(probe.status == 0, "strace must be installed and allowed to trace: nothing was looked at")
        try RegistryRepository.createIfMissing(place.path("remote.git"))
        let key = try place.sshKey()
        let server = try LoopbackSSH(place, keys: [try key.publicKey])
        defer { server.stop() }
        let access = SSHAccess(
            hosts: try server.pins("ed25519"),
            worker: .init(
                executable: "/usr/bin/strace",
                arguments: [
                    "-f", "-qq", "-o", place.path("trace"), "-e",
                    "trace=openat,open,creat,rename,execve,memfd_create,write",
                    "-s", "4096", gitWorker.executable,
                ])
        ) { try SSHKey(Secret(text: key.text)) }
        let registry = try await RegistryRepository.open(
            .init(
                cache: place.path("cache"), remote: try server.address(place.path("remote.git")), author: try .tests(),
                access: access))
        _ = try await registry.publish(try .of([.write("a", "1")]))
        let trace = try place.read("trace")
        // Text as strace prints it: the armour's letters need no escapes, so pieces of them would stand there as they are.
        let secret = key.text.split(separator: "\n").dropFirst(4).dropLast().map { String($0.prefix(24)) }
        #expect(!secret.isEmpty)
        for piece in secret { #expect(!trace.contains(piece)) }
        #expect(!trace.contains("memfd_create"))
        let written = trace.split(separator: "\n").filter {
            $0.contains("O_WRONLY") || $0.contains("O_RDWR") || $0.contains("creat(")
        }
        let strange = written.filter { line in
            !line.contains(place.path("cache")) && !line.contains("/dev/null") && !line.contains("/dev/tty")
        }
        #expect(strange == [], "the worker writes outside its cache")
        #expect(trace.split(separator: "\n").count { $0.contains("execve(") } >= 1)
        #expect(!trace.contains("BEGIN OPENSSH"))
    }

    @Test("a worker cannot be dumped, and has no environment but a home of its own")
    func confined() async throws {
        let place = try Workplace()
        try RegistryRepository.createIfMissing(place.path("remote.git"))
        let key = try place.sshKey()
        let server = try LoopbackSSH(place, keys: [try key.publicKey])
        defer { server.stop() }
        server.fault = .stall(down: 1000)
        let registry = try await server.registry(key, deadline: .seconds(600), patience: .seconds(600))
        let task = Task { try await registry.fetch(["main"]) }
        defer { task.cancel() }
        var worker: pid_t?
        for _ in 0..<12_000 where worker == nil {
            worker = Watcher.workers().first { Watcher.text($0, "environ").contains(place.path("cache")) }
            try await Task.sleep(for: .milliseconds(10))
        }
        let found = try #require(worker)
        let names = Watcher.text(found, "environ").split(separator: "\0").map { $0.prefix { $0 != "=" } }
        #expect(Set(names).isSubset(of: ["HOME", "SWIFT_BACKTRACE", "LD_LIBRARY_PATH", "RES_OPTIONS", "LOCALDOMAIN"]))
        #expect(Watcher.text(found, "cmdline").split(separator: "\0").count == 1)
        // The limit is set in the worker's first steps.
        var limits = ""
        for _ in 0..<12_000 where !limits.contains("Max core file size        0                    0") {
            limits = Watcher.text(found, "limits")
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(limits.contains("Max core file size        0                    0"), "\(limits)")
    }

    @Test("nor is a token, an App's key, or what an App was given for it", arguments: [false, true])
    func web(isApp: Bool) async throws {
        let place = try Workplace()
        let token = "ghp_" + (0..<3).map { _ in String(UInt64.random(in: 1 << 60 ... .max), radix: 36) }.joined()
        let pair = try AppKeyPair(place)
        let server = try LoopbackHTTPS(
            place, .init(tokens: [token: "write"], app: isApp ? .init(key: pair.publicText) : nil))
        defer { server.stop() }
        let app = isApp ? GitHubApp(id: "12345", installation: 77) : nil
        // Lines of the key's second half, where nothing is public; the token in the form of the header as well, wherever
        // in it a group of three bytes begins.
        let lines = pair.text.split(separator: "\n").dropFirst(12).dropLast(2).map { String($0.prefix(24)) }
        let forms = (0..<3).map { shift in
            let text = Data((String(repeating: "x", count: shift) + token).utf8).base64EncodedString()
            return String(text.dropFirst(4).prefix(40))
        }
        let needles = ([token] + forms + lines).map { Data($0.utf8) }
        #expect(needles.count > 8)
        let found: @Sendable (Data, [String]) -> Bool = { data, more in
            needles.contains { data.range(of: $0) != nil } || more.contains { data.range(of: Data($0.utf8)) != nil }
        }

        let notes = Notes()
        let registry = try await server.registry(isApp ? pair.text : token, app: app, note: notes.add)
        let watcher = Watcher(traces: { found(Data($0), []) })
        let watching = Task.detached { watcher.watch() }
        _ = try await registry.publish(try .of([.write("a", "1")]))
        var told = notes.all
        for answer in [401, 403, 500] {
            try server.set(
                .init(
                    tokens: [token: "write"], app: isApp ? .init(key: pair.publicText) : nil,
                    answer: .init(status: answer, text: "no")))
            do { _ = try await registry.publish(try .of([.write("a", "2")], attempts: 1)) } catch let error
                as StrataError
            {
                told += error.causes
            }
        }
        watcher.stop()
        await watching.value
        #expect(watcher.seen > 0, "no worker was seen")
        #expect(watcher.finds == [])
        let issued = try server.issued()
        #expect(issued.isEmpty != isApp)
        #expect(told.count >= 3 && !found(Data(told.joined(separator: "\n").utf8), issued))
        var files = 0
        let everything = try #require(FileManager.default.enumerator(atPath: place.path))
        for case let name as String in everything {
            guard let bytes = FileManager.default.contents(atPath: place.path(name)) else { continue }
            files += 1
            #expect(!found(bytes, issued), "\(name) holds a secret")
        }
        #expect(files > 10)

        // By the worker's system calls: it reads the secret from its pipe, and writes it to no file.
        try server.set(.init(tokens: [token: "write"], app: isApp ? .init(key: pair.publicText) : nil))
        let probe = try place.attempt(["strace", "-o", place.path("probe"), "true"])
        try #require(probe.status == 0, "strace must be installed and allowed to trace: nothing was looked at")
        let traced = try await server.registry(
            isApp ? pair.text : token, app: app, cache: "traced",
            worker: .init(
                executable: "/usr/bin/strace",
                arguments: [
                    "-f", "-qq", "-o", place.path("trace"), "-e",
                    "trace=openat,open,creat,rename,execve,memfd_create,write",
                    "-s", "65536", gitWorker.executable,
                ]))
        _ = try await traced.publish(try .of([.write("a", "3")]))
        let trace = try place.read("trace")
        #expect(trace.contains("execve(") && trace.contains(place.path("traced")))
        #expect(!found(Data(trace.utf8), try server.issued()))
        let written = trace.split(separator: "\n").filter { $0.contains("O_WRONLY") || $0.contains("O_RDWR") }
        let strange = written.filter { !$0.contains(place.path("traced")) && !$0.contains("/dev/") }
        #expect(strange == [], "the worker writes outside its cache")
    }

    @Test("a worker for HTTPS has in its environment what names proxies and authorities, and nothing else")
    func confinedWeb() async throws {
        let access = HTTPSAccess(
            environment: [
                "https_proxy": "a", "no_proxy": "b", "SSL_CERT_FILE": "c", "CURL_CA_BUNDLE": "d", "GITHUB_TOKEN": "e",
                "AWS_SECRET_ACCESS_KEY": "f", "PATH": "g",
            ]
        ) { Secret(text: "") }
        #expect(Set(access.workerEnvironment.keys) == ["https_proxy", "no_proxy", "SSL_CERT_FILE", "CURL_CA_BUNDLE"])
    }
}
