import AWS
import Contracts
import Foundation
import HTTP
import Model
import Testing

@Suite("What S3 may answer")
struct BucketTests {
    /// A store and a provider with staging behind a proxy that breaks what the rules say.
    private func broken(
        _ rules: String, _ check: (S3Blobs, LambdaLayerProvider, Stage.Faults, String) async throws -> Void
    ) async throws {
        let stage = try Stage.common()
        let account = try await stage.account()
        for region in [Stage.here, Stage.there] {
            _ = try await stage.ask(
                "buckets",
                ["account": account.account, "bucket": "staging-\(account.account)-\(region)", "region": region.code])
        }
        let faults = try stage.faults()
        let staging = LambdaLayerProvider.Staging(above: ByteCount(-1), nearest: Stage.here) { "staging-\($0)-\($1)" }
        let provider = try stage.provider(account, at: faults.proxy.url, staging: staging)
        let blobs = try await stage.blobs(account, at: faults.proxy.url)
        _ = try await provider.account(in: .aws)
        try await faults.set(rules)
        try await withTemporaryFolder { try await check(blobs, provider, faults, $0) }
    }

    private static func rule(
        _ operation: String, _ status: Int, _ code: String, times: Int? = nil, headers: String = "{}"
    ) -> String {
        #"{"operation":"\#(operation)","fault":"status","status":\#(status),"headers":\#(headers)"#
            + #","body":"<Error><Code>\#(code)</Code><Message>made to fail</Message></Error>""#
            + (times.map { #","times":\#($0)}"# } ?? "}")
    }

    private func large(_ folder: String) throws -> BlobFile {
        let bytes = Array(repeating: UInt8(ascii: "x"), count: 17 << 20)
        try Data(bytes).write(to: URL(filePath: "\(folder)/large"))
        return BlobFile(path: "\(folder)/large", size: ByteCount(bytes.count), sha256: ContentDigest.of(bytes))
    }

    @Test("of two that write an object at once, the one that is told of a conflict writes again, or finds it there")
    func conflict() async throws {
        let key = try #require(BlobKey("once"))
        try await broken(Self.rule("PutObject", 409, "ConditionalRequestConflict", times: 2)) { blobs, _, faults, _ in
            #expect(try await blobs.put([1], as: key, unlessExists: true))
            try await faults.set(Self.rule("PutObject", 409, "ConditionalRequestConflict", times: 1))
            #expect(try await blobs.put([2], as: key, unlessExists: true) == false)
            #expect(try await blobs.get(key) == [1])
        }
    }

    @Test("an upload in parts that met another is begun anew, unless the other has written the object")
    func conflictInParts() async throws {
        let key = try #require(BlobKey("large"))
        let rule = Self.rule("CompleteMultipartUpload", 409, "ConditionalRequestConflict", times: 2)
        try await broken(rule) { blobs, _, faults, folder in
            let file = try large(folder)
            #expect(try await blobs.upload(file, as: key, unlessExists: true))
            #expect(try await blobs.head(key)?.size == file.size)
            // The first look finds nothing: the other's upload is completed meanwhile.
            let missing = #"{"operation":"HeadObject","fault":"status","status":404,"times":1}"#
            try await faults.set(
                "\(missing),\(Self.rule("CompleteMultipartUpload", 409, "ConditionalRequestConflict"))")
            #expect(try await blobs.upload(file, as: key, unlessExists: true) == false)
        }
    }

    @Test("a copy that says 200 and then that it failed is tried again", arguments: ["InternalError", "SlowDown"])
    func lateFailure(code: String) async throws {
        try await broken(Self.rule("CopyObject", 200, code, times: 2)) { _, provider, _, folder in
            let package = try SampleZip.package("x", in: folder)
            let layer = try await provider.prepare(package, for: [Stage.here, Stage.there])
            #expect(try await provider.publish(layer, as: "acme-x", in: Stage.there).sha256 == package.sha256)
        }
    }

    @Test("an upload in parts whose completion says 200 and then that it failed is completed again")
    func lateCompletion() async throws {
        let key = try #require(BlobKey("large"))
        try await broken(Self.rule("CompleteMultipartUpload", 200, "InternalError", times: 2)) { blobs, _, _, folder in
            let isWritten = try await blobs.upload(try large(folder), as: key, unlessExists: false)
            #expect(isWritten)
        }
    }

    @Test("a bucket of another region is named with its region, and not asked again", arguments: [301, 400])
    func elsewhere(status: Int) async throws {
        let key = try #require(BlobKey("a"))
        let rule = Self.rule(
            "HeadObject", status, "PermanentRedirect", headers: #"{"x-amz-bucket-region":"eu-central-1"}"#)
        try await broken(rule) { blobs, _, faults, _ in
            let error = await expect(.configuration) { _ = try await blobs.head(key) }
            #expect(error?.message.contains("is in eu-central-1, not in \(Stage.here)") == true, "\(error as Any)")
            #expect(error?.message.contains("the bucket 'strata-") == true)
            let counts = try await faults.counts()
            #expect(counts == ["\(Stage.here) HeadObject": 1])
        }
    }

    @Test("what is over in a moment is tried again, though its status says that it is not")
    func passing() async throws {
        let key = try #require(BlobKey("a"))
        try await broken(Self.rule("PutObject", 400, "RequestTimeout", times: 2)) { blobs, provider, faults, _ in
            #expect(try await blobs.put([1], as: key, unlessExists: false))
            for code in ["RequestThrottled", "RequestThrottledException", "PriorRequestNotComplete"] {
                try await faults.set(
                    #"{"operation":"GetAccountSettings","fault":"status","status":400,"code":"\#(code)","times":2}"#)
                _ = try await provider.storage(in: Stage.here)
            }
        }
    }

    @Test("the provider of an identity that cannot be reached, and a parameter that others write, are asked again")
    func passingElsewhere() async throws {
        let stage = try Stage.common()
        let account = try await stage.account()
        let faults = try stage.faults()
        try await withTemporaryFolder { folder in
            try Data("good".utf8).write(to: URL(filePath: "\(folder)/token"))
            let sources = try stage.sources([
                "AWS_ENDPOINT_URL": faults.proxy.url, "AWS_ROLE_ARN": "arn:aws:iam::555566667777:role/ci",
                "AWS_WEB_IDENTITY_TOKEN_FILE": "\(folder)/token",
            ])
            try await faults.set(Self.rule("AssumeRoleWithWebIdentity", 400, "IDPCommunicationError", times: 1))
            #expect(try await sources.chain.origin().link == "web identity")
        }
        let store = ParameterStore(client: try stage.client(account, at: faults.proxy.url), region: Stage.here)
        try await faults.set(
            #"{"operation":"PutParameter","fault":"status","status":400,"code":"TooManyUpdates","times":2}"#)
        var bytes = Array("v".utf8)
        try await store.store(Secret(taking: &bytes), as: try #require(SecretReference("ssm:/busy")))
    }

    @Test("a quota that is used up is advised about only where that helps")
    func quotas() async throws {
        try await broken("") { _, provider, faults, _ in
            for (code, prunes) in [("CodeStorageExceededException", true), ("LimitExceededException", false)] {
                try await faults.set(
                    #"{"operation":"GetAccountSettings","fault":"status","status":400,"code":"\#(code)"}"#)
                let error = await expect(.quota) { _ = try await provider.storage(in: Stage.here) }
                #expect(error?.hint?.contains("strata prune") == prunes, "\(error as Any)")
            }
        }
    }

    @Test("a region whose bucket is missing costs the others nothing")
    func otherRegion() async throws {
        let stage = try Stage.common()
        let account = try await stage.account()
        _ = try await stage.ask(
            "buckets",
            [
                "account": account.account, "bucket": "staging-\(account.account)-\(Stage.there)",
                "region": Stage.there.code,
            ])
        let staging = LambdaLayerProvider.Staging(above: ByteCount(-1), nearest: Stage.here) { "staging-\($0)-\($1)" }
        let provider = try stage.provider(account, staging: staging)
        try await withTemporaryFolder { folder in
            let package = try SampleZip.package("x", in: folder)
            let layer = try await provider.prepare(package, for: [Stage.here, Stage.there])
            #expect(try await provider.publish(layer, as: "acme-x", in: Stage.there).sha256 == package.sha256)
            await expect(.notFound) { _ = try await provider.publish(layer, as: "acme-x", in: Stage.here) }
        }
    }

    @Suite("with the rights that the documentation names")
    struct Rights {
        /// What `docs/security.md` asks for, on an account's staging buckets.
        private static func statements(_ account: String, without missing: String = "") -> String {
            let objects = ["GetObject", "GetObjectVersion", "PutObject", "AbortMultipartUpload"]
                .map { "s3:\($0)" }.filter { $0 != missing }
            let list = missing == "s3:ListBucket" ? "s3:GetBucketLocation" : "s3:ListBucket"
            return """
                [{"Effect":"Allow","Action":\(objects),"Resource":"arn:aws:s3:::staging-\(account)-*/*"},
                 {"Effect":"Allow","Action":"\(list)","Resource":"arn:aws:s3:::staging-\(account)-*"},
                 {"Effect":"Allow","Action":"lambda:*","Resource":"*"}]
                """
        }

        private func publish(without missing: String = "") async throws -> StrataError? {
            let stage = try Stage.common()
            let account = try await stage.account()
            for region in [Stage.here, Stage.there] {
                _ = try await stage.ask(
                    "buckets",
                    [
                        "account": account.account, "bucket": "staging-\(account.account)-\(region)",
                        "region": region.code,
                    ])
            }
            let body =
                #"{"key":"\#(account.key)","statements":\#(Self.statements(account.account, without: missing))}"#
            _ = try await stage.http.send(
                HTTPRequest(.post, "\(stage.front.url)/front/permit", body: .bytes(Array(body.utf8))))
            let staging = LambdaLayerProvider.Staging(above: ByteCount(-1), nearest: Stage.here) {
                "staging-\($0)-\($1)"
            }
            let provider = try stage.provider(account, staging: staging)
            return try await withTemporaryFolder { folder in
                do {
                    let package = try SampleZip.package("x", in: folder)
                    let layer = try await provider.prepare(package, for: [Stage.here, Stage.there])
                    for region in [Stage.here, Stage.there] {
                        #expect(
                            try await provider.publish(layer, as: "acme-x", in: region).sha256 == package.sha256)
                    }
                    return nil
                } catch { return error as? StrataError }
            }
        }

        @Test("a layer goes through S3")
        func enough() async throws {
            #expect(try await publish() == nil)
        }

        @Test(
            "a right that is missing is named with the bucket and the statement to add",
            arguments: ["s3:ListBucket", "s3:GetObjectVersion", "s3:PutObject"])
        func missing(action: String) async throws {
            let error = try #require(try await publish(without: action))
            #expect(error.code == .accessDenied)
            #expect(error.hint?.contains(#""Action":"\#(action)""#) == true, "\(error)")
            #expect("\(error)".contains("staging-"), "\(error)")
        }
    }
}
