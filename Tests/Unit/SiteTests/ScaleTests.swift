import FoundationEssentials
import Model
import Site
import Testing

/// A registry of any size, made layer by layer, so that only the renderer's memory is measured.
struct LargeRegistry: Sequence {
    let count: Int
    let registry: RegistryInput

    init(count: Int, targets: Int = 6, regions: Int = 34) {
        self.count = count
        let python = ["python3.11", "python3.12", "python3.13"].flatMap { [$0, $0 + "-arm64"] }
        registry = RegistryInput(
            description: .init(name: "Large", url: "https://large.example.invalid/layers"),
            regions: Array(Region.known.filter { $0.partition == .aws }.prefix(regions)),
            targets: python.prefix(targets).compactMap { Target($0) }, retention: .init(),
            accounts: [.aws: "123456789012"])
    }

    func layer(_ index: Int, builds: Int = 2) -> LayerState? {
        let letters = "abcdefghijklmnopqrstuvwxyz".map(String.init)
        let base = Fixture.recipes[index % Fixture.recipes.count]
        let recipe = Fixture.Recipe(
            name: "\(letters[index % 26])\(base.name)-\(index)", requires: base.requires,
            versions: Array((0..<builds).map { "1.\($0).\(index)" }), license: base.license, summary: base.summary,
            megabytes: base.megabytes, with: base.with)
        guard let name = LayerName(recipe.name) else { return nil }
        return LayerState(
            layer: name,
            items: registry.targets.compactMap { Fixture.state(of: recipe, index % 200, for: $0, in: registry.regions) }
        )
    }

    func makeIterator() -> AnyIterator<LayerState> {
        var index = 0
        return AnyIterator {
            guard index < count else { return nil }
            index += 1
            return layer(index - 1)
        }
    }
}

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

    /// A measurement, run by `Benchmarks/site`: STRATA_SITE_BENCH is the number of layers, and STRATA_SITE_FOLDER a
    /// folder to write to; with STRATA_SITE_ONLY=pages, all is rendered and pages are written.
    @Test("measures a large registry", .enabled(if: ProcessInfo.processInfo.environment["STRATA_SITE_BENCH"] != nil))
    func measure() throws {
        let environment = ProcessInfo.processInfo.environment
        let large = LargeRegistry(count: try #require(Int(environment["STRATA_SITE_BENCH"] ?? "")))
        let folder = environment["STRATA_SITE_FOLDER"]
        let onlyPages = environment["STRATA_SITE_ONLY"] == "pages"
        let renderer = SiteRenderer(large.registry)
        var (files, pages, bytes) = (0, 0, 0)
        var folders: Set<String> = []
        let clock = ContinuousClock()
        let full = try clock.measure {
            try renderer.render(large, existing: { _ in nil }) { change in
                files += 1
                bytes += change.size.bytes
                if change.path.hasSuffix(".html") { pages += 1 }
                if let folder, !onlyPages || change.path.hasSuffix(".html") { try write(change, in: folder, &folders) }
            }
        }
        print("full: \(files) files, \(pages) pages, \(ByteCount(bytes)), \(full), peak \(peak())")
        guard let folder, !onlyPages else { return }
        let layer = try #require(large.layer(4321 % large.count, builds: 3))
        var written = 0
        var changes: [FileChange] = []
        let one = try clock.measure {
            changes = try renderer.changes(for: [layer]) { path in
                FileManager.default.contents(atPath: "\(folder)/\(path)").map(Array.init)
            }
        }
        written = changes.reduce(0) { $0 + $1.size.bytes }
        print("one layer: \(changes.count) files, \(ByteCount(written)), \(one)")
    }

    private func write(_ change: FileChange, in folder: String, _ folders: inout Set<String>) throws {
        guard case .write(let bytes) = change.content else { return }
        let path = "\(folder)/\(change.path)"
        let parent = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        if folders.insert(parent).inserted {
            try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        }
        _ = FileManager.default.createFile(atPath: path, contents: Data(bytes))
    }

    private func peak() -> String {
        let status = FileManager.default.contents(atPath: "/proc/self/status").map {
            String(decoding: $0, as: UTF8.self)
        }
        return status?.split(separator: "\n").first { $0.hasPrefix("VmHWM") }.map(String.init) ?? "unknown"
    }
}
