import Foundation
import Model
import SampleSite
import Site
import Testing

@Suite("The search index")
struct SearchIndexTests {
    /// What a script of ours is called with.
    private func data(_ path: String, _ branch: Branch) throws -> [[Any]] {
        let text = try #require(branch.text(path), "\(path)")
        let list =
            try #require(text.range(of: "["))
            .lowerBound..<(try #require(text.range(of: "]", options: .backwards)).upperBound)
        return try #require(try JSONSerialization.jsonObject(with: Data(text[list].utf8)) as? [[Any]])
    }

    @Test("is one file in a small registry, and tells size, date, runtimes and what lags")
    func small() throws {
        let branch = try SiteRendererTests.rendered(Fixture.believable())
        #expect(branch.text("data/find.js") == "strata.shards = [[\"\",9]];\n")
        let rows = try data("data/find/~.js", branch)
        let boto = try #require(rows.first { $0[0] as? String == "boto3" })
        #expect(boto[1] as? String == "1.40.44")
        #expect(boto[4] as? String == "2026-11-26")
        #expect(boto[5] as? String == "3.13 3.13a 3.12")
        #expect((boto[6] as? [String])?.prefix(2) == ["botocore", "1.40.44"])
        let others = try #require(boto[7] as? String)
        #expect(others.contains("\"python3.13\":{\"ap-southeast-2\":\"1.40.31\"}"))
        #expect(rows.first { $0[0] as? String == "requests" }?.count == 7)
    }

    @Test("of a large registry gives a query's first answer from one small file")
    func large() throws {
        let large = LargeRegistry(count: 1000, targets: 1, regions: 1)
        var branch = Branch()
        try SiteRenderer(large.registry).render(large, existing: { _ in nil }) { branch.apply([$0]) }
        let shards = try data("data/find.js", branch)
        var found = 0
        for shard in shards {
            let name = try #require(shard[0] as? String)
            let rows = try data("data/find/\(name).js", branch)
            #expect(rows.count == shard[1] as? Int && rows.count <= 200)
            #expect(
                rows.allSatisfy { ($0[0] as? String)?.lowercased().replacing("_", with: "-").hasPrefix(name) == true })
            #expect((branch.files["data/find/\(name).js"]?.count ?? .max) < 75_000)
            #expect(branch.files["browse/\(name).html"] != nil)
            found += rows.count
        }
        #expect(found == 1000)
        let featured = try #require(large.layer(999))
        let options = SiteOptions(featured: [featured.layer] + ["nobody"].compactMap { LayerName($0) })
        branch.apply(try SiteRenderer(large.registry, options: options).changes(for: [], existing: branch.existing))
        let home = try #require(branch.text("index.html"))
        #expect(home.contains("Featured, and published lately"))
        // What a search begins with is loaded along with the page, not one after the other when somebody types.
        for path in ["data/find.js", "data/words.js"] {
            #expect(home.contains("<link rel=\"preload\" href=\"\(path)\" as=\"script\">"))
            #expect(branch.files[path] != nil)
        }
        #expect(home.components(separatedBy: "data-layer=\"\(featured.layer)\"").count == 2)
        #expect(branch.text("api/v1/layers.txt")?.split(separator: "\n").count == 1000)
        #expect((branch.files["index.html"]?.count ?? .max) < 40_000)
    }

    @Test("finds a package by each part of its name, and the layers that hold it")
    func contents() throws {
        let branch = try SiteRendererTests.rendered(Fixture.believable())
        let words = try data("data/words/d.js", branch)
        #expect(
            words.contains {
                $0[0] as? String == "dateutil" && $0[1] as? String == "python-dateutil" && $0[3] as? Int == 2
            })
        let shard = NameIndex.shard(of: "python-dateutil")
        let holders = try data("data/inside/\(shard).js", branch)
        #expect(holders.compactMap { $0[0] as? String } == ["boto3", "pandas"])
        #expect(holders.first?.contains { $0 as? String == "2.9.0.post0" } == true)
    }

    @Test("forgets what a layer does not hold any more, and what the first index had")
    func changed() throws {
        var fixture = Fixture.believable()
        var branch = try SiteRendererTests.rendered(fixture)
        branch.apply([
            FileChange(path: "data/search.js", content: .write(Array("strata.shards = [\"n\"];\n".utf8))),
            FileChange(path: "data/search/n.js", content: .write(Array("strata.shard([\n[]\n]);\n".utf8))),
            FileChange(path: "browse/n.html", content: .write([])),
        ])
        fixture.items.removeAll { $0.item.layer.text != "pandas" }
        fixture.items = fixture.items.map { item in
            var item = item
            item.builds = item.builds.map { build in
                Build(
                    buildNumber: build.buildNumber, item: build.item, version: build.version, artifact: build.artifact,
                    requirements: build.requirements, packages: build.packages.filter { $0.name.text == "pandas" },
                    created: build.created)
            }
            return item
        }
        branch.apply(try SiteRenderer(fixture.registry).changes(for: fixture.layers, existing: branch.existing))
        #expect(branch.files["data/search.js"] == nil && branch.files["data/search/n.js"] == nil)
        #expect(branch.files["browse/n.html"] == nil)
        #expect(branch.text("data/words/p.js")?.contains("[\"pytz\"") == false)
        let shard = NameIndex.shard(of: "python-dateutil")
        #expect(try data("data/inside/\(shard).js", branch).compactMap { $0[0] as? String } == ["boto3"])
    }
}
