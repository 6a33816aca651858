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

    @Test("S3 keeps the blob store's contract", arguments: BlobStoreContract.cases)
    func blobs(_ promise: ContractCase<BlobStoreSubject>) async throws {
        let stage = try Stage.common()
        let account = try await stage.account()
        try await withTemporaryFolder { folder in
            try await promise.check(
                BlobStoreSubject(
                    store: try await stage.blobs(account), other: try await stage.blobs(account), folder: folder))
        }
    }

    @Test("DynamoDB keeps the ledger's contract", arguments: LedgerContract.cases)
    func ledger(_ promise: ContractCase<LedgerSubject>) async throws {
        let stage = try Stage.common()
        let account = try await stage.account()
        _ = try await stage.table(account)
        let ledger = try stage.ledger(account)
        try await ledger.check()
        try await promise.check(LedgerSubject(ledger: ledger, other: try stage.ledger(account)))
    }

    @Test("a bucket that is missing, or somebody else's, is told apart from an object that is")
    func foreignBucket() async throws {
        let stage = try Stage.common()
        let (account, other) = (try await stage.account(), try await stage.account())
        let store = try await stage.blobs(account)
        let key = try #require(BlobKey("a"))
        let missing = S3Blobs(
            client: try stage.client(account), bucket: "strata-nowhere", owner: account.account, region: Stage.here)
        let foreign = S3Blobs(
            client: try stage.client(account), bucket: "strata-\(account.account)", owner: other.account,
            region: Stage.here)
        #expect(try await store.get(key) == nil)
        await expect(.notFound) { _ = try await missing.list("", after: nil, limit: 1) }
        await expect(.notFound) { try await missing.put([1], as: key, unlessExists: true) }
        await expect(.accessDenied) { _ = try await foreign.get(key) }
        await expect(.accessDenied) { try await foreign.put([1], as: key, unlessExists: false) }
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
