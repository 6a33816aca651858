import FoundationEssentials
import Model
import SampleSite
import Site
import Testing

@Suite("A large site")
struct ScaleTests {
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
