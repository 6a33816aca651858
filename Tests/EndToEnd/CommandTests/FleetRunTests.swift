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
        try await FleetPlace.run(layers: layers, regions: Self.regions) { fleet in
            let first = try await fleet.run("first")
            try await fleet.expectPermitted()
            let logs = try await fleet.cloud.logs()
            #expect(first.status == "SUCCEEDED", "\(first) \(logs.suffix(3000))")
            #expect(first.output?.contains(#""status": "done""#) == true, "\(first)")
            try await fleet.expectTruth(layers, in: Self.regions)

            let commits = try await fleet.place.commits()
            let second = try await fleet.run("second")
            #expect(second.status == "SUCCEEDED" && !second.states.contains("Build"), "\(second)")
            #expect(try await fleet.place.commits() == commits)
            try await fleet.expectPermitted()
        }
    }

    @Test("processes that are killed, time out, are throttled or called twice lose nothing and double nothing")
    func injuries() async throws {
        let layers = ["alpha", "beta", "gamma"]
        try await FleetPlace.run(layers: layers, regions: Self.regions, timeout: 15) { fleet in
            try await fleet.cloud.breakFunctions(
                .init(role: "settle", fault: "kill", seconds: 0), .init(role: "resolve", fault: "crash", late: true),
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
        try await FleetPlace.run(layers: layers, regions: Self.regions, timeout: 20) { fleet in
            let cloud = fleet.cloud
            try await cloud.set(
                .init(region: "sa-east-1", operation: "PublishLayerVersion", fault: "status", status: 500))
            let first = try await fleet.runImpatiently("first")
            #expect(first.output?.contains(#""status": "partly""#) == true, "\(first)")
            try await fleet.expectTruth(layers, in: ["eu-west-1", "us-east-1"])
            try await cloud.set()

            // A new version; the process is killed after it has published in one region, and its execution with it.
            try await fleet.index.set(["alpha": [.init(), .init(version: "2.0")]])
            try await cloud.breakFunctions(
                .init(role: "publish", match: "eu-west-1", fault: "crash", times: nil, late: true),
                .init(role: "commit", fault: "hang", times: nil, seconds: 5))
            let dead = try await fleet.start("dead")
            while try await cloud.invocations()["commit", default: 0] < 2 {
                try await Task.sleep(for: .milliseconds(100))
            }
            try await cloud.tell("stop", ["arn": dead])
            try await cloud.breakFunctions()
            try await fleet.endLease()

            let next = try await cloud.end(of: cloud.run(fleet.machine, "next", input: ["prune": true]))
            let logs = try await cloud.logs()
            #expect(next.status == "SUCCEEDED", "\(next) \(logs.suffix(3000))")
            let rows = try fleet.place.rows(of: try await fleet.place.clone())
            #expect(rows.count { $0.status == "latest" && $0.version == "2.0" } == 3, "\(rows)")
            let versions = try await cloud.versions(of: ["t-p312-alpha"], in: Self.regions)
            #expect(versions.map(\.arn).sorted() == rows.map(\.arn).sorted(), "each published once, and listed")
            try await fleet.expectPermitted()
            let p = try await fleet.cloud.permissions()
            for (role, granted) in p.granted.sorted(by: { $0.key < $1.key }) {
                print(role, "UNUSED", Set(granted).subtracting(p.used[role] ?? []).sorted())
            }
        }
    }
}
