import Foundation
import Model
import SampleSite
import Site
import Testing

@Suite("What is not to be used any more")
struct WithdrawalTests {
    private struct Row: Decodable {
        struct Replacement: Decodable {
            let build: Int
            let version: String
        }
        let layer, target, version: String
        let build: Int
        let published: Timestamp
        let event, reason: String?
        let expires: Timestamp?
        let replacement: Replacement?
    }

    let fixture = Fixture.believable()

    private func rows(_ branch: Branch) throws -> [Row] {
        try branch.files.keys.filter { $0.hasPrefix("api/v1/changes/2") }.flatMap { path in
            try JSONDecoder().decode([Row].self, from: Data(try #require(branch.files[path])))
        }
    }

    @Test("is an event like a publication, with its reason and what to take, on the day when it was told")
    func events() throws {
        let rows = try rows(try SiteRendererTests.rendered(fixture))
        let yanked = try #require(rows.first { $0.event == "yanked" && $0.target == "python3.13" })
        #expect(yanked.layer == "cryptography" && yanked.version == "45.0.7")
        #expect(yanked.reason?.contains("CVE-2026-9230") == true && yanked.expires == nil)
        #expect(yanked.replacement?.version == "46.0.1" && yanked.replacement?.build == 2)
        let ended = rows.filter { $0.layer == "numpy" && $0.target == "python3.13" && $0.event != nil }
        #expect(ended.map(\.version) == ["2.3.2"] && ended.map(\.event) == ["deprecated"])
        #expect(ended.first?.replacement?.version == "2.3.3" && ended.first?.expires != nil)
        // As the first format has them.
        #expect(rows.filter { $0.layer == "requests" }.allSatisfy { $0.event == nil })
    }

    @Test("is told in the feeds, at home and on the status page, with a link to the build")
    func everywhere() throws {
        let branch = try SiteRendererTests.rendered(fixture)
        for path in ["feed.xml", "layers/cryptography.xml"] {
            let feed = try #require(branch.text(path))
            #expect(feed.contains("<title>cryptography 45.0.7 for python3.13 yanked</title>"), "\(path)")
            #expect(feed.contains("layers/cryptography.html#python3.13-1\"/>"), "\(path)")
            let ids = feed.components(separatedBy: "<id>").dropFirst().map { $0.prefix { $0 != "<" } }
            #expect(Set(ids).count == ids.count, "\(path)")
        }
        let status = try #require(branch.text("status.html"))
        #expect(status.contains("45.0.7, which 46.0.1 replaces:"))
        #expect(status.contains("Lately deprecated, retired or yanked"))
        // It is not missing.
        #expect(status.contains("4 things missing"))
        let file = try #require(branch.text("api/v1/status.json"))
        #expect(file.contains("\"kind\":\"yanked\"") && file.contains("\"replacement\":\"46.0.1\""))
        #expect(branch.text("layers/cryptography.html")?.contains("46.0.1 replaces it") == true)
    }

    @Test("is told at home with what replaced it, once; a yank and a retirement stand alone")
    func home() throws {
        var fixture = fixture
        let retired = try #require(LayerName("numpy"))
        let now = Fixture.start + .seconds(300 * 86_400)
        for item in fixture.items.indices where fixture.items[item].item.layer == retired {
            for release in fixture.items[item].releases.indices
            where fixture.items[item].releases[release].status == .latest {
                fixture.items[item].releases[release].status = .deprecated
                fixture.items[item].releases[release].expires = now + .seconds(365 * 86_400)
                fixture.items[item].releases[release].announced = now
            }
        }
        let branch = try SiteRendererTests.rendered(fixture)
        let home = try #require(branch.text("index.html"))
        #expect(home.contains("retired: nothing replaces it; it stays until"))
        #expect(home.contains("; 1.40.31 stays until") || home.contains("; 2.3.2 stays until"))
        #expect(!home.contains("deprecated: 2.3.3 replaces it"))
        let page = try #require(branch.text("layers/numpy.html"))
        #expect(page.contains("Nothing to take: 2.3.3, build 2, was"))
        #expect(try rows(branch).contains { $0.event == "retired" && $0.version == "2.3.3" && $0.replacement == nil })
    }
}

@Suite("An ARN")
struct ArnLookupTests {
    @Test("is found by one small file, whose name is the hash of the layer's name in Lambda")
    func index() throws {
        // https://datatracker.ietf.org/doc/html/draft-eastlake-fnv: the hash of "a" is e40c292c.
        #expect(NameIndex.shard(of: "a") == "20")
        var fixture = Fixture.believable()
        var branch = try SiteRendererTests.rendered(fixture)
        let name = "acme-p313-requests"
        let path = "data/arns/\(NameIndex.shard(of: name)).js"
        #expect(branch.text(path)?.contains("[\"requests\",[\"\(name)\"]]") == true)
        #expect(branch.text("data/arns.js")?.contains("\"\(NameIndex.shard(of: name))\"") == true)

        // A name that is given up, as a candidate's that was never listed, leaves the file.
        for item in fixture.items.indices where fixture.items[item].item.layer.text == "requests" {
            fixture.items[item].releases = []
        }
        let layer = try #require(fixture.layers.first { $0.layer.text == "requests" })
        branch.apply(try SiteRenderer(fixture.registry).changes(for: [layer], existing: branch.existing))
        #expect(branch.text(path)?.contains(name) != true)
    }

    @Test("stands on every row of the versions that is not deleted")
    func rows() throws {
        let text = try #require(try SiteRendererTests.rendered(Fixture.believable()).text("layers/requests.html"))
        for number in 1...4 {
            #expect(text.contains("<tr id=\"python3.13-\(number)\""))
            #expect(
                text.contains(
                    "<code data-pattern>arn:aws:lambda:REGION:123456789012:layer:acme-p313-requests:\(number)</code>"))
        }
    }
}
