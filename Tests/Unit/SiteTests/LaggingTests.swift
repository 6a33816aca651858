import Foundation
import Model
import SampleSite
import Site
import Testing

@Suite("A region that is behind")
struct LaggingTests {
    private struct Latest: Decodable {
        struct Behind: Decodable {
            let version: String
            let build: Int
            let sha256: ContentDigest
        }
        let version: String
        let build: Int
        let sha256: ContentDigest
        let behind: [String: Behind]
    }

    let fixture = Fixture.believable()

    @Test("is told its own version, build and digest beside the newest")
    func latest() throws {
        let branch = try SiteRendererTests.rendered(fixture)
        let file = try #require(branch.files["api/v1/latest/boto3/python3.13.json"])
        let latest = try JSONDecoder().decode(Latest.self, from: Data(file))
        #expect(latest.version == "1.40.44" && latest.build == 4)
        #expect(Set(latest.behind.keys) == ["ap-southeast-2"])
        let behind = try #require(latest.behind["ap-southeast-2"])
        let state = try #require(fixture.items.first { $0.item.description == "boto3 python3.13" })
        #expect(behind.version == "1.40.31" && behind.build == 3)
        #expect(behind.sha256 == state.build(3)?.artifact?.sha256)
        let other = try #require(branch.text("api/v1/latest/numpy/python3.13.json"))
        #expect(other.contains("\"behind\": {\n}"))
    }

    @Test("says on the layer's page what it still gives, with its size and packages")
    func page() throws {
        let text = try #require(try SiteRendererTests.rendered(fixture).text("layers/boto3.html"))
        #expect(text.contains("ap-southeast-2 is pending:"))
        #expect(text.contains("It gives 1.40.31, build 3."))
        #expect(text.contains("<div class=\"columns\" data-behind=\"ap-southeast-2\">"))
        #expect(text.contains("layer:acme-p313-boto3:3</code> <span class=\"status\">1.40.31</span>"))
        let state = try #require(fixture.items.first { $0.item.description == "boto3 python3.13" })
        for build in [3, 4] {
            #expect(text.contains(try #require(state.build(build)?.artifact?.sha256.hex)))
        }
    }

    @Test("is counted as behind, whether its layer is rendered with the others or alone")
    func coverage() throws {
        struct Coverage: Decodable { let cells, lagging: [String: [String: Int]] }
        var branch = try SiteRendererTests.rendered(fixture)
        func read() throws -> Coverage {
            try JSONDecoder().decode(Coverage.self, from: Data(try #require(branch.files["api/v1/coverage.json"])))
        }
        #expect(try read().lagging["python3.13"] == ["ap-southeast-2": 1])
        #expect(try read().cells["python3.13"]?["ap-southeast-2"] == read().cells["python3.13"]?["us-east-1"])
        #expect(branch.text("coverage.html")?.contains("<span>of 9, 1 behind</span>") == true)

        // The files of a branch that was written before this was counted.
        let former = try #require(branch.text("api/v1/coverage.json"))
        let without = try #require(former.firstRange(of: ",\n\"lagging\"")).lowerBound
        branch.apply([
            FileChange(path: "api/v1/coverage.json", content: .write(Array("\(former[..<without])\n}\n".utf8)))
        ])
        branch.apply(try SiteRenderer(fixture.registry).changes(for: fixture.layers, existing: branch.existing))
        #expect(branch.text("api/v1/coverage.json") == former)

        // The region has caught up.
        var items = fixture.items.filter { $0.item.layer.text == "boto3" }
        for item in items.indices {
            items[item].notes = [:]
            for release in items[item].releases.indices where items[item].releases[release].buildNumber == 3 {
                items[item].releases[release].status = .deprecated
            }
            let newest = try #require(items[item].releases.first { $0.buildNumber == 4 })
            let region = try #require(Region("ap-southeast-2"))
            items[item].releases.append(
                Release(
                    id: .init(account: newest.id.account, region: region, name: newest.id.name, number: 4),
                    item: newest.item, buildNumber: 4,
                    arn: newest.arn.replacing(newest.id.region.code, with: region.code), status: .latest,
                    published: newest.published))
        }
        branch.apply(
            try SiteRenderer(fixture.registry).changes(for: LayerState.grouping(items), existing: branch.existing))
        #expect(try read().lagging.isEmpty)
    }
}
