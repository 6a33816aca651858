import FoundationEssentials
import HTTP
import Model
import Packaging
import Subprocess
import Synchronization
import Testing
import Wheels

@Suite("Files from elsewhere")
struct FilesTests {
    private struct Place {
        let index: LoopbackIndex
        let shop: BuildService
        let lock: Lock

        func builder(_ deadlines: Deadlines = Deadlines()) -> Builder {
            Builder(
                cache: shop.cacheOfWheels(),
                sources: SourceCache(
                    directory: shop.cache, beside: shop.folder, client: shop.client,
                    retry: RetryPolicy(attempts: 2, base: .milliseconds(1), cap: .milliseconds(2)),
                    deadlines: deadlines))
        }

        func order(_ files: [FileSource], bin: [String] = []) -> BuildOrder {
            let plain = IndexTests.order(lock)
            return BuildOrder(
                item: plain.item, buildNumber: 1, version: "1.0", lock: lock,
                options: BuildOptions(bin: bin, files: files), requirements: ["alpha"], isNew: true)
        }

        /// Packs a folder's files with the system's tar.
        func archive(_ name: String, _ files: [String: [UInt8]]) async throws -> [UInt8] {
            let folder = "\(shop.folder)/\(name).d"
            for (path, bytes) in files {
                let url = URL(filePath: "\(folder)/\(path)")
                try FileManager.default.createDirectory(
                    at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(bytes).write(to: url)
            }
            let result = try await Subprocess.run(
                .name("tar"), arguments: ["-C", folder, "-cJf", "\(shop.folder)/\(name)", "."], output: .discarded,
                error: .discarded)
            try #require(result.terminationStatus.isSuccess)
            return Array(try #require(FileManager.default.contents(atPath: "\(shop.folder)/\(name)")))
        }

        func source(
            _ url: String, _ bytes: [UInt8], _ take: [String: String], architectures: [Architecture] = [.x86_64]
        ) -> FileSource {
            FileSource(
                architectures.map { .init($0, url: url, sha256: .of(bytes)) }, take: take.map { .init($0, to: $1) },
                licence: "MIT", version: "1.2")
        }

        func names(in zip: String) throws -> [String] {
            try ZipDirectory(of: WheelFile(path: zip, name: zip)).entries.map(\.path.text)
        }
    }

    private func run(
        _ catalogue: [String: [LoopbackIndex.Release]] = ["alpha": [.init(version: "1.0")]],
        _ body: @Sendable (Place) async throws -> Void
    ) async throws {
        try await LoopbackIndex.run(catalogue) { index in
            try await BuildService.run { shop in
                let outcome = try await shop.resolve("alpha", from: .init(defaultIndex: index.simple))
                try await body(
                    Place(index: index, shop: shop, lock: try #require(outcome.resolved?.lock, "\(outcome)")))
            }
        }
    }

    private func expectFailure(
        _ code: StrataError.Code, _ texts: String..., of place: Place, _ files: [FileSource], bin: [String] = [],
        _ deadlines: Deadlines = Deadlines(), at location: SourceLocation = #_sourceLocation
    ) async {
        let order = place.order(files, bin: bin)
        let error = await #expect(throws: StrataError.self, sourceLocation: location) {
            try await place.builder(deadlines).build(order, into: "\(place.shop.folder)/zips")
        }
        #expect(error?.code == code, "\(error.map { "\($0)" } ?? "")", sourceLocation: location)
        #expect(error?.place.layer == "layer", sourceLocation: location)
        for text in texts {
            #expect(
                "\(error.map { "\($0)" } ?? "")".contains(text), "\(error.map { "\($0)" } ?? "")",
                sourceLocation: location)
        }
        let left = (try? FileManager.default.contentsOfDirectory(atPath: "\(place.shop.folder)/zips")) ?? []
        #expect(left.isEmpty, sourceLocation: location)
    }

    @Test("lie where they were to go, the same bytes each time, from the cache the second time")
    func builds() async throws {
        try await run { place in
            let bytes = try await place.archive(
                "tool.tar.xz", ["bin/tool": Array("#!/bin/sh\n".utf8), "share/a/b": [1], "doc/x": [2]])
            let url = try await place.index.set("tool.tar.xz", bytes)
            let order = place.order([place.source(url, bytes, ["bin/tool": "bin/", "share": "share"])])
            let first = try await place.builder().build(order, into: "\(place.shop.folder)/one")
            let names = try place.names(in: first.path)
            #expect(names.filter { !$0.hasPrefix("python/") } == ["bin/tool", "share/a/b"])
            #expect(first.unzipped.bytes > 0 && first.packages.map(\.name.text) == ["alpha"])
            try await place.index.set(LoopbackIndex.Settings())
            let second = try await place.builder().build(order, into: "\(place.shop.folder)/two")
            #expect(first.sha256 == second.sha256)
            #expect(try await place.index.log().isEmpty)
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(place.shop.folder)/two").count == 2)
        }
    }

    @Test("are the same in every time zone, locale and umask, on another machine, and from a record of the build")
    func reproducible() async throws {
        try await run { place in
            let bytes = try await place.archive("tool.tar.xz", ["bin/é": [1], "lib/x": [2, 3]])
            let url = try await place.index.set("tool.tar.xz", bytes)
            let order = place.order([
                place.source(url, bytes, ["bin/*": "bin/", "lib/*": "lib/"], architectures: [.x86_64, .arm64])
            ])
            let built = try await place.builder().build(order, into: "\(place.shop.folder)/one")
            let artifact = Build.Artifact(
                sha256: built.sha256, zipped: built.zipped, unzipped: built.unzipped, lock: order.lock,
                options: order.options)
            #expect(artifact.key == order.key)
            #expect(artifact.options.files.flatMap(\.pins).map(\.architecture) == [.x86_64])
            let record = try JSONDecoder().decode(Build.Artifact.self, from: JSONEncoder().encode(artifact))
            let again = BuildOrder(
                item: order.item, buildNumber: 1, version: "1.0", lock: record.lock, options: record.options,
                requirements: ["alpha"], isNew: false)
            let client = WorkerClient(
                executable: try WorkerTests.worker(), arguments: [],
                environment: ["PATH": "/usr/bin:/bin", "LANG": "tr_TR.ISO-8859-9"])
            let shas = Mutex<[Result<ContentDigest, StrataError>]>([])
            try await client.build(
                [again], into: "\(place.shop.folder)/two",
                BuilderConfiguration(
                    index: .init(defaultIndex: place.index.simple), cacheDirectory: "\(place.shop.folder)/cache2",
                    folder: place.shop.folder, now: Timestamp(seconds: 0))
            ) { _, result in shas.withLock { $0.append(result.map(\.sha256)) } }
            #expect(try shas.withLock { try $0.map { try $0.get() } } == [built.sha256])
        }
    }

    @Test("that claim a name of 4 GB are refused by the worker, whose memory has a bound")
    func memory() async throws {
        try await run { place in
            var rpm: [UInt8] = [0xED, 0xAB, 0xEE, 0xDB, 3] + Array(repeating: 0, count: 91)
            for _ in 0..<2 { rpm += [0x8E, 0xAD, 0xE8, 1] + Array(repeating: 0, count: 12) }
            var cpio = Array(repeating: "00000000", count: 13)
            (cpio[1], cpio[11]) = ("000081a4", "fffffff0")
            rpm += Array(("070701" + cpio.joined()).utf8) + Array(repeating: 0x61, count: 4096)
            let source = place.source(try await place.index.set("tool.rpm", rpm), rpm, ["*": "bin/"])
            let client = WorkerClient(
                executable: try WorkerTests.worker(), arguments: [], environment: ["PATH": "/usr/bin:/bin"])
            let errors = Mutex<[StrataError]>([])
            try await client.build(
                [place.order([source])], into: "\(place.shop.folder)/out",
                BuilderConfiguration(
                    index: .init(defaultIndex: place.index.simple), cacheDirectory: place.shop.cache,
                    folder: place.shop.folder, now: Timestamp(seconds: 0))
            ) { _, result in
                if case .failure(let error) = result { errors.withLock { $0.append(error) } }
            }
            let error = try #require(errors.withLock { $0.first })
            #expect(error.code == .badWheel && "\(error)".contains("Unable to allocate"), "\(error)")
        }
    }

    @Test("with another digest are not looked into, and what is there is told")
    func digest() async throws {
        try await run { place in
            let url = try await place.index.set("tool.tar.xz", Array("no archive at all".utf8))
            let source = place.source(url, [1], ["*": "bin/"])
            await expectFailure(
                .digestMismatch, "tool.tar.xz", "sha256 \(ContentDigest.of("no archive at all"))",
                "not \(ContentDigest.of([1]))", of: place, [source])
            #expect(try place.shop.names(in: "files", suffix: "").isEmpty)
        }
    }

    @Test("that are not there, redirect to http or never end are told with the layer and the file")
    func servers() async throws {
        try await run { place in
            let bytes = try await place.archive("tool.tar.xz", ["bin/tool": [1]])
            let url = try await place.index.set("tool.tar.xz", bytes)
            await expectFailure(
                .notFound, "tool.tar.xz.tgz", "404", of: place, [place.source("\(url).tgz", bytes, ["*": "bin/"])])
            var settings = LoopbackIndex.Settings()
            settings.redirect = ["/files/moved.tar.xz": url]
            settings.status = ["/files/broken.tar.xz": [500, 500, 500]]
            settings.stall = "slow.tar.xz"
            _ = try await place.index.set("slow.tar.xz", bytes)
            try await place.index.set(settings)
            func source(_ name: String) -> FileSource {
                place.source(url.replacing("tool.tar.xz", with: name), bytes, ["bin/tool": "bin/"])
            }
            await expectFailure(.refused, "moved.tar.xz", "not https", of: place, [source("moved.tar.xz")])
            await expectFailure(.unavailable, "broken.tar.xz", "500", of: place, [source("broken.tar.xz")])
            await expectFailure(
                .timedOut, "slow.tar.xz", of: place, [source("slow.tar.xz")],
                Deadlines(stall: .seconds(1), total: .seconds(2)))
            // What was begun is gone on with, and a cut is made good.
            settings.stall = nil
            settings.cut = ["slow.tar.xz": 20]
            try await place.index.set(settings)
            _ = try await place.builder().build(place.order([source("slow.tar.xz")]), into: "\(place.shop.folder)/zips")
        }
    }

    @Test("may lie beside the configuration")
    func local() async throws {
        try await run { place in
            try Data([1, 2, 3]).write(to: URL(filePath: "\(place.shop.folder)/tool"))
            let order = place.order([place.source("tool", [1, 2, 3], ["*": "bin/"])])
            let built = try await place.builder().build(order, into: "\(place.shop.folder)/zips-local")
            #expect(try place.names(in: built.path).first == "bin/tool")
            await expectFailure(
                .digestMismatch, "has changed since", of: place, [place.source("tool", [9], ["*": "bin/"])])
            for outside in ["../tool", "a/../../tool", "/etc/hostname", "file:///etc/hostname"] {
                await expectFailure(
                    outside.hasPrefix("file") ? .configuration : .refused, of: place,
                    [place.source(outside, [9], ["*": "bin/"])])
            }
            await expectFailure(.notFound, "'none'", of: place, [place.source("none", [9], ["*": "bin/"])])
        }
    }

    @Test("of one place with different bytes are refused, whoever brings them; with the same they are one")
    func conflicts() async throws {
        let alpha = LoopbackIndex.Release(
            version: "1.0", files: ["alpha/x.py": "x", "alpha-1.0.data/scripts/tool": "wheel's"])
        try await run(["alpha": [alpha]]) { place in
            let one = try await place.index.set("one", [1])
            let two = try await place.index.set("two", [2])
            let same = try await place.index.set("same", [1])
            func source(_ url: String, _ bytes: [UInt8], _ path: String) -> FileSource {
                place.source(url, bytes, ["*": path])
            }
            await expectFailure(
                .unbuildable, "'lib/x' would be written from", "one", "two", of: place,
                [source(one, [1], "lib/x"), source(two, [2], "lib/x")])
            await expectFailure(
                .unbuildable, "'python/alpha/x.py' would be written from alpha-1.0-py3-none-any.whl and from one",
                of: place, [source(one, [1], "python/alpha/x.py")])
            await expectFailure(
                .unbuildable, "the layer itself", of: place, [source(one, [1], "python/requirements.txt")])
            await expectFailure(
                .unbuildable, "'bin/tool' would be", of: place, [source(one, [1], "bin/tool")], bin: ["tool"])
            await expectFailure(
                .unbuildable, "is a file, and a folder", of: place,
                [source(one, [1], "lib/x"), source(two, [2], "lib/x/y")])
            let built = try await place.builder().build(
                place.order([
                    source(one, [1], "lib/x"), source(same, [1], "lib/x"), source(two, [2], "python/extra.py"),
                ]),
                into: "\(place.shop.folder)/good")
            let names = try place.names(in: built.path)
            #expect(names.filter { $0 == "lib/x" || $0 == "python/extra.py" } == ["lib/x", "python/extra.py"])
        }
    }

    @Test("in lib are what extension modules find; without them the layer is held")
    func libraries() async throws {
        let native = "alpha/native.cpython-312-x86_64-linux-gnu.so"
        let alpha = LoopbackIndex.Release(
            version: "1.0", files: ["alpha/__init__.py": "from alpha import native\n"],
            elf: [native: .init(needed: ["libgomp.so.1", "libc.so.6"], symbols: ["PyInit_native"])])
        let carrier = LoopbackIndex.Release(
            version: "1.0",
            elf: [
                "lib/libgomp.so.1.0.0": .init(needed: ["libc.so.6"]), "arm/libgomp.so.1": .init(machine: 183),
                "new/libgomp.so.1": .init(versions: [["libc.so.6", "GLIBC_2.39"]]),
                "poor/libgomp.so.1": .init(needed: ["libnowhere.so.3"]),
            ])
        try await run(["alpha": [alpha], "carrier": [carrier]]) { place in
            func missing(_ files: [FileSource], in folder: String) async throws -> [String] {
                try await place.builder().build(place.order(files), into: "\(place.shop.folder)/\(folder)").findings
                    .filter { $0.rule == .missingLibrary && $0.verdict == .warning }.map(\.message)
            }
            #expect(try await missing([], in: "bare").first?.contains("libgomp.so.1, which neither") == true)
            let url = "http://127.0.0.1:\(place.index.port)/files/carrier-1.0-py3-none-any.whl"
            let bytes = try await place.shop.client.send(HTTPRequest(.get, url)).body
            func take(_ path: String) -> [FileSource] { [place.source(url, bytes, [path: "lib/libgomp.so.1"])] }
            let built = try await place.builder().build(
                place.order(take("lib/libgomp.so.1.0.0")), into: "\(place.shop.folder)/good")
            #expect(!built.findings.contains { $0.verdict > .note }, "\(built.findings)")
            await expectFailure(
                .unbuildable, "'lib/libgomp.so.1' is for aarch64", of: place, take("arm/libgomp.so.1"))
            await expectFailure(.unbuildable, "needs version 2.39", of: place, take("new/libgomp.so.1"))
            #expect(try await missing(take("poor/libgomp.so.1"), in: "poor").first?.contains("libnowhere.so.3") == true)
        }
    }
}
