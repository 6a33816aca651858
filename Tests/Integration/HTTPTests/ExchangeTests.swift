import Foundation
import HTTP
import Model
import Testing

@Suite("An exchange")
struct ExchangeTests {
    @Test("brings status, headers and body")
    func basics() async throws {
        let server = try LoopbackServer.answering { _ in
            answer("hello", status: "404 Not Found", headers: ["X-One: 1", "x-ONE:   2  ", "Empty:"])
        }
        defer { server.close() }
        let response = try await HTTPClient().send(HTTPRequest(.get, server.url + "/a/../b?q=1"))
        #expect(response.status == 404)
        #expect(!response.isSuccess)
        #expect(response.body == Array("hello".utf8))
        #expect(response.headers["X-oNe"] == "1")
        #expect(response.headers.values(of: "x-one") == ["1", "2"])
        #expect(response.headers["empty"] == "")
        #expect(response.headers["absent"] == nil)
        #expect(response.url == server.url + "/a/../b?q=1")
        #expect(server.requests.first?.path == "/a/../b?q=1", "the path is sent as written")
    }

    @Test("sends large bodies whole, with their length and without Expect", arguments: ["POST", "PUT"])
    func upload(method: String) async throws {
        let server = try LoopbackServer.answering { _ in answer("ok") }
        defer { server.close() }
        let body = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let request = HTTPRequest(
            HTTPRequest.Method(rawValue: method), server.url, headers: ["X-Empty": "", "Accept": "a/b"],
            body: .bytes(body))
        _ = try await HTTPClient().send(request)
        let seen = try #require(server.requests.first)
        #expect(seen.line == "\(method) / HTTP/1.1")
        #expect(seen.body == body)
        #expect(seen.headers["expect"] == nil)
        #expect(seen.headers["content-type"] == nil)
        #expect(seen.headers["transfer-encoding"] == nil)
        #expect(seen.headers["x-empty"] == "")
        #expect(seen.headers["accept"] == "a/b")
    }

    @Test("sends a part of a file")
    func fileBody() async throws {
        let server = try LoopbackServer.answering { _ in answer("ok") }
        defer { server.close() }
        let file = try TemporaryFile(Array("0123456789".utf8))
        let client = try HTTPClient()
        _ = try await client.send(
            HTTPRequest(.put, server.url, body: .file(path: file.path, offset: 3, length: 4)))
        #expect(server.requests.first?.body == Array("3456".utf8))
        let tooLong = HTTPRequest(.put, server.url, body: .file(path: file.path, offset: 3, length: 40))
        #expect(await failure { try await client.send(tooLong) }?.code == .file)
        let missing = HTTPRequest(.put, server.url, body: .file(path: file.path + ".not", offset: 0, length: 4))
        #expect(await failure { try await client.send(missing) }?.code == .file)
    }

    @Test("says a length of 0 for a POST without a body, and nothing for a GET")
    func emptyBodies() async throws {
        let server = try LoopbackServer.answering { _ in answer("") }
        defer { server.close() }
        let client = try HTTPClient()
        for method in [HTTPRequest.Method.post, .get, .delete] {
            _ = try await client.send(HTTPRequest(method, server.url))
        }
        #expect(server.requests.map(\.line) == ["POST / HTTP/1.1", "GET / HTTP/1.1", "DELETE / HTTP/1.1"])
        #expect(server.requests.map { $0.headers["content-length"] } == ["0", nil, nil])
    }

    @Test("takes a HEAD's length as a header, not as a promise")
    func head() async throws {
        let server = try LoopbackServer.answering { _ in "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" }
        defer { server.close() }
        let response = try await HTTPClient().send(HTTPRequest(.head, server.url))
        #expect(response.headers["content-length"] == "99999999")
        #expect(response.body.isEmpty)
    }

    @Test("reads past 100 Continue and ignores trailers")
    func interim() async throws {
        let server = try LoopbackServer.answering { _ in
            "HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "2\r\nok\r\n0\r\nX-Late: 1\r\n\r\n"
        }
        defer { server.close() }
        let response = try await HTTPClient().send(HTTPRequest(.get, server.url))
        #expect(response.status == 200)
        #expect(response.body == Array("ok".utf8))
        #expect(response.headers["x-early"] == nil)
        #expect(response.headers["x-late"] == nil)
    }

    @Test("accepts gzip only when told so")
    func gzip() async throws {
        let packed = try #require(Data(base64Encoded: "H4sIAAAAAAAAA8tIzcnJBwCGphA2BQAAAA=="))
        let server = try LoopbackServer { connection in
            while let request = connection.readRequest() {
                let body = request.headers["accept-encoding"] == "gzip" ? Array(packed) : Array("plain".utf8)
                let coding = body.count == 5 ? "" : "Content-Encoding: gzip\r\n"
                connection.write("HTTP/1.1 200 OK\r\n\(coding)Content-Length: \(body.count)\r\n\r\n")
                connection.write(body)
            }
        }
        defer { server.close() }
        let client = try HTTPClient()
        var request = HTTPRequest(.get, server.url)
        #expect(try await client.send(request).body == Array("plain".utf8))
        request.acceptsGzip = true
        #expect(try await client.send(request).body == Array("hello".utf8))
    }

    @Test("refuses what would change the request on the wire")
    func injection() async throws {
        let client = try HTTPClient()
        let bad = [
            HTTPRequest(.get, "http://127.0.0.1:1/", headers: ["X": "a\r\nY: b"]),
            HTTPRequest(.get, "http://127.0.0.1:1/", headers: ["X: y\r\nZ": "a"]),
            HTTPRequest(.get, "http://127.0.0.1:1/ HTTP/1.1\r\nX: y"),
            HTTPRequest(.get, "file:///etc/passwd"),
            HTTPRequest(.get, "https://"),
            HTTPRequest(HTTPRequest.Method(rawValue: "GET /x HTTP/1.1\r\n"), "http://127.0.0.1:1/"),
            HTTPRequest(.get, "http://127.0.0.1:1/", body: .bytes([1])),
        ]
        for request in bad {
            #expect(await failure { try await client.send(request) }?.code == .configuration)
        }
    }

    @Test("uses the credentials of the URL, or of a netrc file when told so")
    func basicCredentials() async throws {
        let server = try LoopbackServer.answering { _ in answer("") }
        defer { server.close() }
        let netrc = try TemporaryFile(Array("machine 127.0.0.1 login ann password secret".utf8))
        let client = try HTTPClient()
        var request = HTTPRequest(.get, server.url)
        _ = try await client.send(request)
        request.netrc = netrc.path
        _ = try await client.send(request)
        _ = try await client.send(HTTPRequest(.get, "http://bob:pw@127.0.0.1:\(server.port)/"))
        let expected = ["ann:secret", "bob:pw"].map { "Basic " + Data($0.utf8).base64EncodedString() }
        #expect(server.requests.map { $0.headers["authorization"] } == [nil] + expected)
    }

    @Test("goes through a proxy, and past it when told so")
    func proxy() async throws {
        let server = try LoopbackServer.answering { _ in answer("direct") }
        let proxy = try LoopbackServer.answering { _ in answer("proxied") }
        defer { server.close(); proxy.close() }
        let client = try HTTPClient()
        var request = HTTPRequest(.get, "http://layers.invalid/x")
        request.proxy = .url(proxy.url)
        #expect(try await client.send(request).body == Array("proxied".utf8))
        #expect(proxy.requests.first?.line == "GET http://layers.invalid/x HTTP/1.1")
        request.url = server.url
        request.proxy = .direct
        #expect(try await client.send(request).body == Array("direct".utf8))
    }
}
