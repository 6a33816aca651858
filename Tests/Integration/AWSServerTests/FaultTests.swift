import AWS
import Contracts
import HTTP
import Model
import Testing

@Suite("When something goes wrong on the way")
struct FaultTests {
    /// A provider behind a proxy that breaks what the rules say, once an ordinary call has gone through.
    private func broken(
        _ rules: String,
        _ check: (_ provider: LambdaLayerProvider, _ direct: LambdaLayerProvider, _ folder: String) async throws -> Void
    ) async throws {
        let stage = try Stage.common()
        let account = try await stage.account()
        let faults = try stage.faults()
        let provider = try stage.provider(account, at: faults.proxy.url, brief: true)
        _ = try await provider.account(in: .aws)
        try await faults.set(rules)
        try await withTemporaryFolder { try await check(provider, try stage.provider(account), $0) }
    }

    private func publish(_ provider: LambdaLayerProvider, _ folder: String) async throws -> PublishedVersion {
        let layer = try await provider.prepare(
            SampleZip.package("x", in: folder, description: "x==1 publication 7f3a"), for: [Stage.here])
        return try await provider.publish(layer, as: "acme-x", in: Stage.here)
    }

    @Test(
        "a publish that took effect is found, not repeated",
        arguments: [
            #"{"operation":"PublishLayerVersion","fault":"drop_answer","times":1}"#,
            #"{"operation":"PublishLayerVersion","fault":"corrupt","times":1}"#,
            #"{"operation":"PublishLayerVersion","fault":"truncate","times":1}"#,
        ])
    func lostAnswer(rules: String) async throws {
        try await broken(rules) { provider, direct, folder in
            let made = try await publish(provider, folder)
            #expect(made.id.number == 1)
            #expect(try await direct.versions(of: "acme-x", in: Stage.here).count == 1)
        }
    }

    @Test(
        "a publish that had no effect fails in doubt, and is not repeated blindly",
        arguments: [
            (#"{"operation":"PublishLayerVersion","fault":"reset"}"#, StrataError.Code.connection),
            (#"{"operation":"PublishLayerVersion","fault":"stall"}"#, .timedOut),
            (#"{"operation":"PublishLayerVersion","fault":"status","status":500}"#, .unavailable),
        ])
    func noEffect(rules: String, code: StrataError.Code) async throws {
        try await broken(rules) { provider, direct, folder in
            let error = await #expect(throws: StrataError.self) { _ = try await publish(provider, folder) }
            #expect(error?.code == code)
            #expect(error?.place.region == Stage.here.code)
            #expect(error?.place.operation == "lambda:PublishLayerVersion")
            let left = try await direct.versions(of: "acme-x", in: Stage.here)
            #expect(left.isEmpty)
        }
    }

    @Test(
        "a throttled publish is repeated, also when the server says how long to wait",
        arguments: [
            #"{"operation":"PublishLayerVersion","fault":"status","status":429,"times":2}"#,
            #"{"operation":"PublishLayerVersion","fault":"status","status":429,"retry_after":7,"times":2}"#,
        ])
    func throttled(rules: String) async throws {
        try await broken(rules) { provider, _, folder in
            let made = try await publish(provider, folder)
            #expect(made.id.number == 1)
        }
    }

    @Test("a server that asks for an hour is not asked again")
    func patience() async throws {
        try await broken(
            #"{"operation":"GetAccountSettings","fault":"status","status":429,"retry_after":3600,"times":1}"#
        ) {
            provider, _, _ in
            let error = await #expect(throws: StrataError.self) { _ = try await provider.storage(in: Stage.here) }
            #expect(error?.code == .throttled)
        }
    }

    @Test(
        "what may be repeated is",
        arguments: [
            #"{"operation":"GetLayerVersion","fault":"reset","times":2}"#,
            #"{"operation":"GetLayerVersion","fault":"truncate","times":2}"#,
            #"{"operation":"GetLayerVersion","fault":"status","status":503,"times":3}"#,
            #"{"operation":"GetLayerVersion","fault":"stall","times":1}"#,
            #"{"operation":"GetLayerVersion","fault":"delay","seconds":0.2,"times":1}"#,
            #"{"operation":"AddLayerVersionPermission","fault":"status","status":500,"times":1}"#,
        ])
    func repeated(rules: String) async throws {
        try await broken(rules) { provider, _, folder in
            let made = try await publish(provider, folder)
            try await provider.grant(Visibility.public.grants[0], on: made.id)
            #expect(try await provider.version(made.id) == made)
        }
    }

    @Test("an answer that stays senseless says where it came from")
    func corrupt() async throws {
        try await broken(#"{"operation":"GetAccountSettings","fault":"corrupt"}"#) { provider, _, _ in
            let error = await #expect(throws: StrataError.self) { _ = try await provider.storage(in: Stage.here) }
            #expect(error?.code == .unavailable)
            #expect(error?.place.operation == "lambda:GetAccountSettings")
            #expect(error?.place.region == Stage.here.code)
            #expect(error?.place.requestID != nil)
        }
    }

    @Test("a public grant that the account's settings block is told as that, and not as a missing right")
    func blockedPublicAccess() async throws {
        try await broken(
            #"{"operation":"AddLayerVersionPermission","fault":"status","status":400,"code":"PublicPolicyException"}"#
        ) { provider, _, folder in
            let made = try await publish(provider, folder)
            let error = await #expect(throws: StrataError.self) {
                try await provider.grant(Visibility.public.grants[0], on: made.id)
            }
            #expect(error?.code == .accessDenied)
            #expect(error?.hint?.contains("block public access") == true, "\(error as Any)")
            #expect(error?.hint?.contains("publish.visibility") == true && error?.hint?.contains("Effect") == false)
        }
    }

    @Test("one broken region costs the others nothing")
    func oneRegion() async throws {
        try await broken(#"{"region":"\#(Stage.there)","fault":"stall"}"#) { provider, _, folder in
            let package = try SampleZip.package("x", in: folder)
            let regions = Array(Region.known.filter { $0.partition == .aws }.prefix(20)) + [Stage.there]
            let layer = try await provider.prepare(package, for: regions)
            let published = await withTaskGroup(of: PublishedVersion?.self) { group in
                for region in Set(regions) {
                    group.addTask { try? await provider.publish(layer, as: "acme-x", in: region) }
                }
                return await group.reduce(into: []) { found, version in found += version.map { [$0] } ?? [] }
            }
            #expect(Set(published.map(\.id.region)) == Set(regions).subtracting([Stage.there]))
            #expect(published.allSatisfy { $0.sha256 == package.sha256 })
        }
    }
}
