import FoundationEssentials
import Testing

/// The deployed fleet from end to end: moto's engine runs the deployed state machine, its tasks are the binary under
/// test behind a Runtime API, with the policies that the template gives each function.
@Suite("A run of the fleet", .serialized)
struct FleetRunTests {
    private static let regions = ["eu-west-1", "sa-east-1", "us-east-1"]

    @Test("publishes everywhere and pushes the registry that a laptop would push; a second run does nothing")
    func wholeRun() async throws {
        let layers = ["alpha", "beta"]
        try await FleetPlace.run(layers: layers, regions: "[\(Self.regions.joined(separator: ", "))]") { fleet in
            let first = try await fleet.run("first")
            try await fleet.expectPermitted()
            let logs = try await fleet.cloud.logs()
            #expect(first.status == "SUCCEEDED", "\(first) \(logs.suffix(3000))")
            #expect(first.output?.contains(#""status": "done""#) == true, "\(first)")
            try await fleet.expectTruth(layers, in: Self.regions)
            // But for dates and times, byte by byte.
            let (here, there) = (try await fleet.registry(), try await laptopRegistry(fleet, layers))
            #expect(here.keys.sorted() == there.keys.sorted())
            for (path, text) in here { #expect(text == there[path], "\(path)") }

            let commits = try await fleet.place.commits()
            let second = try await fleet.run("second")
            #expect(second.status == "SUCCEEDED" && !second.states.contains("Build"), "\(second)")
            #expect(try await fleet.place.commits() == commits)
            try await fleet.expectPermitted()
            try await expectTold(fleet)
        }
    }

    /// The topic heard once what was published; the log holds the numbers of both runs.
    private func expectTold(_ fleet: FleetPlace) async throws {
        let cloud = fleet.cloud
        let told: [String: [String]] = try await Cloud.ask(
            cloud.http, "\(cloud.front)/front/messages",
            ["account": cloud.account, "arn": "arn:aws:sns:us-east-1:\(cloud.account):strata-reports"])
        let messages = try #require(told["messages"])
        #expect(messages.count == 1 && messages[0].contains("2 published"), "\(messages)")
        #expect(messages[0].contains("beta 1.0, build 1, for python3.12 in eu-west-1, sa-east-1, us-east-1"))
        let numbers = try await cloud.logs().split(separator: "\n").filter { $0.contains("CloudWatchMetrics") }
        #expect(numbers.count == 2 && numbers[0].contains(#""strata_releases_published":6"#), "\(numbers)")
    }

    @Test("publishes what is too large for a request through the buckets that 'deploy' has made")
    func staged() async throws {
        let layers = ["alpha", "beta"]
        let regions = "[\(Self.regions.joined(separator: ", "))]"
        try await FleetPlace.run(
            layers: layers, regions: regions, staging: #"{ bucket: "layers-{account}-{region}", above: 1B }"#
        ) { fleet in
            let run = try await fleet.run("first")
            try await fleet.expectPermitted()
            let logs = try await fleet.cloud.logs()
            #expect(run.status == "SUCCEEDED", "\(run) \(logs.suffix(3000))")
            try await fleet.expectTruth(layers, in: Self.regions)
            let publish = try await fleet.cloud.permissions().used["publish"] ?? []
            #expect(publish.contains("s3:GetObjectVersion"), "Lambda has read the layers from S3: \(publish)")
            let staged = try await fleet.cloud.objects().keys.filter { $0.hasPrefix("layers/") }
            #expect(staged.count == 2, "\(staged)")
        }
    }

    @Test("imports layers in Lambda before it publishes them, with rights for that alone, and leaves nothing there")
    func proved() async throws {
        let role = "arn:aws:iam::ACCOUNT:role/strata-probe"
        try await FleetPlace.run(
            layers: ["alpha", "beta"], regions: "[\(Self.regions.joined(separator: ", "))]",
            staging: #"{ bucket: "layers-{account}-{region}", above: 1B }"#,
            more: "checks: { imports: lambda, probe: { region: us-east-1, role: \"\(role)\" } }\n"
        ) { fleet in
            func seen() async throws -> Seen {
                try await Cloud.ask(
                    fleet.cloud.http, "\(fleet.cloud.front)/front/probes", ["account": fleet.cloud.account])
            }
            try await fleet.index.set([
                "alpha": [.init()], "beta": [.init(files: ["beta/__init__.py": "from json import gone\n"])],
            ])
            let run = try await fleet.run("first")
            try await fleet.expectPermitted()
            let logs = try await fleet.cloud.logs()
            #expect(run.status == "SUCCEEDED", "\(run) \(logs.suffix(3000))")
            try await fleet.expectTruth(["alpha"], in: Self.regions)
            #expect(try await fleet.cloud.versions(of: ["t-p312-beta"], in: Self.regions).isEmpty)
            #expect(logs.contains("'beta' of beta 1.0 cannot be imported by Python 3."), "\(logs.suffix(3000))")
            let first = try await seen()
            #expect(first.functions.isEmpty && first.layers.isEmpty, "\(first)")
            #expect(first.done.count { $0.hasPrefix("Invoke ") } == 2, "\(first)")

            // A call that dies in the middle leaves a function; the next execution finds it.
            try await fleet.index.set([
                "alpha": [.init(), .init(version: "2.0")],
                "beta": [.init(version: "1.1", files: ["beta/__init__.py": "from json import loads\n"])],
            ])
            try await fleet.cloud.set(
                .init(region: "us-east-1", operation: "DeleteFunction", fault: "status", status: 400),
                .init(region: "us-east-1", operation: "DeleteLayerVersion", fault: "status", status: 400))
            let second = try await fleet.runImpatiently("second")
            #expect(second.status == "SUCCEEDED", "\(second)")
            #expect(try await seen().functions.count == 2)
            try await fleet.cloud.set()
            let third = try await fleet.runImpatiently("third")
            #expect(third.status == "SUCCEEDED", "\(third)")
            try await fleet.expectPermitted()
            let last = try await seen()
            #expect(last.functions.isEmpty && last.layers.isEmpty, "\(last)")
            // Nobody could ever read what was only tried.
            #expect(last.granted.count == 3 * Self.regions.count, "\(last.granted)")
            #expect(last.granted.allSatisfy { $0.contains(":layer:t-p312-") })
        }
    }

    /// What AWS's stand-in knows of functions that were made for a proof.
    private struct Seen: Decodable {
        let functions: [String]
        let layers: [String]
        let done: [String]
        let granted: [String]
    }

    /// What `strata publish` pushes on a laptop, with the same configuration for the same account of another AWS.
    private func laptopRegistry(_ fleet: FleetPlace, _ layers: [String]) async throws -> [String: String] {
        try await Cloud.run { laptop in
            let account = fleet.cloud.account
            try await laptop.tell("keys", ["key": "AKIA0123456789LAPTOP", "secret": "laptop", "account": account])
            let place = try Workplace(
                Configuration(
                    layers: layers, targets: ["python3.12"], regions: Self.regions, index: fleet.index.simple,
                    publish: laptop.publish(account: account)), hasOwnCache: true)
            let outcome = try await place.strata(
                "publish",
                environment: laptop.environment.merging([
                    "AWS_ACCESS_KEY_ID": "AKIA0123456789LAPTOP", "AWS_SECRET_ACCESS_KEY": "laptop",
                ]) { $1 })
            #expect(outcome.code == 0, "\(outcome.error)")
            return try await place.registryWithoutTimes()
        }
    }

    @Test("processes that are killed, time out, are throttled or called twice lose nothing and double nothing")
    func injuries() async throws {
        let layers = ["alpha", "beta", "gamma"]
        try await FleetPlace.run(layers: layers, regions: "[\(Self.regions.joined(separator: ", "))]") { fleet in
            try await fleet.cloud.breakFunctions(
                .init(role: "prepare", fault: "crash", late: true), .init(role: "recover", fault: "kill", seconds: 0),
                .init(role: "resolve", fault: "crash", late: true),
                .init(role: "plan", fault: "duplicate"), .init(role: "build", match: "alpha", fault: "duplicate"),
                .init(role: "build", match: "beta", fault: "crash", late: true),
                .init(role: "publish", match: "eu-west-1", fault: "crash", times: 2, late: true),
                .init(role: "publish", match: "sa-east-1", fault: "kill", seconds: 0),
                .init(role: "publish", match: "us-east-1", fault: "throttle", times: 3),
                .init(role: "publish", match: "us-east-1", fault: "duplicate"),
                .init(role: "commit", fault: "crash", late: true), .init(role: "finish", fault: "unknown"))
            let execution = try await fleet.runImpatiently("first")
            let logs = try await fleet.cloud.logs()
            #expect(execution.status == "SUCCEEDED", "\(execution) \(logs.suffix(3000))")
            let second = try await fleet.runImpatiently("second")
            #expect(second.status == "SUCCEEDED", "\(second)")
            try await fleet.expectTruth(layers, in: Self.regions)
        }
    }

    @Test("a region that is down, an execution that dies, its successor: and each function may do just what it does")
    func wholeLife() async throws {
        let layers = ["alpha"]
        try await FleetPlace.run(
            layers: layers, regions: "{ all: aws, except: [\(Self.otherRegions.joined(separator: ", "))] }",
            more: "retention: { expire: 0d, keep: 1 }\n"
        ) { fleet in
            let cloud = fleet.cloud
            // One region refuses the layer; in another it is published, and is not public when its time is up.
            try await cloud.set(
                .init(region: "sa-east-1", operation: "PublishLayerVersion", fault: "status", status: 500),
                .init(region: "eu-west-1", operation: "AddLayerVersionPermission", fault: "status", status: 500))
            let first = try await fleet.runImpatiently("first")
            #expect(first.output?.contains(#""status": "partly""#) == true, "\(first)")
            try await fleet.expectTruth(layers, in: ["us-east-1"])
            try await cloud.set()
            let second = try await fleet.runImpatiently("second")
            #expect(second.output?.contains(#""status": "done""#) == true, "\(second)")
            try await fleet.expectTruth(layers, in: Self.regions)
            // What the first sent to the region that failed arrives once more: the next run finds and deletes it.
            try await cloud.tell(
                "repeat", ["account": cloud.account, "region": "eu-west-1", "layer": "t-p312-alpha"])

            // A new version; its execution dies when all is published and nothing is listed.
            try await fleet.index.set(["alpha": [.init(), .init(version: "2.0")]])
            try await cloud.breakFunctions(
                .init(role: "publish", match: "eu-west-1", fault: "crash", times: nil, late: true),
                .init(role: "commit", fault: "hang", times: nil, seconds: 5))
            let before = try await cloud.invocations()["commit", default: 0]
            let dead = try await fleet.start("dead")
            while try await cloud.invocations()["commit", default: 0] == before {
                try await Task.sleep(for: .milliseconds(100))
            }
            try await cloud.tell("stop", ["arn": dead])
            try await cloud.breakFunctions()
            try await fleet.endLease()

            // Its successor lists what it published, and deletes what it replaced.
            let next = try await cloud.end(of: cloud.run(fleet.machine, "next", input: ["prune": true]))
            let logs = try await cloud.logs()
            #expect(next.status == "SUCCEEDED", "\(next) \(logs.suffix(3000))")
            let rows = try fleet.place.rows(of: try await fleet.place.clone())
            #expect(rows.count { $0.status == "latest" && $0.version == "2.0" } == 3, "\(rows)")
            let versions = try await cloud.versions(of: ["t-p312-alpha"], in: Self.regions)
            #expect(versions.map(\.arn).sorted() == rows.map(\.arn).sorted(), "each published once, and listed")
            try await expectLeastPrivilege(fleet)
        }
    }

    /// No function was refused anything, and what a function may do and has not done is known, with the reason.
    private func expectLeastPrivilege(_ fleet: FleetPlace) async throws {
        try await fleet.expectPermitted()
        let permissions = try await fleet.cloud.permissions()
        #expect(permissions.granted.count == 9)
        // Lambda itself writes the logs; S3 looks for ListBucket only where an object is missing.
        // An upload in parts is given up only when one of them fails.
        let byOthers: Set = [
            "logs:CreateLogStream", "logs:PutLogEvents", "s3:ListBucket", "s3:AbortMultipartUpload",
        ]
        // The ledger's writers write by the same five operations and put what is large beside it, as the need arises.
        let writing: Set = [
            "dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem",
            "dynamodb:ConditionCheckItem", "s3:PutObject",
        ]
        let seldom: [String: Set<String>] = [
            "recover": writing, "publish": writing,
            // What is there already is looked at closer, and taken over, where there is anything.
            "build": writing.union([
                "lambda:AddLayerVersionPermission", "lambda:GetLayerVersion", "lambda:GetLayerVersionPolicy",
            ]),
            // Permissions are changed where the configuration has changed.
            "plan": writing.union([
                "lambda:AddLayerVersionPermission", "lambda:GetLayerVersionPolicy",
                "lambda:RemoveLayerVersionPermission",
            ]),
            // The deploy key may be a parameter as well.
            "commit": writing.union(["ssm:GetParameter"]), "prune": writing.union(["ssm:GetParameter"]),
            "resolve": ["dynamodb:GetItem"],
            "prepare": ["dynamodb:Query"],
        ]
        for (role, granted) in permissions.granted {
            let unused = Set(granted).subtracting(permissions.used[role] ?? []).subtracting(byOthers)
                .subtracting(seldom[role] ?? [])
            #expect(unused.isEmpty, "\(role) never does \(unused.sorted())")
        }
    }

    /// All regions that the stand-in has enabled, but for the three.
    private static let otherRegions = [
        "af-south-1", "ap-east-1", "ap-northeast-1", "ap-northeast-2", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
        "ca-central-1", "eu-central-1", "eu-north-1", "eu-west-2", "us-east-2", "us-west-1", "us-west-2",
    ]
}
