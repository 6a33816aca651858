import Model
import Testing

/// What a check of the secret store's contract works on.
public struct SecretStoreSubject: Sendable {
    public let store: any SecretStore
    /// Puts bytes where the store finds them under the reference that is returned, by other means than the store.
    public let seed: @Sendable ([UInt8]) async throws -> SecretReference
    /// A reference of the store's scheme under which there is nothing; a store that can write may make it.
    public let missing: SecretReference
    /// Whether `store` works.
    public let isWritable: Bool
    /// Whether bytes that are no UTF-8 text can be held.
    public let holdsBytes: Bool

    public init(
        store: any SecretStore, seed: @escaping @Sendable ([UInt8]) async throws -> SecretReference,
        missing: SecretReference, isWritable: Bool, holdsBytes: Bool
    ) {
        self.store = store
        self.seed = seed
        self.missing = missing
        self.isWritable = isWritable
        self.holdsBytes = holdsBytes
    }

    package func fetch(_ reference: SecretReference) async throws -> [UInt8] {
        try await store.fetch(reference).withBytes { Array($0) }
    }
}

/// The contract of `SecretStore`, for every implementation.
public enum SecretStoreContract {
    private static let pem = "-----BEGIN KEY-----\r\nAAAA\n-----END KEY-----\n"

    public static let cases: [ContractCase<SecretStoreSubject>] = [
        ContractCase("a secret is fetched byte by byte, with its line ends") { subject in
            var samples = [Array(pem.utf8), Array(" é \u{1f511} ".utf8), [0x41]]
            if subject.holdsBytes { samples.append([0x00, 0xff, 0x0a, 0x80]) }
            for sample in samples {
                let reference = try await subject.seed(sample)
                #expect(reference.scheme == subject.store.scheme)
                #expect(try await subject.fetch(reference) == sample)
            }
        },
        ContractCase("what is not there is not found, and the error names the reference and no secret") { subject in
            let reference = try await subject.seed(Array("hunter2".utf8))
            #expect(try await subject.fetch(reference) == Array("hunter2".utf8))
            let error = await expect(.notFound) { _ = try await subject.fetch(subject.missing) }
            let text = error?.causes.joined(separator: "\n") ?? ""
            #expect(text.contains(subject.missing.name))
            #expect(!text.contains("hunter2"))
        },
        ContractCase("a secret that is stored is fetched, and replaced by the next; a read-only store says so") {
            subject in
            func store(_ text: String) async throws {
                var bytes = Array(text.utf8)
                try await subject.store.store(Secret(taking: &bytes), as: subject.missing)
            }
            guard subject.isWritable else {
                let error = await expect(.unsupported) { try await store("hunter2") }
                #expect(error?.description.contains("hunter2") == false)
                return
            }
            try await store(pem)
            #expect(try await subject.fetch(subject.missing) == Array(pem.utf8))
            try await store("second")
            #expect(try await subject.fetch(subject.missing) == Array("second".utf8))
        },
        ContractCase("a secret is fetched by many at once") { subject in
            let reference = try await subject.seed(Array(pem.utf8))
            try await withThrowingTaskGroup(of: [UInt8].self) { group in
                for _ in 0..<8 { group.addTask { try await subject.fetch(reference) } }
                for try await bytes in group { #expect(bytes == Array(pem.utf8)) }
            }
        },
    ]
}
