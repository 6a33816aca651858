import Foundation
import Glibc
import HTTP
import Model
import Testing

@Suite("A failed exchange")
struct FailureTests {
    /// Those of servers that are silent for ever.
    let brief = Deadlines(connect: .seconds(60), stall: .seconds(2), total: .seconds(600))

    @Test("to a closed port had no effect")
    func refused() async throws {
        let server = try LoopbackServer { _ in }
        server.close()
        let error = await failure { try await HTTPClient().send(HTTPRequest(.post, server.url, body: .bytes([1]))) }
        #expect(error?.code == .connection)
        #expect((error?.cause as? TransportFailure)?.mayHaveTakenEffect == false)
    }

    @Test("names operation and host, but no credentials")
    func redaction() async throws {
        let server = try LoopbackServer { connection in _ = connection.readRequest() }
        defer { server.close() }
        let url = "http://user:hunter2@127.0.0.1:\(server.port)/p?X-Amz-Signature=f00d&v=1#frag"
        let error = await failure { try await HTTPClient().send(HTTPRequest(.get, url, operation: "s3:GetObject")) }
        let text = try #require(error).causes.joined()
        #expect(text.contains("s3:GetObject: http://127.0.0.1:\(server.port)/p?X-Amz-Signature=…&v=…: "))
        for secret in ["hunter2", "user", "f00d", "frag"] { #expect(!text.contains(secret)) }
    }

    @Test("times out when the TLS handshake gets no answer")
    func stalledHandshake() async throws {
        let server = try LoopbackServer { $0.waitForEnd() }
        defer { server.close() }
        let deadlines = Deadlines(connect: .milliseconds(300))
        let request = HTTPRequest(.get, "https://127.0.0.1:\(server.port)/", deadlines: deadlines)
        let error = await failure { try await HTTPClient().send(request) }
        #expect(error?.code == .timedOut)
        #expect((error?.cause as? TransportFailure)?.mayHaveTakenEffect == false)
    }

    @Test(
        "times out when nothing comes",
        arguments: ["", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"])
    func stalled(beginning: String) async throws {
        let server = try LoopbackServer { connection in
            _ = connection.readRequest()
            connection.write(beginning)
            connection.waitForEnd()
        }
        defer { server.close() }
        let error = await failure { try await HTTPClient().send(HTTPRequest(.get, server.url, deadlines: brief)) }
        #expect(error?.code == .timedOut)
        #expect(error?.message.contains("no progress for 2 s") == true)
        #expect((error?.cause as? TransportFailure)?.mayHaveTakenEffect == true)
    }

    @Test("times out when the server stops reading")
    func stalledUpload() async throws {
        let over = DispatchSemaphore(value: 0)
        let server = try LoopbackServer { _ in over.wait() }
        defer { over.signal(); server.close() }
        let body = [UInt8](repeating: 7, count: 32 << 20)
        let request = HTTPRequest(.post, server.url, body: .bytes(body), deadlines: brief)
        let error = await failure { try await HTTPClient().send(request) }
        #expect(error?.code == .timedOut)
        #expect((error?.cause as? TransportFailure)?.mayHaveTakenEffect == false, "half a request does nothing")
    }

    @Test("ends at the total deadline however steadily bytes drip")
    func drip() async throws {
        let server = try LoopbackServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            while connection.write([65]) { usleep(20_000) }
        }
        defer { server.close() }
        let deadlines = Deadlines(connect: .seconds(60), stall: .seconds(60), total: .milliseconds(400))
        let error = await failure { try await HTTPClient().send(HTTPRequest(.get, server.url, deadlines: deadlines)) }
        #expect(error?.code == .timedOut)
        #expect(error?.message.contains("not finished within 0.4 s") == true)
    }

    @Test("is a lost connection when the answer is cut short", arguments: [false, true])
    func truncated(byReset: Bool) async throws {
        let server = try LoopbackServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
            if byReset { connection.reset() }
        }
        defer { server.close() }
        let error = await failure { try await HTTPClient().send(HTTPRequest(.get, server.url)) }
        #expect(error?.code == .connection)
    }

    @Test("is a lost connection when a chunked answer lacks its end")
    func truncatedChunks() async throws {
        let server = try LoopbackServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n")
        }
        defer { server.close() }
        #expect(await failure { try await HTTPClient().send(HTTPRequest(.get, server.url)) }?.code == .connection)
    }

    @Test(
        "refuses more bytes than the limit, whether announced or not",
        arguments: [
            "Content-Length: 1001\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n3e9\r\n", "\r\n",
        ])
    func oversized(framing: String) async throws {
        let server = try LoopbackServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\n" + framing + String(repeating: "x", count: 1001))
            connection.waitForEnd()
        }
        defer { server.close() }
        let request = HTTPRequest(.get, server.url, sink: .memory(limit: ByteCount(1000)))
        let error = await failure { try await HTTPClient().send(request) }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("larger than 1000 bytes") == true)
    }

    @Test("refuses a gzip bomb when it has grown past the limit")
    func bomb() async throws {
        // 4 MB of zeros, compressed to 4 KB by `gzip -9`.
        let packed = try gzip([UInt8](repeating: 0, count: 4 << 20))
        let server = try LoopbackServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(packed.count)\r\n\r\n")
            connection.write(packed)
        }
        defer { server.close() }
        #expect(packed.count < 10_000)
        var request = HTTPRequest(.get, server.url, sink: .memory(limit: ByteCount(1 << 20)))
        request.acceptsGzip = true
        let error = await failure { try await HTTPClient().send(request) }
        #expect(error?.code == .unavailable)
    }

    @Test(
        "refuses an answer that makes no sense",
        arguments: [
            "HELLO\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nabcde",
        ])
    func nonsense(text: String) async throws {
        let server = try LoopbackServer { connection in
            _ = connection.readRequest()
            connection.write(text)
        }
        defer { server.close() }
        var request = HTTPRequest(.get, server.url)
        request.acceptsGzip = true
        let error = await failure { try await HTTPClient().send(request) }
        #expect(error?.code == .unavailable, "\(error.map(\.causes) ?? [])")
    }

    @Test("refuses a header without end")
    func headerFlood() async throws {
        let server = try LoopbackServer { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\n")
            while connection.write(Array("X-Flood: \(String(repeating: "y", count: 4000))\r\n".utf8)) {}
        }
        defer { server.close() }
        #expect(await failure { try await HTTPClient().send(HTTPRequest(.get, server.url)) }?.code == .unavailable)
    }
}

private func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
    let file = try TemporaryFile(bytes)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["gzip", "-9", "-c", file.path]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let packed = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Array(packed)
}
