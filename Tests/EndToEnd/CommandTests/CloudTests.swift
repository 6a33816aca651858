import FoundationEssentials
import Testing

@Suite("Publishing to AWS")
struct CloudTests {
    /// A workplace with layers of one small wheel each, to be published to all regions.
    private func withWorkplace(
        layers: Int = 1, account: String? = nil, deadline: String = "600s",
        _ body: @Sendable (_ cloud: Cloud, _ place: Workplace, _ layers: [String]) async throws -> Void
    ) async throws {
        let names = (1...layers).map { "alpha\($0)" }
        let catalogue = Dictionary(uniqueKeysWithValues: names.map { ($0, [PackageIndex.Release()]) })
        try await PackageIndex.run(catalogue) { index in
            try await Cloud.run { cloud in
                let place = try Workplace(
                    Configuration(
                        layers: names, targets: ["python3.12"], regions: Cloud.regions, index: index.simple,
                        publish: cloud.publish(account: account, deadline: deadline)), hasOwnCache: true)
                try await body(cloud, place, names)
            }
        }
    }

    /// Every region lists the same, and what is listed is there, once, with the registry's bytes, for everybody.
    private func expectTruth(_ cloud: Cloud, _ place: Workplace, _ layers: [String], in regions: [String]) async throws
    {
        try await place.run("git", "-C", "registry.git", "fsck", "--strict", "--full")
        let clone = try await place.clone()
        let rows = try place.rows(of: clone)
        #expect(Set(rows.map(\.region)) == Set(regions))
        let sets = Dictionary(grouping: rows, by: \.region).mapValues { rows in
            Set(rows.map { "\($0.target) \($0.package) \($0.version) \($0.status)" })
        }
        #expect(sets.values.allSatisfy { $0 == sets.first?.value && $0.count == layers.count })

        let versions = try await cloud.versions(of: layers.map { "t-p312-\($0)" })
        #expect(versions.map(\.arn).sorted() == rows.map(\.arn).sorted(), "each published once, and listed")
        struct BuildFile: Decodable { let sha256: String }
        let digests = try layers.map { layer in
            let file = try place.bytes("\(clone)/layers/\(layer)/python3.12/1.json")
            return ("t-p312-\(layer)", try JSONDecoder().decode(BuildFile.self, from: Data(file)).sha256)
        }
        let expected = Dictionary(uniqueKeysWithValues: digests)
        for version in versions {
            let name = version.arn.split(separator: ":").map(String.init)[6]
            #expect(version.isPublic && version.sha256 == expected[name], "\(version)")
        }
    }

    @Test("reaches all 34 regions with the same set, and then there is nothing to do")
    func everywhere() async throws {
        try await withWorkplace { cloud, place, layers in
            #expect(Cloud.regions.count == 34)
            let outcome = try await place.strata("publish", environment: cloud.environment)
            #expect(outcome.code == 0, "\(outcome.error)")
            #expect(outcome.output.contains("Published 34 releases in 34 regions from 1 build"), "\(outcome.output)")
            try await expectTruth(cloud, place, layers, in: Cloud.regions)

            let commits = try await place.commits()
            let again = try await place.strata("publish", environment: cloud.environment)
            #expect(again.code == 0 && again.output.contains("Nothing to do"), "\(again.error)")
            #expect(try await place.commits() == commits)
            #expect(try await place.strata("plan", "--exit-code", environment: cloud.environment).code == 0)
        }
    }

    @Test("three dead regions hold up nobody, and get what they missed when they return", arguments: [1, 12])
    func deadRegions(count: Int) async throws {
        let dead = ["eu-west-1", "sa-east-1", "us-west-2"]
        let alive = Cloud.regions.filter { !dead.contains($0) }
        // One of them is silent for ever, and the others must not be while that is waited for.
        try await withWorkplace(layers: count, deadline: "30s") { cloud, place, layers in
            try await cloud.set(
                .init(region: dead[0], fault: "reset"), .init(region: dead[1], fault: "stall"),
                .init(region: dead[2], fault: "status", status: 500))
            let first = try await place.strata("publish", environment: cloud.environment)
            #expect(first.code == 3, "\(first.error)")
            #expect(
                first.output.contains("Published \(31 * count) releases in 31 regions")
                    && first.output.contains("Pending \(3 * count) release"), "\(first.output)")
            try await expectTruth(cloud, place, layers, in: alive)
            // Each region is cut off once, however many layers there are: four are in flight, and two more may follow
            // before the third failure.
            let failures = try await cloud.failures()
            #expect((1...4).contains(failures["sa-east-1 PublishLayerVersion", default: 0]), "\(failures)")
            #expect((1...6).contains(failures["us-west-2 PublishLayerVersion", default: 0]), "\(failures)")

            let second = try await place.strata("publish", environment: cloud.environment)
            #expect(second.code == 3, "\(second.error)")
            #expect(!second.output.contains("Published"), "\(second.output)")

            try await cloud.set()
            let third = try await place.strata("publish", environment: cloud.environment)
            #expect(third.code == 0, "\(third.error)")
            #expect(third.output.contains("Published \(3 * count) releases in 3 regions"), "\(third.output)")
            try await expectTruth(cloud, place, layers, in: Cloud.regions)
            #expect(
                try await place.strata("publish", environment: cloud.environment).output.contains("Nothing to do"))
        }
    }

    // MARK: - Credentials

    @Test("credentials of another account than the configured one are refused before anything happens")
    func wrongAccount() async throws {
        try await withWorkplace(account: "999999999999") { cloud, place, _ in
            let outcome = try await place.strata("publish", environment: cloud.environment)
            #expect(outcome.code == 1, "\(outcome.error)")
            #expect(outcome.errors.count == 1, "\(outcome.error)")
            #expect(
                outcome.error.contains("are for account \(cloud.account), and 999999999999 is configured"),
                "\(outcome.error)")
            #expect(try await cloud.versions(of: ["t-p312-alpha1"]).isEmpty)
            // The registry's folder may be there; nothing is in it.
            #expect(try place.files("registry.git").allSatisfy { !$0.hasPrefix("objects/") && !$0.hasPrefix("refs/") })
        }
    }

    @Test("without credentials the links that were asked are named")
    func noCredentials() async throws {
        try await withWorkplace { cloud, place, _ in
            let outcome = try await place.strata("publish", environment: cloud.withoutCredentials)
            #expect(outcome.code == 1, "\(outcome.error)")
            #expect(outcome.errors.count == 1 && outcome.error.contains("no AWS credentials were found"))
            #expect(outcome.error.contains("AWS_ACCESS_KEY_ID"), "\(outcome.error)")
        }
    }

    @Test("expired credentials are called that")
    func expired() async throws {
        try await withWorkplace { cloud, place, _ in
            let outcome = try await place.strata("publish", environment: try await cloud.expiredKey())
            #expect(outcome.code == 1, "\(outcome.error)")
            #expect(outcome.errors.count == 1 && outcome.error.contains("expired"), "\(outcome.error)")
            #expect(outcome.error.contains("renew them"), "\(outcome.error)")
        }
    }

    @Test("a permission that is missing is named, with the statement to add")
    func accessDenied() async throws {
        try await withWorkplace { cloud, place, _ in
            try await cloud.set(
                .init(
                    operation: "PublishLayerVersion", fault: "status", status: 403, code: "AccessDeniedException"))
            let outcome = try await place.strata("publish", environment: cloud.environment)
            #expect(outcome.code == 3, "\(outcome.error)")
            #expect(outcome.output.contains("Pending 34 releases"), "\(outcome.output)")
            #expect(outcome.output.contains(#""Action":"lambda:PublishLayerVersion""#), "\(outcome.output)")
            try await cloud.set(.init(operation: "GetCallerIdentity", fault: "status", status: 403))
            let refused = try await place.strata("publish", environment: cloud.environment)
            #expect(refused.code == 1 && refused.errors.count == 1, "\(refused.error)")
        }
    }

    @Test("doctor tells which link answered, for which account, and no secret")
    func doctor() async throws {
        try await withWorkplace { cloud, place, _ in
            let good = try await place.strata("doctor", environment: cloud.environment)
            #expect(good.code == 0, "\(good.output)")
            #expect(good.output.contains("for account \(cloud.account)"), "\(good.output)")
            #expect(good.output.contains("code storage: fullest is "), "\(good.output)")
            let secret = try #require(cloud.environment["AWS_SECRET_ACCESS_KEY"])
            #expect(!good.output.contains(secret) && !good.error.contains(secret))
            let bad = try await place.strata("doctor", environment: cloud.withoutCredentials)
            #expect(bad.code == 1 && bad.output.contains("no AWS credentials were found"), "\(bad.output)")
        }
    }
}
