import AWS
import Contracts
import Foundation
import Model
import Testing

@Suite("Against AWS's stand-in")
struct ContractTests {
    @Test("Lambda keeps the layer provider's contract", arguments: LayerProviderContract.cases)
    func provider(_ promise: ContractCase<LayerProviderSubject>) async throws {
        let stage = try Stage.common()
        let account = try await stage.account()
        try await withTemporaryFolder { folder in
            try await promise.check(
                LayerProviderSubject(
                    provider: try stage.provider(account), other: try stage.provider(account), folder: folder,
                    here: Stage.here, there: Stage.there))
        }
    }

    @Test("Lambda keeps it with layers that go through S3", arguments: LayerProviderContract.cases)
    func staged(_ promise: ContractCase<LayerProviderSubject>) async throws {
        let stage = try Stage.common()
        let account = try await stage.account()
        for region in [Stage.here, Stage.there] {
            _ = try await stage.ask(
                "buckets",
                ["account": account.account, "bucket": "staging-\(account.account)-\(region)", "region": region.code])
        }
        let staging = LambdaLayerProvider.Staging(above: ByteCount(-1)) { "staging-\($0)-\($1)" }
        try await withTemporaryFolder { folder in
            try await promise.check(
                LayerProviderSubject(
                    provider: try stage.provider(account, staging: staging),
                    other: try stage.provider(account, staging: staging), folder: folder, here: Stage.here,
                    there: Stage.there))
        }
    }

    @Test("Secrets Manager keeps the secret store's contract", arguments: SecretStoreContract.cases)
    func secretsManager(_ promise: ContractCase<SecretStoreSubject>) async throws {
        let stage = try Stage.common()
        let store = SecretsManagerStore(client: try stage.client(try await stage.account()), region: Stage.here)
        try await promise.check(
            SecretStoreSubject(
                store: store, seed: { try await seed($0, store, "secretsmanager:strata/\(UUID())") },
                missing: try reference("secretsmanager:missing"), isWritable: true, holdsBytes: true))
    }

    @Test("the parameter store keeps the secret store's contract", arguments: SecretStoreContract.cases)
    func parameters(_ promise: ContractCase<SecretStoreSubject>) async throws {
        let stage = try Stage.common()
        let store = ParameterStore(client: try stage.client(try await stage.account()), region: Stage.here)
        try await promise.check(
            SecretStoreSubject(
                store: store, seed: { try await seed($0, store, "ssm:/strata/\(UUID())") },
                missing: try reference("ssm:/missing"), isWritable: true, holdsBytes: false))
    }

    @Test("a member of a JSON secret, and a version, can be named")
    func field() async throws {
        let stage = try Stage.common()
        let store = SecretsManagerStore(client: try stage.client(try await stage.account()), region: Stage.here)
        _ = try await seed(Array(#"{"key":"one","n":1}"#.utf8), store, "secretsmanager:json")
        _ = try await seed(Array(#"{"key":"two","n":1}"#.utf8), store, "secretsmanager:json")
        func fetch(_ text: String) async throws -> String {
            try await store.fetch(try reference(text)).withBytes { String(decoding: $0, as: UTF8.self) }
        }
        #expect(try await fetch("secretsmanager:json#key") == "two")
        #expect(try await fetch("secretsmanager:json#key@AWSPREVIOUS") == "one")
        for missing in ["json#n", "json#other"] {
            let error = await #expect(throws: StrataError.self) { _ = try await fetch("secretsmanager:\(missing)") }
            #expect(error?.code == .notFound)
            #expect(error?.causes.joined().contains("two") == false)
        }
    }

    private func reference(_ text: String) throws -> SecretReference { try #require(SecretReference(text)) }

    private func seed(_ bytes: [UInt8], _ store: any SecretStore, _ text: String) async throws -> SecretReference {
        let reference = try reference(text)
        var bytes = bytes
        try await store.store(Secret(taking: &bytes), as: reference)
        return reference
    }
}
