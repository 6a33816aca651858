import AWS
import Contracts
import Foundation
import HTTP
import Model
import Synchronization
import Testing

@Suite("The provider for AWS")
struct ProviderTests {
    private func failure<Value>(_ work: () async throws -> Value) async -> StrataError? {
        do {
            _ = try await work()
            return nil
        } catch { return error as? StrataError }
    }

    @Test("works only in the account that is configured, and only in partitions that are")
    func account() async throws {
        let stage = try Stage.common()
        let account = try await stage.account()
        let home = LambdaLayerProvider.Home(
            partition: .aws, account: "111122223333", client: try stage.client(account))
        let provider = LambdaLayerProvider(homes: [home])
        let error = await failure { try await provider.storage(in: Stage.here) }
        #expect(error?.code == .credentials)
        #expect(error?.message.contains(account.account) == true && error?.message.contains("111122223333") == true)
        #expect(await failure { try await provider.account(in: .china) }?.code == .configuration)
    }

    @Test("hands X-Ray's header on, beside a signature that is good")
    func trace() async throws {
        let stage = try Stage.common()
        let provider = try stage.provider(try await stage.account())
        let trace = "Root=1-5bef4de7-\(UInt64.random(in: 0...UInt64.max));Sampled=1"
        _ = try await TraceHeader.$current.withValue(trace) { try await provider.account(in: .aws) }
        let requests = try await stage.ask("requests", [:], [String: Int].self)
        #expect(requests["traced \(trace)"] == 1)
    }

    @Test("asks the account which regions are enabled")
    func regions() async throws {
        let stage = try Stage.common()
        let regions = try await stage.provider(try await stage.account()).enabledRegions(in: .aws)
        #expect(regions.map(\.code).contains("eu-west-1"))
        #expect(!regions.map(\.code).contains("ap-southeast-7"))
        #expect(regions == regions.sorted())
    }

    @Test("calls a region unsupported that refuses a runtime or an architecture", arguments: ["python3.14", "arm64"])
    func unsupported(value: String) async throws {
        let stage = try Stage.common()
        let region = try #require(Region(value == "arm64" ? "me-central-1" : "il-central-1"))
        _ = try await stage.ask("refuse", ["region": region.code, "value": value])
        let provider = try stage.provider(try await stage.account())
        try await withTemporaryFolder { folder in
            let layer = try await provider.prepare(
                SampleZip.package("x", in: folder, target: "python3.14-arm64"), for: [region, Stage.here])
            #expect(await failure { try await provider.publish(layer, as: "x", in: region) }?.code == .unsupported)
            #expect(try await provider.publish(layer, as: "x", in: Stage.here).architectures == [.arm64])
        }
    }

    @Test("reads anybody's version by its ARN")
    func byARN() async throws {
        let stage = try Stage.common()
        let (owner, reader) = (try await stage.account(), try await stage.account())
        try await withTemporaryFolder { folder in
            let publisher = try stage.provider(owner)
            let layer = try await publisher.prepare(SampleZip.package("x", in: folder), for: [Stage.here])
            let made = try await publisher.publish(layer, as: "acme-x", in: Stage.here)
            let provider = try stage.provider(reader)
            #expect(await failure { try await provider.served(arn: made.arn)?.version }?.code == .accessDenied)
            for grant in Visibility.public.grants { try await publisher.grant(grant, on: made.id) }
            let read = try await provider.served(arn: made.arn)?.version
            #expect(read == made)
            let absent = String(made.arn.dropLast()) + "9"
            #expect(try await publisher.served(arn: absent)?.version == nil)
            #expect(
                await failure { try await provider.served(arn: absent)?.version }?.code == .accessDenied,
                "others do not learn whether it exists")
            for arn in ["", "arn:aws:lambda:eu-west-1:1:function:f:1", made.arn + ":1", made.arn + "x"] {
                #expect(await failure { try await provider.served(arn: arn)?.version }?.code == .invalidRequest)
            }
        }
    }

    @Test("sends a notification to a topic")
    func notification() async throws {
        let stage = try Stage.common()
        let account = try await stage.account()
        let topic = try await stage.ask(
            "topics", ["account": account.account, "region": Stage.here.code, "name": "strata"])["arn"]
        let arn = try #require(topic)
        let notifications = Notifications(client: try stage.client(account))
        try await notifications.publish("31 done & 3 pending\n= ü", subject: "strata\n publish", to: arn)
        let seen = try await stage.ask(
            "messages", ["account": account.account, "arn": arn], [String: [String]].self)
        #expect(seen["messages"] == ["strata publish: 31 done & 3 pending\n= ü"])
        #expect(await failure { try await notifications.publish("", subject: "", to: arn + "x") }?.code == .notFound)
        #expect(await failure { try await notifications.publish("", subject: "", to: "no") }?.code == .configuration)
    }

    @Test("learns AWS's time from its answers")
    func clock() async throws {
        let ahead = Stage(front: try PythonServer("aws_front.py", ["--clock-ahead", "4000"]), http: try HTTPClient())
        let account = try await ahead.account()
        let provider = try ahead.provider(account)
        #expect(try await provider.account(in: .aws) == account.account)
        #expect(try await provider.storage(in: Stage.here).used == ByteCount(0))
    }

    @Test("learns AWS's time for all calls that were refused side by side, after a jump too")
    func clockJumps() async throws {
        let stage = try Stage.common()
        let account = try await stage.account()
        let moved = Mutex(0)
        let chain = CredentialChain(
            [
                CredentialLink("test") { () async throws(StrataError) in
                    Credentials(accessKeyID: account.key, secretAccessKey: account.secret)
                }
            ], now: Stage.now)
        var options = AWSClient.Options()
        options.retrying = Retrying(.never)
        let client = AWSClient(
            http: stage.http, endpoints: Endpoints(environment: ["AWS_ENDPOINT_URL": stage.front.url]),
            credentials: chain, clock: ClockCorrection(now: { Stage.now() + .seconds(moved.withLock { $0 }) }),
            options: options)
        let provider = LambdaLayerProvider(homes: [.init(partition: .aws, client: client)])
        for jump in [0, 31_536_000, -3600] {
            moved.withLock { $0 = jump }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<12 { group.addTask { _ = try await provider.storage(in: Stage.here) } }
                try await group.waitForAll()
            }
        }
    }

    @Test("says that credentials have expired, and asks for new ones before it does")
    func expiry() async throws {
        let stage = try Stage.common()
        let account = try await stage.account()
        let old = Credentials(accessKeyID: "AKIAOLD\(account.account)", secretAccessKey: "s")
        let body = #"{"key":"AKIAOLD\#(account.account)","secret":"s","account":"\#(account.account)","seconds":-5}"#
        _ = try await stage.http.send(
            HTTPRequest(.post, "\(stage.front.url)/front/keys", body: .bytes(Array(body.utf8))))
        let good = Credentials(accessKeyID: account.key, secretAccessKey: account.secret)
        for (answers, succeeds) in [([old, good], true), ([old, old], false)] {
            let queue = Queue(answers)
            let chain = CredentialChain(
                [CredentialLink("test") { () async throws(StrataError) in await queue.next() }], now: Stage.now)
            var options = AWSClient.Options()
            options.retrying = Retrying(.never)
            let client = AWSClient(
                http: stage.http, endpoints: Endpoints(environment: ["AWS_ENDPOINT_URL": stage.front.url]),
                credentials: chain, clock: ClockCorrection(now: Stage.now), options: options)
            let provider = LambdaLayerProvider(homes: [.init(partition: .aws, client: client)])
            let error = await failure { try await provider.account(in: .aws) }
            #expect((error == nil) == succeeds)
            if let error {
                #expect(error.code == .credentials)
                #expect(error.description.contains("expired"))
            }
        }
    }

    @Test("shows a refused signature's reason, and nothing that was signed")
    func wrongSecret() async throws {
        let stage = try Stage.common()
        let account = try await stage.account()
        let sources = try stage.sources([
            "AWS_ACCESS_KEY_ID": account.key, "AWS_SECRET_ACCESS_KEY": "wrong", "AWS_SESSION_TOKEN": "",
        ])
        let provider = LambdaLayerProvider(homes: [.init(partition: .aws, client: stage.client(sources))])
        let error = await failure { try await provider.account(in: .aws) }
        #expect(error?.code == .credentials)
        #expect(error?.message == "the credentials were refused (SignatureDoesNotMatch)")
        #expect(error?.place.requestID != nil)
    }

    private actor Queue {
        private var rest: [Credentials]
        init(_ all: [Credentials]) { rest = all }
        func next() -> Credentials? { rest.isEmpty ? nil : rest.removeFirst() }
    }

    @Suite("with a bucket for large layers")
    struct Staging {
        private let regions = ["eu-west-1", "eu-west-2", "us-east-1"].compactMap { Region($0) }
        private let staging = LambdaLayerProvider.Staging(above: ByteCount(1000)) { "staging-\($0)-\($1)" }

        /// A zip of incompressible bytes.
        private func large(_ size: Int, in folder: String) throws -> LayerPackage {
            var generator = SystemRandomNumberGenerator()
            let words = (0..<size / 8).map { _ in generator.next() as UInt64 }
            let content = words.withUnsafeBytes { Array($0) }
            return try SampleZip.package(bytes: SampleZip.bytes(content), in: folder)
        }

        private func buckets(_ stage: Stage, _ account: Stage.Account) async throws {
            for region in regions {
                _ = try await stage.ask(
                    "buckets",
                    [
                        "account": account.account, "bucket": "staging-\(account.account)-\(region)",
                        "region": region.code,
                    ])
            }
        }

        private func requests(_ stage: Stage, _ account: Stage.Account, _ start: String) async throws -> Int {
            try await stage.ask("requests", [:], [String: Int].self)
                .filter { $0.key.hasPrefix("s3 \(start)") && $0.key.contains(account.account) }.values.reduce(0, +)
        }

        @Test(
            "uploads once, copies to each other region once, and publishes those versions", arguments: [2000, 40 << 20])
        func upload(size: Int) async throws {
            let stage = try Stage.common()
            let account = try await stage.account()
            try await buckets(stage, account)
            let provider = try stage.provider(account, staging: staging)
            try await withTemporaryFolder { folder in
                let package = try large(size, in: folder)
                let layer = try await provider.prepare(package, for: regions)
                try await withThrowingTaskGroup(of: PublishedVersion.self) { group in
                    for region in regions + regions {
                        group.addTask { try await provider.publish(layer, as: "acme-large", in: region) }
                    }
                    for try await version in group { #expect(version.sha256 == package.sha256) }
                }
                let uploads = size > 16 << 20 ? (package.size.bytes + (16 << 20) - 1) / (16 << 20) : 1
                #expect(try await requests(stage, account, "PUT") == uploads + 2, "the parts, and two copies")
                _ = try await provider.prepare(package, for: regions)
                #expect(try await requests(stage, account, "PUT") == uploads + 2, "the same bytes are not sent again")
            }
        }

        @Test("says what is wrong with the bucket")
        func wrong() async throws {
            let stage = try Stage.common()
            let account = try await stage.account()
            try await withTemporaryFolder { folder in
                let package = try large(4000, in: folder)
                func error(_ name: String) async throws -> StrataError? {
                    let staging = LambdaLayerProvider.Staging(above: ByteCount(1000)) { _, _ in name }
                    let provider = try stage.provider(account, staging: staging)
                    do {
                        _ = try await provider.prepare(package, for: regions)
                        return nil
                    } catch { return error }
                }
                let missing = try await error("missing-\(account.account)")
                #expect(missing?.code == .notFound)
                #expect(missing?.place.operation == "s3:PutObject")
                #expect(missing?.hint?.contains("create the bucket") == true)

                let plain = "plain-\(account.account)"
                let body =
                    #"{"account":"\#(account.account)","bucket":"\#(plain)","region":"eu-west-1","versioned":false}"#
                _ = try await stage.http.send(
                    HTTPRequest(.post, "\(stage.front.url)/front/buckets", body: .bytes(Array(body.utf8))))
                #expect(try await error(plain)?.message.contains("keeps no versions") == true)
            }
        }

        @Test("refuses a zip that is not what was built")
        func changed() async throws {
            let stage = try Stage.common()
            let account = try await stage.account()
            try await buckets(stage, account)
            let provider = try stage.provider(account, staging: staging)
            try await withTemporaryFolder { folder in
                for size in [100, 4000] {
                    let package = try large(size, in: folder)
                    let bytes = try Data(contentsOf: URL(filePath: package.path))
                    for changed in [bytes.dropLast(), bytes + [0], Data(bytes.map { ~$0 })] {
                        try Data(changed).write(to: URL(filePath: package.path))
                        do {
                            _ = try await provider.prepare(package, for: regions)
                            Issue.record("a changed zip was prepared")
                        } catch {
                            #expect((error as? StrataError)?.code == .inconsistent)
                        }
                    }
                }
            }
        }
    }
}
