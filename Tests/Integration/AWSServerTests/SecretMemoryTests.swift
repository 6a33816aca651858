import AWS
import Contracts
import Foundation
import Model
import Testing

@Suite("A secret's text in memory")
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
        let needle = try #require(Needle(turned: [UInt8](hex: turned) ?? []))
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

    @Test("would be found if it were there")
    func control() throws {
        let text = "control-\(UInt64.random(in: .min ... .max))-\(UInt64.random(in: .min ... .max))"
        let turned = text.utf8.map { $0 ^ 0xFF }.hex
        let needle = try #require(Needle(turned: [UInt8](hex: turned) ?? []))
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
