import FoundationEssentials
import HTTP
import Model
import Packaging
import Testing
import Wheels

@Suite("Building layers from locks")
struct BuildTests {
    private static let catalogue: [String: [LoopbackIndex.Release]] = [
        "alpha": [.init(version: "1.0", requires: ["beta"], payload: 50_000)], "beta": [.init(version: "1.5")],
    ]

    private func run(_ body: @Sendable (LoopbackIndex, BuildService, BuildOrder) async throws -> Void) async throws {
        try await LoopbackIndex.run(Self.catalogue) { index in
            try await BuildService.run { shop in
                let outcome = try await shop.resolve("alpha", from: .init(defaultIndex: index.simple))
                try await body(index, shop, order(try #require(outcome.resolved?.lock, "\(outcome)")))
            }
        }
    }

    @Test("makes the same zip of the same lock, and says what is in it")
    func builds() async throws {
        try await run { _, shop, order in
            let first = try await Builder(cache: shop.cacheOfWheels()).build(order, into: "\(shop.folder)/one")
            let second = try await Builder(cache: shop.cacheOfWheels()).build(order, into: "\(shop.folder)/two")
            #expect(first.path == "\(shop.folder)/one/\(order.key).zip")
            #expect(first.sha256 == second.sha256)
            let zip = try #require(FileManager.default.contents(atPath: first.path))
            #expect(ContentDigest.of(zip) == first.sha256)
            #expect(ByteCount(zip.count) == first.zipped)
            #expect(first.packages.map { "\($0.name) \($0.version)" } == ["alpha 1.0", "beta 1.5"])
            #expect(first.packages.map(\.license) == ["MIT", "MIT"])
            #expect(first.packages.map(\.summary) == ["Made for a test", "Made for a test"])
            #expect(first.largest.first?.package.text == "alpha")
            #expect(first.packages.allSatisfy { ($0.unzipped?.bytes ?? 0) > 0 })
        }
    }

    @Test("takes a zip that is there already, if it is still what was recorded")
    func reuses() async throws {
        try await run { index, shop, order in
            let folder = "\(shop.folder)/zips"
            let builder = Builder(cache: shop.cacheOfWheels())
            let first = try await builder.build(order, into: folder)
            try shop.removeWheels()
            try await index.set(LoopbackIndex.Settings())
            #expect(try await builder.build(order, into: folder) == first)
            #expect(try await index.log().isEmpty)

            var bytes = try #require(FileManager.default.contents(atPath: first.path))
            bytes[100] ^= 1
            try bytes.write(to: URL(filePath: first.path))
            #expect(try await builder.build(order, into: folder) == first)
            #expect(ContentDigest.of(try #require(FileManager.default.contents(atPath: first.path))) == first.sha256)
        }
    }

    @Test("puts a zip where it is wanted when it is whole, and leaves an older one until then")
    func placing() async throws {
        try await run { _, shop, order in
            let built = try await Builder(cache: shop.cacheOfWheels()).build(order, into: "\(shop.folder)/zips")
            let path = "\(shop.folder)/out/deep/layer.zip"
            try await PlacedLayer.copy(built.path, sha256: built.sha256, to: path)
            let zip = FileManager.default.contents(atPath: path)
            #expect(zip == FileManager.default.contents(atPath: built.path))
            let error = await #expect(throws: StrataError.self) {
                try await PlacedLayer.copy(built.path, sha256: .of("else"), to: path)
            }
            #expect(error?.code == .digestMismatch)
            #expect(FileManager.default.contents(atPath: path) == zip)
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(shop.folder)/out/deep") == ["layer.zip"])

            try FileManager.default.createDirectory(atPath: "\(path).d/x", withIntermediateDirectories: true)
            let taken = await #expect(throws: StrataError.self) {
                try await PlacedLayer.copy(built.path, sha256: built.sha256, to: "\(path).d")
            }
            #expect(taken?.code == .file)
            #expect(["\(path).d", "Is a directory"].allSatisfy { taken?.description.contains($0) == true })
        }
    }

    @Test("fetches a wheel anew that was damaged in the cache")
    func damaged() async throws {
        try await run { _, shop, order in
            let cache = shop.cacheOfWheels()
            let cached = try await cache.wheel(order.lock.wheels[0])
            var bytes = try #require(FileManager.default.contents(atPath: cached.path))
            bytes[bytes.count / 2] ^= 1
            try bytes.write(to: URL(filePath: cached.path))
            let outcome = try await Builder(cache: cache).build(order, into: "\(shop.folder)/zips")
            #expect(outcome.packages.count == 2)
        }
    }

    @Test("names the layer and the wheel when one cannot be had")
    func failure() async throws {
        try await run { index, shop, order in
            try await index.set([String: [LoopbackIndex.Release]]())
            let error = await #expect(throws: StrataError.self) {
                try await Builder(cache: shop.cacheOfWheels()).build(order, into: "\(shop.folder)/zips")
            }
            #expect(error?.place.layer == "layer")
            #expect(error?.place.file?.hasSuffix(".whl") == true)
        }
    }

    @Test("refuses a pattern that is none")
    func patterns() async throws {
        try await run { _, shop, order in
            let bad = BuildOrder(
                item: order.item, buildNumber: 1, version: "1.0", lock: order.lock,
                options: BuildOptions(exclude: ["../x"]), requirements: [], isNew: true)
            let error = await #expect(throws: StrataError.self) {
                try await Builder(cache: shop.cacheOfWheels()).build(bad, into: "\(shop.folder)/zips")
            }
            #expect(error?.code == .configuration)
        }
    }

    @Test("follows the recipe that build keys name")
    func recipe() { #expect(Recipe.current == LayerRecipe.version) }
}
