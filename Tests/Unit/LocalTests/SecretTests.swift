import Contracts
import FoundationEssentials
import Glibc
import Local
import Model
import Testing

@Suite("Secrets of the user's own choice")
struct SecretTests {
    @Test("environment variables keep the secret store's contract", arguments: SecretStoreContract.cases)
    func environment(_ promise: ContractCase<SecretStoreSubject>) async throws {
        let variables = Variables()
        try await promise.check(
            SecretStoreSubject(
                store: EnvironmentSecrets { variables[$0] },
                seed: { bytes in
                    variables["KEY_\(bytes.count)"] = String(decoding: bytes, as: UTF8.self)
                    return try Samples.required(SecretReference("env:KEY_\(bytes.count)"))
                },
                missing: try Samples.required(SecretReference("env:NO_KEY")), isWritable: false, holdsBytes: false))
    }

    @Test("files keep the secret store's contract", arguments: SecretStoreContract.cases)
    func files(_ promise: ContractCase<SecretStoreSubject>) async throws {
        try await withTemporaryFolder { folder in
            try await promise.check(
                SecretStoreSubject(
                    store: FileSecrets(relativeTo: folder),
                    seed: { bytes in try Samples.required(SecretReference("file:\(try write(bytes, in: folder))")) },
                    missing: try Samples.required(SecretReference("file:none")), isWritable: true, holdsBytes: true))
        }
    }

    @Test(
        "a file that others than its owner can read or change is refused",
        arguments: [0o640, 0o604, 0o620, 0o602, 0o644, 0o666, 0o610])
    func modes(mode: Int) async throws {
        try await withTemporaryFolder { folder in
            let path = try write([1], in: folder)
            #expect(chmod(path, mode_t(mode)) == 0)
            let error = await expect(.accessDenied) { try await fetch("file:\(path)") }
            #expect(error?.hint == "run 'chmod 600' on it")
            #expect(chmod(path, 0o400) == 0)
            #expect(try await fetch("file:\(path)") == [1])
        }
    }

    @Test("a link is followed, and what it leads to is what is checked")
    func links() async throws {
        try await withTemporaryFolder { folder in
            let path = try write([1], in: folder)
            #expect(symlink(path, "\(folder)/link") == 0)
            #expect(try await fetch("file:\(folder)/link") == [1])
            #expect(chmod(path, 0o644) == 0)
            await expect(.accessDenied) { try await fetch("file:\(folder)/link") }
        }
    }

    @Test("a folder, a pipe and a device are refused, without waiting for anybody")
    func notRegular() async throws {
        try await withTemporaryFolder { folder in
            #expect(mkfifo("\(folder)/pipe", 0o600) == 0)
            for path in [folder, "\(folder)/pipe", "/dev/zero"] {
                await expect(.accessDenied) { try await fetch("file:\(path)") }
            }
        }
    }

    @Test("a file that is too large for a secret, or empty, is refused")
    func sizes() async throws {
        try await withTemporaryFolder { folder in
            let large = try write([UInt8](repeating: 7, count: 65_537), in: folder)
            await expect(.accessDenied) { try await fetch("file:\(large)") }
            let limit = try write([UInt8](repeating: 7, count: 65_536), in: folder)
            #expect(try await fetch("file:\(limit)").count == 65_536)
            let empty = try write([], in: folder)
            await expect(.notFound) { try await fetch("file:\(empty)") }
        }
    }

    @Test("a stored secret can be read by its owner only, also when it replaces a wider file")
    func storedMode() async throws {
        try await withTemporaryFolder { folder in
            let path = try write([1], in: folder)
            #expect(chmod(path, 0o666) == 0)
            var bytes: [UInt8] = [2]
            let reference = try Samples.required(SecretReference("file:\(path)"))
            try await FileSecrets().store(Secret(taking: &bytes), as: reference)
            #expect(bytes.isEmpty)
            #expect(try await fetch("file:\(path)") == [2])
        }
    }

    @Test("what cannot be a variable's name is a mistake in the configuration", arguments: ["1KEY", "A-B", "A=B", "É"])
    func names(name: String) async throws {
        let reference = try Samples.required(SecretReference("env:\(name)"))
        await expect(.configuration) { _ = try await EnvironmentSecrets { _ in "x" }.fetch(reference) }
    }

    @Test("the process's own environment is read unless another is given")
    func ownEnvironment() async throws {
        let expected = try Samples.required(ProcessInfo.processInfo.environment["PATH"])
        let reference = try Samples.required(SecretReference("env:PATH"))
        let fetched = try await EnvironmentSecrets().fetch(reference).withBytes { Array($0) }
        #expect(fetched == Array(expected.utf8))
    }

    @discardableResult
    private func fetch(_ reference: String) async throws -> [UInt8] {
        try await FileSecrets().fetch(Samples.required(SecretReference(reference))).withBytes { Array($0) }
    }

    private func write(_ bytes: [UInt8], in folder: String) throws -> String {
        let path = "\(folder)/secret-\(bytes.count)"
        try Data(bytes).write(to: URL(filePath: path))
        try Samples.required(chmod(path, 0o600) == 0 ? () : nil)
        return path
    }
}
