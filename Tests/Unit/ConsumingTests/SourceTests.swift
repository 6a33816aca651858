import Consuming
import Foundation
import HTTP
import Model
import Synchronization
import Testing

@Suite struct SourceTests {
    /// Runs a test with a folder of its own, which is removed.
    private func inFolder(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "strata-source-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder.path)
    }

    private func text(_ source: RegistrySource, _ path: String) async throws -> String? {
        try await source.read(path).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Answers in turn, and keeps what it was asked.
    private final class Server: Sendable {
        let asked = Mutex<[HTTPRequest]>([])
        let answers: Mutex<[HTTPResponse]>

        init(_ answers: [(Int, HTTPHeaders, String)]) {
            self.answers = Mutex(
                answers.map {
                    HTTPResponse(head: HTTPHead(status: $0.0, headers: $0.1, url: ""), body: Array($0.2.utf8))
                })
        }

        func source(cache: String?) -> RegistrySource {
            .web(
                "https://me:secret@acme.example/layers/", cache: cache,
                retry: Retrying(RetryPolicy(attempts: 3), sleep: { _ in })
            ) { request throws(StrataError) in
                self.asked.withLock { $0.append(request) }
                return try self.answers.withLock { answers throws(StrataError) in
                    guard !answers.isEmpty else { throw StrataError(.connection, "asked too often") }
                    return answers.removeFirst()
                }
            }
        }
        var paths: [String] { asked.withLock { $0.map(\.url) } }
    }

    @Test("asks the second time only whether the file has changed")
    func validators() async throws {
        try await inFolder { (folder: String) async throws -> Void in
            let server = Server([
                (200, ["ETag": "\"1\"", "Last-Modified": "then"], "one"), (304, [:], ""),
                (200, ["ETag": "\"2\""], "two"), (304, [:], ""),
            ])
            for expected in ["one", "one", "two", "two"] {
                // A new source each time, as another run would have.
                #expect(try await text(server.source(cache: folder), "registry.json") == expected)
            }
            let asked = server.asked.withLock(\.self)
            #expect(asked.map { $0.headers["If-None-Match"] } == [nil, "\"1\"", "\"1\"", "\"2\""])
            #expect(asked[1].headers["If-Modified-Since"] == "then")
            #expect(asked[3].headers["If-Modified-Since"] == nil)
            #expect(Set(server.paths) == ["https://me:secret@acme.example/layers/registry.json"])
        }
    }

    @Test("keeps nothing that has no validators or is not to be kept")
    func unkept() async throws {
        try await inFolder { (folder: String) async throws -> Void in
            let server = Server([(200, [:], "a"), (200, ["ETag": "1", "Cache-Control": "private, No-Store"], "b")])
            #expect(try await text(server.source(cache: folder), "a") == "a")
            #expect(try await text(server.source(cache: folder), "b") == "b")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        }
    }

    @Test("does not trust a kept answer that is damaged")
    func damaged() async throws {
        try await inFolder { (folder: String) async throws -> Void in
            let server = Server([(200, ["ETag": "1"], "whole"), (200, ["ETag": "1"], "again")])
            _ = try await server.source(cache: folder).read("a")
            let file = try #require(try FileManager.default.contentsOfDirectory(atPath: folder).first)
            var bytes = try #require(FileManager.default.contents(atPath: "\(folder)/\(file)"))
            bytes[bytes.count - 1] ^= 1
            #expect(FileManager.default.createFile(atPath: "\(folder)/\(file)", contents: bytes))
            #expect(try await text(server.source(cache: folder), "a") == "again")
            #expect(server.asked.withLock { $0[1].headers["If-None-Match"] } == nil)
        }
    }

    @Test("tells a missing file from a failing server, and tries the latter again")
    func statuses() async throws {
        let server = Server([
            (404, [:], ""), (503, ["Retry-After": "1"], ""), (429, [:], ""), (200, [:], "x"), (403, [:], ""),
        ])
        let source = server.source(cache: nil)
        #expect(try await text(source, "a") == nil)
        #expect(try await text(source, "b") == "x")
        do {
            _ = try await source.read("c")
            Issue.record("403 is no answer")
        } catch {
            #expect("\(error)".contains("https://acme.example/layers/c answered 403"))
            #expect(!"\(error)".contains("secret"))
        }
        #expect(source.name == "https://acme.example/layers")
    }

    @Test("reads a folder, and nothing beside it")
    func folder() async throws {
        try await inFolder { (folder: String) async throws -> Void in
            try "x".write(toFile: folder + "/a", atomically: false, encoding: .utf8)
            let source = RegistrySource.folder(folder)
            #expect(try await text(source, "a") == "x")
            #expect(try await text(source, "b") == nil)
            #expect(try await text(source, "a/b") == nil)
            await #expect(throws: StrataError.self) {
                try await source.read("../\(folder.split(separator: "/").last ?? "")/a")
            }
            await #expect(throws: StrataError.self) { try await source.read("") }
        }
    }

    @Test("reads every file once, however often it is asked for")
    func once() async throws {
        let files = try SampleRegistry.requests().files()
        let reads = Mutex<[String: Int]>([:])
        let catalog = RegistryCatalog(
            RegistrySource(name: "counted") { path in
                reads.withLock { $0[path, default: 0] += 1 }
                return files[path]
            })
        let text = String(repeating: BumpTests.arn + ":3\n", count: 50)
        _ = try await Bump(catalog, BumpRules(now: SampleRegistry.start)).examine(Array(text.utf8), file: "x")
        #expect(reads.withLock { $0.values.allSatisfy { $0 == 1 } })
        #expect(reads.withLock(\.count) == 4)
    }
}
