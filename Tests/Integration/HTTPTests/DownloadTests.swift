import Foundation
import Glibc
import HTTP
import Model
import Synchronization
import Testing

/// A file server that knows ranges, and an ETag that the test can change.
private func fileServer(_ content: [UInt8], tag: String = "\"v1\"", ranges: Bool = true) throws -> LoopbackServer {
    try LoopbackServer { connection in
        while let request = connection.readRequest() {
            var start = 0
            if ranges, let range = request.headers["range"], request.headers["if-range"].map({ $0 == tag }) ?? true {
                start = Int(range.dropFirst("bytes=".count).dropLast()) ?? 0
            }
            guard start < content.count else {
                connection.write(answer("", status: "416 Range Not Satisfiable"))
                continue
            }
            let status = start > 0 ? "206 Partial Content" : "200 OK"
            let range = "Content-Range: bytes \(start)-\(content.count - 1)/\(content.count)"
            connection.write(
                "HTTP/1.1 \(status)\r\n\(range)\r\nETag: \(tag)\r\nContent-Length: \(content.count - start)\r\n\r\n")
            connection.write(Array(content[start...]))
        }
    }
}

extension [UInt8] {
    /// Compared instead of the bytes, so that a failure prints one line.
    fileprivate var digest: ContentDigest { ContentDigest.of(self) }
}

@Suite("A download")
struct DownloadTests {
    let content = (0..<700_000).map { UInt8(truncatingIfNeeded: ($0 &* 7) >> 3) }

    /// What an observer saw: the bytes since the last restart.
    final class Observed: Sendable {
        let state = Mutex((bytes: [UInt8](), restarts: 0))
        func see(_ event: DownloadEvent) {
            state.withLock { state in
                switch event {
                case .restarted: state = ([], state.restarts + 1)
                case .bytes(let bytes): state.bytes.append(contentsOf: bytes)
                }
            }
        }
    }

    private func download(
        from server: LoopbackServer, over present: [UInt8] = [], limit: ByteCount = .mebibytes(1),
        resuming point: ResumePoint? = nil
    ) async throws -> (answer: Result<HTTPResponse, StrataError>, file: [UInt8], observed: Observed) {
        let file = try TemporaryFile(present)
        let descriptor = open(file.path, O_RDWR | O_CLOEXEC)
        defer { close(descriptor) }
        let observed = Observed()
        let client = try HTTPClient()
        do throws(StrataError) {
            let answer = try await client.download(
                HTTPRequest(.get, server.url), to: descriptor, limit: limit, resuming: point
            ) { observed.see($0) }
            return (.success(answer), file.bytes, observed)
        } catch {
            return (.failure(error), file.bytes, observed)
        }
    }

    @Test("fills a file and shows each byte once, in order")
    func whole() async throws {
        let server = try fileServer(content)
        defer { server.close() }
        let result = try await download(from: server, over: Array("old contents".utf8))
        #expect(try result.answer.get().body.isEmpty)
        #expect(result.file.digest == content.digest)
        #expect(result.observed.state.withLock { $0.bytes.digest } == content.digest)
        #expect(result.observed.state.withLock { $0.restarts } == 0)
    }

    @Test("goes on where it stopped")
    func resumed() async throws {
        let server = try fileServer(content)
        defer { server.close() }
        let point = ResumePoint(offset: 1000, validator: "\"v1\"")
        let result = try await download(from: server, over: Array(content[..<1000]) + [9, 9, 9], resuming: point)
        #expect(try result.answer.get().status == 206)
        #expect(result.file.digest == content.digest)
        #expect(result.observed.state.withLock { $0.bytes.digest } == Array(content[1000...]).digest)
        #expect(server.requests.first?.headers["range"] == "bytes=1000-")
    }

    @Test("starts over when the file has changed, or the server knows no ranges", arguments: [true, false])
    func restarted(ranges: Bool) async throws {
        let server = try fileServer(content, tag: "\"v2\"", ranges: ranges)
        defer { server.close() }
        let point = ResumePoint(offset: 1000, validator: "\"v1\"")
        let result = try await download(from: server, over: [UInt8](repeating: 1, count: 1000), resuming: point)
        #expect(result.file.digest == content.digest)
        #expect(result.observed.state.withLock { $0.restarts } == 1)
        #expect(result.observed.state.withLock { $0.bytes.digest } == content.digest)
    }

    @Test("starts over when the server's file is not longer than ours")
    func unsatisfiable() async throws {
        let server = try fileServer(content)
        defer { server.close() }
        let point = ResumePoint(offset: content.count)
        let result = try await download(
            from: server, over: [UInt8](repeating: 1, count: content.count), resuming: point)
        #expect(result.file.digest == content.digest)
        #expect(result.observed.state.withLock { $0.restarts } == 1)
    }

    @Test("refuses another range than it asked for", arguments: ["bytes 900-", "", "bytes x-", "bytes 1001-"])
    func wrongRange(range: String) async throws {
        let server = try LoopbackServer.answering { _ in
            answer("abc", status: "206 Partial Content", headers: ["Content-Range: \(range)"])
        }
        defer { server.close() }
        let present = [UInt8](repeating: 1, count: 1000)
        let result = try await download(from: server, over: present, resuming: ResumePoint(offset: 1000))
        #expect(throws: StrataError.self) { try result.answer.get() }
        #expect(result.file.digest == present.digest, "what was there is untouched")
    }

    @Test("keeps what arrived when the connection breaks, for the next try")
    func broken() async throws {
        let server = try LoopbackServer { [content] connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(content.count)\r\n\r\n")
            connection.write(Array(content[..<50_000]))
        }
        defer { server.close() }
        let result = try await download(from: server)
        #expect(throws: StrataError.self) { try result.answer.get() }
        #expect(result.file.digest == Array(content[..<50_000]).digest)
        #expect(result.observed.state.withLock { $0.bytes.digest } == result.file.digest)
    }

    @Test("never writes more than the limit, resumed or not", arguments: [0, 1000])
    func limit(offset: Int) async throws {
        let server = try fileServer(content)
        defer { server.close() }
        let result = try await download(
            from: server, over: Array(content[..<offset]), limit: ByteCount(content.count - 1),
            resuming: ResumePoint(offset: offset))
        #expect(throws: StrataError.self) { try result.answer.get() }
        #expect(result.file.count < content.count)
    }

    @Test("leaves the file alone and shows the body when the server says no")
    func refused() async throws {
        let server = try LoopbackServer.answering { _ in answer("gone", status: "404 Not Found") }
        defer { server.close() }
        let result = try await download(from: server, over: [1, 2, 3])
        let response = try result.answer.get()
        #expect(response.status == 404)
        #expect(response.body == Array("gone".utf8))
        #expect(result.file == [1, 2, 3])
    }
}
