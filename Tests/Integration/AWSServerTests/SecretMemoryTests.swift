import AWS
import Contracts
import Foundation
import Glibc
import HTTP
import Local
import Model
import Testing
import Vault

/// One after the other: what one looks through is copied, and another would find its own text in the copy.
@Suite("A secret's text in memory", .serialized)
struct SecretMemoryTests {
    @Test(
        "is where the secret is kept and nowhere else, and nowhere at all once it has gone",
        arguments: [("secretsmanager:NAME", nil), ("secretsmanager:NAME#key", "key"), ("ssm:/NAME", nil)]
            as [(String, String?)])
    func once(reference: String, member: String?) async throws {
        let stage = try Stage.common()
        let account = try await stage.account()
        let name = "secret-\(account.account)"
        var request = ["account": account.account, "region": Stage.here.code, "name": name]
        request["member"] = member
        let answer = try await stage.ask("secrets", request, [String: String].self)
        let turned = try #require(answer["turned"])
        let needle = try #require(Needle(turned: turned))
        #expect(try needle.occurrences() == 0, "the test itself does not hold it")

        let client = try stage.client(account)
        let store: any SecretStore =
            reference.hasPrefix("ssm:")
            ? ParameterStore(client: client, region: Stage.here)
            : SecretsManagerStore(client: client, region: Stage.here)
        try await fetch(store, try #require(SecretReference(reference.replacing("NAME", with: name)))) {
            let count = try needle.occurrences()
            #expect(count == 1)
        }
        #expect(try needle.occurrences() == 0)
    }

    @Test("of a field in Vault is no different")
    func vault() async throws {
        let server = try PythonServer("vault.py")
        let http = try Stage.common().http
        let body = #"{"path": "secret/key", "field": "private"}"#
        let answer = try await http.send(
            HTTPRequest(.post, "\(server.url)/front/secret", body: .bytes(Array(body.utf8))))
        let turned = try #require(try JSONDecoder().decode([String: String].self, from: Data(answer.body))["turned"])
        let needle = try #require(Needle(turned: turned))
        #expect(try needle.occurrences() == 0)
        let store = VaultSecrets(
            http: http, address: try VaultAddress(server.url),
            login: .token {
                var token = Array("hvs.root-token".utf8)
                return Secret(taking: &token)
            })
        try await fetch(store, try #require(SecretReference("vault:secret/key#private"))) {
            let count = try needle.occurrences()
            #expect(count == 1)
        }
        #expect(try needle.occurrences() == 0)
    }

    @Test(
        "of a file, and of what a program prints, is no different, also when it is stored", arguments: ["file", "cmd"])
    func local(scheme: String) async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/secret"
            let turned = try PythonServer.run("turned_secret.py", [path]).trimmingCharacters(
                in: .whitespacesAndNewlines)
            let needle = try #require(Needle(turned: turned))
            #expect(try needle.occurrences() == 0)
            let store: any SecretStore =
                scheme == "file"
                ? FileSecrets()
                : CommandSecrets(commands: ["cat": ["/bin/cat", "{}"]], environment: [:], folder: folder)
            let reference = try #require(SecretReference(scheme == "file" ? "file:\(path)" : "cmd:cat:\(path)"))
            let copy = try #require(SecretReference("file:\(folder)/copy"))
            let secret = try await store.fetch(reference)
            let held = try needle.occurrences()
            #expect(held == 1)
            try await FileSecrets().store(secret, as: copy)
            let after = try needle.occurrences()
            #expect(after == 1)
            #expect(secret.count == 64)
            try gone(consume secret, needle)
        }
    }

    private func gone(_ secret: consuming Secret, _ needle: Needle) throws {
        do { _ = consume secret }
        #expect(try needle.occurrences() == 0)
    }

    @Test("would be found if it were there")
    func control() throws {
        let text = "control-\(UInt64.random(in: .min ... .max))-\(UInt64.random(in: .min ... .max))"
        let turned = text.utf8.map { $0 ^ 0xFF }.hex
        let needle = try #require(Needle(turned: turned))
        let copies = (0..<3).map { _ in Array(text.utf8) }
        #expect(try needle.occurrences() >= 3)
        #expect(copies.count == 3)
    }

    private func fetch(_ store: any SecretStore, _ reference: SecretReference, _ look: () throws -> Void) async throws {
        let secret = try await store.fetch(reference)
        #expect(secret.count == 64)
        try look()
        #expect(secret.count == 64)
    }
}

/// A text that this process looks for in its own memory, without holding it anywhere else.
private final class Needle {
    private let text: UnsafeMutableRawBufferPointer
    private let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)

    /// - Parameter turned: hexadecimal, every bit turned round.
    init?(turned: String) {
        guard let bytes = [UInt8](hex: turned), !bytes.isEmpty else { return nil }
        text = .allocate(byteCount: bytes.count, alignment: 16)
        for (index, byte) in bytes.enumerated() { text[index] = byte ^ 0xFF }
    }

    deinit {
        text.initializeMemory(as: UInt8.self, repeating: 0)
        text.deallocate()
        chunk.deallocate()
    }

    /// How often the text is in the memory that this process can write.
    func occurrences() throws -> Int {
        let memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC)
        guard memory >= 0 else { throw StrataError(.file, "the process's memory cannot be read") }
        defer { close(memory) }
        var count = 0
        for region in try regions() {
            var start = region.lowerBound
            while start < region.upperBound {
                let wanted = min(chunk.count, Int(region.upperBound - start))
                let read = pread(memory, chunk.baseAddress, wanted, off_t(start))
                guard read > text.count else { break }
                count += found(read, at: start)
                // A text may lie across two pieces.
                start += UInt(read == wanted && start + UInt(read) < region.upperBound ? read - text.count + 1 : read)
            }
        }
        chunk.initializeMemory(as: UInt8.self, repeating: 0)
        return count
    }

    private func found(_ size: Int, at start: UInt) -> Int {
        guard let base = chunk.baseAddress, let own = text.baseAddress else { return 0 }
        let ours = UInt(bitPattern: base)..<UInt(bitPattern: base + chunk.count)
        var count = 0
        var offset = 0
        while offset + text.count <= size,
            let match = memchr(base + offset, Int32(text[0]), size - offset - text.count + 1)
        {
            let distance = UnsafeRawPointer(match) - UnsafeRawPointer(base)
            let address = start + UInt(distance)
            let isWhole = memcmp(match, own, text.count) == 0
            if isWhole, address != UInt(bitPattern: own), !ours.contains(address) { count += 1 }
            offset = distance + 1
        }
        return count
    }

    private func regions() throws -> [Range<UInt>] {
        let maps = try String(contentsOfFile: "/proc/self/maps", encoding: .utf8)
        return maps.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ", maxSplits: 2)
            let ends = words[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
            guard words[1].hasPrefix("rw"), ends.count == 2, !line.hasSuffix("[vvar]") else { return nil }
            return ends[0]..<ends[1]
        }
    }
}
