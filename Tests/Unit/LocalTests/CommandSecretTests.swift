import Contracts
import FoundationEssentials
import Glibc
import Local
import Model
import Testing

@Suite("Secrets that a program prints")
struct CommandSecretTests {
    private func store(
        _ commands: [String: [String]], scheme: String = "cmd", environment: [String: String] = [:],
        folder: String = "/", deadline: Duration = .seconds(60)
    ) -> CommandSecrets {
        CommandSecrets(
            scheme: scheme, commands: commands,
            environment: ["PATH": "/usr/bin:/bin"].merging(environment) { $1 }, folder: folder, deadline: deadline)
    }

    private func text(_ store: CommandSecrets, _ reference: String) async throws -> String {
        try await store.fetch(Samples.required(SecretReference(reference)))
            .withBytes { String(decoding: $0, as: UTF8.self) }
    }

    private func failure(_ store: CommandSecrets, _ reference: String) async throws -> StrataError {
        try #require(await #expect(throws: StrataError.self) { _ = try await text(store, reference) })
    }

    @Test("keep the secret store's contract", arguments: SecretStoreContract.cases)
    func contract(_ promise: ContractCase<SecretStoreSubject>) async throws {
        try await withTemporaryFolder { folder in
            try await promise.check(
                SecretStoreSubject(
                    store: store(["cat": ["cat", "{}"], "nothing": ["/bin/true"]], folder: folder),
                    seed: { bytes in
                        try Data(bytes).write(to: URL(filePath: "\(folder)/\(bytes.count)"))
                        return try Samples.required(SecretReference("cmd:cat:\(bytes.count)"))
                    },
                    missing: try Samples.required(SecretReference("cmd:nothing")), isWritable: false, holdsBytes: true))
        }
    }

    @Test("come from the commands that are listed and no others, without a shell")
    func allowed() async throws {
        let commands = ["show": ["/bin/echo", "-n", "a b", "<{}>"], "fixed": ["/bin/echo", "-n", "$HOME"]]
        let store = store(commands)
        #expect(try await text(store, "cmd:show:x; id $(id) 'é' -n") == "a b <x; id $(id) 'é' -n>")
        #expect(try await text(store, "cmd:fixed") == "$HOME")
        for reference in ["cmd:/bin/echo:x", "cmd:other", "cmd:fixed:x", "cmd:show", "cmd:show:", "cmd:show:--help"] {
            #expect(try await failure(store, reference).code == .configuration, "\(reference)")
        }
        #expect(try await failure(store, "cmd:shoe:x").hint == "did you mean 'show'?")
    }

    @Test("of 1Password are named as it names them")
    func onePassword() async throws {
        let store = store(["op": ["/bin/echo", "-n", "read", "{}"]], scheme: "op")
        #expect(try await text(store, "op://Private/strata/private key") == "read op://Private/strata/private key")
        let hint = try await failure(self.store([:], scheme: "op"), "op://a/b/c").hint
        #expect(hint?.contains("commands: { op: [op, read, --no-newline,") == true)
    }

    @Test("are not what a program prints that fails, and what it says of that can be shown")
    func failing() async throws {
        let script = #"echo hunter2; printf 'locked\033[31m\nfor \342\200\256you' >&2; exit 3"#
        let error = try await failure(store(["bad": ["/bin/sh", "-c", script]]), "cmd:bad")
        #expect(error.code == .tool)
        #expect(error.message.contains("locked [31m for  you"))
        #expect(error.message.unicodeScalars.allSatisfy { $0.value >= 0x20 })
        #expect(error.causes.joined().contains("hunter2") == false)
        #expect(try await failure(store(["gone": ["/nonexistent/program"]]), "cmd:gone").code == .tool)
        #expect(try await failure(store(["killed": ["/bin/sh", "-c", "kill -9 $$"]]), "cmd:killed").code == .tool)
    }

    @Test("are taken in time, and are no larger than secrets are", .timeLimit(.minutes(10)))
    func limits() async throws {
        let slow = store(["slow": ["/bin/sleep", "600"]], deadline: .milliseconds(300))
        #expect(try await failure(slow, "cmd:slow").code == .timedOut)
        let large = store(["large": ["/usr/bin/yes"]])
        #expect(try await failure(large, "cmd:large").message.contains("more than 65536 bytes"))
        let chatty = store(["chatty": ["/bin/sh", "-c", "head -c 1000000 /dev/zero >&2; printf x"]])
        #expect(try await text(chatty, "cmd:chatty") == "x")
    }

    @Test("do not wait for what the program leaves behind, which keeps the pipes open")
    func leaving() async throws {
        try await withTemporaryFolder { folder in
            let script = #"printf x; (while [ -d "$0" ]; do sleep 0.1; done) & exit 0"#
            // The one that is left behind ends when the folder does.
            let printed = try await text(store(["leaving": ["/bin/sh", "-c", script, folder]]), "cmd:leaving")
            #expect(printed == "x")
        }
    }

    @Test("are read with nothing of this process left open")
    func descriptors() async throws {
        let store = store(["gone": ["/nonexistent/program"], "one": ["/bin/echo", "1"]])
        func open() throws -> Int { try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count }
        _ = try await text(store, "cmd:one")
        let before = try open()
        for _ in 0..<40 {
            _ = try? await text(store, "cmd:gone")
            _ = try await text(store, "cmd:one")
        }
        // Other tests run beside, and have files open for a while.
        for _ in 0..<600 where try open() >= before + 40 { try await Task.sleep(for: .milliseconds(100)) }
        #expect(try open() < before + 40)
    }
}
