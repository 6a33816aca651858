import FoundationEssentials
import Model
import SampleSite
import Site
import Testing

@Suite("A large site")
struct ScaleTests {
    @Test("has tables that are never long, in which a layer is found by the longest shard that its name begins with")
    func shards() throws {
        let large = LargeRegistry(count: 600, targets: 1, regions: 1)
        let capacity = 9
        var branch = Branch()
        try SiteRenderer(large.registry, shardCapacity: capacity).render(large, existing: { _ in nil }) {
            branch.apply([$0])
        }
        struct Index: Decodable { let shards: [String] }
        struct Row: Decodable { let layer: String }
        func decode<Value: Decodable>(_ type: Value.Type, _ path: String) throws -> Value {
            try JSONDecoder().decode(type, from: Data(try #require(branch.files[path], "\(path)")))
        }
        let shards = try decode(Index.self, "api/v1/index.json").shards
        let place = "api/v1/regions/\(large.registry.regions[0])/\(large.registry.targets[0])"
        var found: [String] = []
        for shard in shards {
            for row in try decode([Row].self, "\(place)/\(shard).json") {
                #expect(shards.filter { row.layer.hasPrefix($0) }.max { $0.count < $1.count } == shard)
                found.append(row.layer)
            }
            #expect(try decode([Row].self, "\(place)/\(shard).json").count <= capacity, "\(shard)")
            #expect(try decode([Row].self, "api/v1/shards/\(shard).json").count <= capacity, "\(shard)")
            #expect(branch.files["api/v1/numbers/\(large.registry.targets[0])/\(shard).json"] != nil, "\(shard)")
        }
        // What a browser loads for the first page.
        let first = ["index.html", "assets/strata.css", "assets/strata.js", "assets/icon.svg"]
        #expect(first.reduce(0) { $0 + (branch.files[$1]?.count ?? 0) } < 100_000)
        #expect(found.sorted() == large.map(\.layer.text).sorted())
        #expect(branch.files.keys.filter { $0.hasPrefix(place) && $0.hasSuffix(".json") }.count == shards.count)
    }

    @Test("a change of one layer reads and writes little, whatever the registry's size")
    func locality() throws {
        var sizes: [(read: Int, written: Int, files: Int)] = []
        for count in [52, 520] {
            let large = LargeRegistry(count: count, targets: 2, regions: 2)
            var branch = Branch()
            let renderer = SiteRenderer(large.registry)
            try renderer.render(large, existing: { _ in nil }) { branch.apply([$0]) }
            var read = 0
            let layer = try #require(large.layer(7, builds: 3))
            let changes = try renderer.changes(for: [layer]) { path in
                let file = branch.existing(path)
                read += file?.count ?? 0
                return file
            }
            sizes.append((read, changes.reduce(0) { $0 + $1.size.bytes }, changes.count))
        }
        // Ten times the layers: the shards of one letter grow, and nothing else does.
        #expect(sizes[1].files <= sizes[0].files + 2)
        #expect(sizes[1].written < sizes[0].written * 4)
        #expect(sizes[1].read < sizes[0].read * 4)
    }
}
