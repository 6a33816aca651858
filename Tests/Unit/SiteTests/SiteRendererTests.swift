import FoundationEssentials
import Model
import SampleSite
import Site
import Synchronization
import Testing

@Suite("The site")
struct SiteRendererTests {
    static func rendered(_ fixture: Fixture, _ options: SiteOptions = .init()) throws -> Branch {
        var branch = Branch()
        branch.apply(try SiteRenderer(fixture.registry, options: options).changes(for: fixture.layers) { _ in nil })
        return branch
    }

    @Test("knows its own size, and warns of one that is over the budget")
    func size() throws {
        let fixture = Fixture.believable()
        var branch = Branch()
        let size = try SiteRenderer(fixture.registry).render(fixture.layers, existing: { _ in nil }) {
            branch.apply([$0])
        }
        let files = branch.files.filter { $0.key != "api/v1/size.json" }
        #expect(size.files == files.count)
        #expect(size.bytes.bytes == files.values.reduce(0) { $0 + $1.count })
        #expect(try SiteSize(existing: branch.existing) == size)
        #expect(size.warning(budget: size.bytes) == nil)
        #expect(size.warning(budget: ByteCount(size.bytes.bytes - 1))?.contains("more than its budget") == true)
    }

    @Test("written by many threads is what is written by one")
    func concurrently() throws {
        let large = LargeRegistry(count: 70, targets: 2, regions: 3)
        var once = Branch()
        let renderer = SiteRenderer(large.registry, options: .init(klayersAPI: true), shardCapacity: 5)
        let size = try renderer.render(large, existing: { _ in nil }) { once.apply([$0]) }
        let many = Mutex(Branch())
        // In two steps, so that shards are split by the second.
        for layers in [large.prefix(30).map(\.self), large.map(\.self)] {
            let last = try renderer.render(layers, concurrently: { path in many.withLock { $0.existing(path) } }) {
                change in many.withLock { $0.apply([change]) }
            }
            if layers.count == 70 { #expect(last == size) }
        }
        #expect(many.withLock { $0.difference(from: once) } == nil)
    }

    @Test("changes nothing when nothing changed")
    func nothing() throws {
        let fixture = Fixture.believable()
        let branch = try Self.rendered(fixture)
        let renderer = SiteRenderer(fixture.registry)
        #expect(try renderer.changes(for: fixture.layers, existing: branch.existing).map(\.path) == [])
        #expect(try renderer.changes(for: [], existing: branch.existing).map(\.path) == [])
    }

    @Test(
        "a complete render mends what somebody damaged",
        arguments: ["api/v1/index.json", "api/v1/status.json", "api/v1/coverage.json", "api/v1/layers/numpy.json"])
    func mended(_ path: String) throws {
        let fixture = Fixture.believable()
        let good = try Self.rendered(fixture)
        var branch = good
        try #require(good.files[path] != nil)
        branch.apply([FileChange(path: path, content: .write(Array("edited".utf8)))])
        let renderer = SiteRenderer(fixture.registry)
        let changes = try renderer.changes(for: fixture.layers, isComplete: true, existing: branch.existing)
        branch.apply(changes)
        #expect(branch == good)
    }

    @Test("a full render equals incremental ones, whatever their order", arguments: 0..<40 as Range<UInt64>)
    func incremental(_ seed: UInt64) throws {
        var random = RandomState(seed: seed)
        let before = random.items()
        let after = random.changed(before)
        // Shards that are split all the time.
        let renderer = SiteRenderer(
            random.registry, options: .init(klayersAPI: seed % 2 == 0), shardCapacity: 1 + Int(seed % 3))

        var steps = Branch()
        for layer in LayerState.grouping(before).shuffled(using: &random.chance) {
            steps.apply(try renderer.changes(for: [layer], existing: steps.existing))
        }
        for layer in LayerState.grouping(after).shuffled(using: &random.chance) {
            steps.apply(try renderer.changes(for: [layer], existing: steps.existing))
        }
        var once = Branch()
        var shuffled = after.shuffled(using: &random.chance)
        for index in shuffled.indices { shuffled[index].releases.shuffle(using: &random.chance) }
        once.apply(try renderer.changes(for: LayerState.grouping(shuffled), existing: once.existing))
        let difference = steps.difference(from: once)
        #expect(difference == nil, "seed \(seed)")
    }

    /// Not a test of ours: writes the fixture's site where people and browsers can look at it.
    @Test(
        "writes the example site to the folder that the environment names",
        .enabled(if: ProcessInfo.processInfo.environment["STRATA_EXAMPLE_SITE"] != nil))
    func example() throws {
        let folder = try #require(ProcessInfo.processInfo.environment["STRATA_EXAMPLE_SITE"])
        let branch = try Self.rendered(Fixture.believable(), .init(klayersAPI: true))
        for (path, bytes) in branch.files {
            let url = URL(filePath: folder).appending(path: path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(bytes).write(to: url)
        }
        #expect(FileManager.default.fileExists(atPath: "\(folder)/index.html"))
    }
}
