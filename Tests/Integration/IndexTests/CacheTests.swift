import FoundationEssentials
import HTTP
import Model
import Packaging
import Testing

@Suite("The wheel cache")
struct CacheTests {
    private static let file = "alpha-1.0-py3-none-any.whl"
    private static let catalogue: [String: [LoopbackIndex.Release]] = [
        "alpha": [.init(version: "1.0", payload: 300_000)], "beta": [.init(version: "1.0", payload: 200_000)],
    ]

    /// Runs with an index, a shop, and the locked wheel of `alpha`.
    private func run(
        _ settings: LoopbackIndex.Settings = .init(), catalogue: [String: [LoopbackIndex.Release]] = catalogue,
        _ body: @Sendable (LoopbackIndex, BuildService, LockedWheel) async throws -> Void
    ) async throws {
        try await LoopbackIndex.run(catalogue) { index in
            try await BuildService.run { shop in
                let outcome = try await shop.resolve("alpha", from: .init(defaultIndex: index.simple))
                let wheel = try #require(outcome.resolved?.lock.wheels.first, "\(outcome)")
                try await index.set(settings)
                try await body(index, shop, wheel)
            }
        }
    }

    private func downloads(_ index: LoopbackIndex) async throws -> [LoopbackIndex.Entry] {
        try await index.log().filter { $0.path == "/files/\(Self.file)" }
    }

    @Test("downloads and verifies a wheel once, whoever asks for it")
    func once() async throws {
        try await run { index, shop, wheel in
            let first = try await shop.cacheOfWheels().wheel(wheel)
            #expect(first.contents.metadata.name == "alpha")
            #expect(first.contents.sha256 == wheel.sha256)
            // Many tasks with caches of their own, as processes have.
            try await withThrowingTaskGroup(of: CachedWheel.self) { group in
                for _ in 0..<8 { group.addTask { try await shop.cacheOfWheels().wheel(wheel) } }
                for try await again in group { #expect(again == first) }
            }
            #expect(try await downloads(index).count == 1)
        }
    }

    @Test("downloads once when many begin at the same time")
    func race() async throws {
        try await run(.init(latency: 0.05)) { index, shop, wheel in
            try await withThrowingTaskGroup(of: CachedWheel.self) { group in
                for _ in 0..<8 { group.addTask { try await shop.cacheOfWheels().wheel(wheel) } }
                for try await _ in group {}
            }
            #expect(try await downloads(index).count == 1)
            #expect(try shop.names(in: "wheels", suffix: ".part").isEmpty)
        }
    }

    @Test("goes on where a download broke off")
    func resumes() async throws {
        try await run(.init(cut: [Self.file: 100_000])) { index, shop, wheel in
            let cached = try await shop.cacheOfWheels().wheel(wheel)
            #expect(cached.contents.zipped == wheel.size)
            // The one that broke off is not in the log.
            #expect(try await downloads(index).map(\.range) == ["bytes=100000-"])
        }
    }

    @Test("goes on with what an earlier run left, and begins anew if it is something else", arguments: [true, false])
    func leftover(_ isGood: Bool) async throws {
        try await run { index, shop, wheel in
            let whole = try await shop.cacheOfWheels().wheel(wheel)
            var bytes = try #require(FileManager.default.contents(atPath: whole.path)).prefix(50_000)
            if !isGood { bytes[1000] ^= 1 }
            try shop.removeWheels()
            let part = whole.path.dropLast(3) + "part"
            try Data(bytes).write(to: URL(filePath: String(part)))
            try await index.set(LoopbackIndex.Settings())
            let again = try await shop.cacheOfWheels().wheel(wheel)
            #expect(again == whole)
            #expect(try await downloads(index).map(\.range) == (isGood ? ["bytes=50000-"] : ["bytes=50000-", nil]))
        }
    }

    @Test("begins anew with a server that knows no ranges")
    func noRanges() async throws {
        try await run(.init(cut: [Self.file: 100_000], no_ranges: true)) { index, shop, wheel in
            let cached = try await shop.cacheOfWheels().wheel(wheel)
            #expect(cached.contents.zipped == wheel.size)
        }
    }

    @Test("refuses bytes that are not what the lock promises, and keeps nothing of them")
    func corrupt() async throws {
        try await run(.init(corrupt: Self.file)) { index, shop, wheel in
            let error = await #expect(throws: StrataError.self) { try await shop.cacheOfWheels().wheel(wheel) }
            #expect(error?.code == .digestMismatch)
            #expect(error?.isRefusal == false)
            #expect(error?.description.contains(Self.file) == true)
            let left = try shop.names(in: "wheels", suffix: "")
            #expect(left.isEmpty)
        }
    }

    @Test("keeps a wheel with a wrong RECORD, and what is wrong with it: whether that matters is for the layer to say")
    func lying() async throws {
        var release = LoopbackIndex.Release(version: "1.0")
        release.lying_record = true
        try await run(catalogue: ["alpha": [release]]) { index, shop, wheel in
            let cached = try await shop.cacheOfWheels().wheel(wheel)
            #expect(cached.contents.recordProblem == "'alpha/__init__.py' does not match its digest in RECORD")
        }
    }

    @Test("says that a wheel is gone")
    func gone() async throws {
        try await run { index, shop, wheel in
            try await index.set([String: [LoopbackIndex.Release]]())
            let error = await #expect(throws: StrataError.self) { try await shop.cacheOfWheels().wheel(wheel) }
            #expect(error?.code == .notFound)
        }
    }

    @Test("takes local wheels only from folders that the settings name")
    func local() async throws {
        try await run { index, shop, wheel in
            try await shop.download(Self.file, of: index, to: "\(shop.folder)/flat")
            let local = LockedWheel(
                package: wheel.package, version: wheel.version, fileName: wheel.fileName,
                url: "file://\(shop.folder)/flat/\(Self.file)", size: nil, sha256: wheel.sha256)
            let error = await #expect(throws: StrataError.self) { try await shop.cacheOfWheels().wheel(local) }
            #expect(error?.code == .resolution)
            let allowed = shop.cacheOfWheels(.init(findLinks: ["\(shop.folder)/flat"], noIndex: true))
            #expect(try await allowed.wheel(local).contents.zipped == wheel.size)
        }
    }

    @Test("drops what was not used for longest, and nothing that is in use")
    func trim() async throws {
        try await run { index, shop, wheel in
            let beta = try await shop.resolve("beta", from: .init(defaultIndex: index.simple))
            let other = try #require(beta.resolved?.lock.wheels.first)
            let cache = shop.cacheOfWheels(limit: ByteCount(350_000))
            let alpha = try await cache.wheel(wheel)
            let later = try await cache.wheel(other)
            let now = Timestamp(seconds: Int(Date().timeIntervalSince1970))
            #expect(cache.trim(now: now) == ByteCount(0))
            try shop.age(alpha.path, by: 7200)
            try shop.age(later.path, by: 5400)
            #expect(cache.trim(now: now) == alpha.contents.zipped)
            #expect(FileManager.default.fileExists(atPath: later.path))
            // What is gone is downloaded again.
            #expect(try await cache.wheel(wheel) == alpha)
            // A use counts: the other one is older now.
            try shop.age(alpha.path, by: 5400)
            _ = try await cache.wheel(wheel)
            #expect(cache.trim(now: now) == later.contents.zipped)
        }
    }
}
