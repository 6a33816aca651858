import FoundationEssentials
import Model
import Testing

@Suite("The whole way")
struct WholeWayTests {
    private static let configuration = Configuration(
        layers: ["six", "idna", "{ name: pair, requires: [\"charset-normalizer\", certifi] }"],
        targets: ["python3.12", "python3.13", "python3.13-arm64"])

    @Test("from a plan to a pushed registry that tells the truth, on real packages; and then there is nothing to do")
    func wholeWay() async throws {
        let place = try Workplace(Self.configuration)
        let check = try await place.strata("check")
        #expect(check.code == 0, "\(check.error)")

        let plan = try await place.strata("plan", "--exit-code", "--json")
        #expect(plan.code == 4, "\(plan.error)")
        let planned = try JSONDecoder().decode(Actions.self, from: Data(plan.output.utf8))
        #expect(planned.actions.count == 9 + 18)
        let table = try await place.strata("plan", "--markdown")
        #expect(table.code == 0)
        #expect(table.output.contains("| `six` | python3.13-arm64 | – | `1."))
        #expect(try place.files("lambda").isEmpty && place.files("registry.git").isEmpty, "a plan changes nothing")

        let publish = try await place.strata("publish")
        #expect(publish.code == 0, "\(publish.error)")
        #expect(publish.output.contains("Published 18 releases in 2 regions from 9 builds"))
        let commits = try await place.commits()
        try await expectTruth(place)

        let again = try await place.strata("publish")
        #expect(again.code == 0)
        #expect(again.output.contains("Nothing to do"))
        #expect(try await place.commits() == commits)
        #expect(try await place.strata("plan", "--exit-code").code == 0)

        let status = try await place.strata("status")
        #expect(status.code == 0)
        #expect(status.output.contains("9 of 9 published; 0 regions pending."))
    }

    /// The registry passes git's own checks, and every ARN in it is a version with the bytes that the registry names.
    private func expectTruth(_ place: Workplace) async throws {
        try await place.run("git", "-C", "registry.git", "fsck", "--strict", "--full")
        let clone = try await place.clone()
        let rows = try place.rows(of: clone)
        #expect(rows.count == 18)
        #expect(rows.allSatisfy { $0.status == "latest" && $0.expiry.isEmpty })
        let published = try await place.published()
        #expect(published.count == 18)
        var seen: Set<String> = []
        for row in rows {
            // arn:aws:lambda:REGION:ACCOUNT:layer:NAME:NUMBER
            let parts = row.arn.split(separator: ":").map(String.init)
            try #require(parts.count == 8 && parts[3] == row.region, "\(row.arn)")
            let version = "\(parts[3])/\(parts[6])/\(parts[7])"
            seen.insert(version)
            let build = try JSONDecoder().decode(
                BuildFile.self,
                from: Data(try place.bytes("\(clone)/layers/\(row.package)/\(row.target)/1.json")))
            #expect(published[version] == build.sha256, "\(row.arn)")
            #expect(row.version == build.version)
            let policy = try place.text("lambda/regions/\(version)/policy.json")
            #expect(policy.contains("\"*\""), "\(row.arn) is public")
        }
        #expect(seen == Set(published.keys), "everything that is published is listed")
    }

    private struct Actions: Decodable { let actions: [Anything] }
    private struct Anything: Decodable {}
    private struct BuildFile: Decodable {
        let sha256: String
        let version: String
    }

    @Test("what init writes is right as it is")
    func template() async throws {
        let place = try Workplace()
        #expect(try await place.strata("init").code == 0)
        #expect(try await place.strata("check").code == 0)
        let again = try await place.strata("init")
        #expect(again.code == 2)
        #expect(again.errors.count == 1 && again.error.contains("exists already"))
    }

    @Test("a new release goes to every region, and the former one stays with the date of its end")
    func update() async throws {
        try await PackageIndex.run(["alpha": [.init()]]) { index in
            let place = try Workplace(
                Configuration(layers: ["alpha"], targets: ["python3.12"], index: index.simple), hasOwnCache: true)
            #expect(try await place.strata("publish").code == 0)
            try await index.set(["alpha": [.init(), .init(version: "2.0")]])
            let plan = try await place.strata("plan", "--exit-code")
            #expect(plan.code == 4)
            #expect(plan.output.contains("alpha 1.0 → 2.0"))
            #expect(try await place.strata("publish").code == 0)
            let rows = try place.rows(of: try await place.clone())
            #expect(
                Set(rows.map { "\($0.version) \($0.status) \($0.expiry.isEmpty)" }) == [
                    "1.0 deprecated false", "2.0 latest true",
                ])
            #expect(rows.count == 4)
        }
    }

    @Test("what cannot be imported is held, the former release stays; a waiver is published with its reason")
    func held() async throws {
        try await PackageIndex.run(["alpha": [.init()]]) { index in
            var configuration = Configuration(layers: ["alpha"], targets: ["python3.12"], index: index.simple)
            let place = try Workplace(configuration, hasOwnCache: true)
            #expect(try await place.strata("publish").code == 0)
            try await index.set([
                "alpha": [.init(), .init(version: "2.0", files: ["alpha/__init__.py": "import imp\n"])]
            ])
            let held = try await place.strata("publish")
            #expect(
                (held.output + held.error).contains("imports 'imp', which Python no longer has since 3.12"),
                "\(held.output)\(held.error)")
            func latest() async throws -> Set<String> {
                Set(try place.rows(of: try await place.clone()).filter { $0.status == "latest" }.map(\.version))
            }
            #expect(try await latest() == ["1.0"])
            #expect(try await place.published().count == 2)
            configuration.more = "checks: { waive: { missing-module: our functions bring imp } }"
            try place.write("strata.yaml", configuration.text)
            #expect(try await place.strata("publish").code == 0)
            #expect(try await latest() == ["2.0"])
            let build = try place.text("\(try await place.clone())/layers/alpha/python3.12/2.json")
            #expect(build.contains(#""waived":"our functions bring imp""#), "\(build)")
            let explained = try await place.strata("explain", "alpha")
            #expect(explained.output.contains("waived: our functions bring imp"), "\(explained.output)")
        }
    }

    @Test("--only publishes one layer, and --dry-run none")
    func only() async throws {
        try await PackageIndex.run(["alpha": [.init()], "beta": [.init()]]) { index in
            let place = try Workplace(
                Configuration(layers: ["alpha", "beta"], targets: ["python3.12"], index: index.simple),
                hasOwnCache: true)
            let dry = try await place.strata("publish", "--dry-run")
            #expect(dry.code == 0 && dry.output.contains("publish 4 releases"))
            #expect(try place.files("lambda").isEmpty)
            #expect(try await place.strata("publish", "--only", "beta").code == 0)
            #expect(Set(try await place.published().keys) == ["us-east-1/t-p312-beta/1", "eu-west-1/t-p312-beta/1"])
            #expect(try await place.strata("publish").code == 0)
            #expect(try await place.published().count == 4)
        }
    }

    @Test("site renders pages to a folder, and writes only what differs")
    func site() async throws {
        try await PackageIndex.run(["alpha": [.init()]]) { index in
            let place = try Workplace(
                Configuration(layers: ["alpha"], targets: ["python3.12"], index: index.simple), hasOwnCache: true)
            #expect(try await place.strata("publish").code == 0)
            #expect(try await place.strata("site", "--output", "pages").code == 0)
            #expect(try place.text("pages/index.html").contains("alpha"))
            #expect(try await place.strata("site", "--output", "pages").output.contains("is up to date"))
            let clone = try await place.clone("gh-pages")
            let inRepository = try place.files(clone).filter { !$0.hasPrefix(".git/") }
            #expect(try inRepository == place.files("pages"))
            for file in inRepository { #expect(try place.bytes("\(clone)/\(file)") == place.bytes("pages/\(file)")) }
        }
    }
}
